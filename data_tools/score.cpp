#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <memory>

#include "commands.h"
#include "console.h"
#include "drawn_names.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/data/score_tables.h"
#include "fovea/eval/coco_charts.h"
#include "fovea/eval/coco_eval.h"
#include "fovea/eval/coco_report.h"
#include "fovea/eval/comparison.h"
#include "fovea/eval/confusion.h"
#include "outputs.h"

namespace fovea {
namespace {

struct ScoreOptions {
  std::string truth = {};
  std::string results = {};
  std::string iou_type = "bbox";
  std::vector<double> iou_thresholds = {};
  std::vector<int64_t> max_detections = {};
  std::vector<std::string> areas = {};
  std::vector<double> sigmas = {};
  bool class_agnostic = false;
  bool per_class = false;
  bool confusion = false;
  fs::path plots = {};
  std::string compare = {};
  CompareOptions comparing = {};
  std::string json = {};
  bool quiet = false;
};

IouType type_of(const std::string& name) {
  return name == "segm" ? IouType::segm : name == "bbox" ? IouType::bbox : IouType::keypoints;
}

double number_in(std::string_view text, const std::string& option) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end) {
    fail(fmt::format("--areas: `{}` is no area range", option),
         "write NAME=LOW:HIGH, as small=0:1024");
  }
  return value;
}

/// "small=0:1024", in square pixels.
AreaRange area_range(const std::string& text) {
  const size_t equals = text.find('=');
  const size_t colon = text.find(':', equals == std::string::npos ? 0 : equals);
  if (equals == std::string::npos || equals == 0 || colon == std::string::npos) {
    number_in("", text);
  }
  const std::string_view view = text;
  return {.name = text.substr(0, equals),
          .low = number_in(view.substr(equals + 1, colon - equals - 1), text),
          .high = number_in(view.substr(colon + 1), text)};
}

ScoringOptions scoring_of(const ScoreOptions& options) {
  ScoringOptions scoring = coco_options(type_of(options.iou_type));
  if (!options.iou_thresholds.empty()) scoring.iou_thresholds = options.iou_thresholds;
  if (!options.max_detections.empty()) scoring.max_detections = options.max_detections;
  std::sort(scoring.max_detections.begin(), scoring.max_detections.end());
  if (!options.areas.empty()) scoring.areas.clear();
  for (const std::string& text : options.areas) scoring.areas.push_back(area_range(text));
  if (!options.sigmas.empty()) {
    if (scoring.iou_type != IouType::keypoints) {
      fail("--sigmas are of keypoints", "add --iou-type keypoints, or leave them out");
    }
    scoring.sigmas = options.sigmas;
  }
  scoring.by_class = !options.class_agnostic;
  check(scoring);
  return scoring;
}

void warn(const ReadReport& report, Log& log) {
  for (const auto& [code, count] : report.warnings) {
    const std::string more = count.times > 1 ? fmt::format(" (and {} more)", count.times - 1) : "";
    log.warning(fmt::format("{}{}", count.first, more));
  }
}

/// Error when something could not be written at the end.
void expect_outputs(const ScoreOptions& options) {
  for (const auto& [name, file] :
       {std::pair("GT.json", options.truth), std::pair("DT.json", options.results),
        std::pair("--compare", options.compare)}) {
    expect_different({{name, file}, {"--json", options.json}});
  }
  expect_output_file(options.json);
  make_output_folder(options.plots);
}

ConfusionMatrix confusion_at_best_f1(const TruthTable& truth, const FoundTable& found,
                                     const CocoMetrics& metrics) {
  ScoringOptions options = metrics.options;
  std::vector<ClassMetrics> classes = metrics.classes;
  if (!options.by_class) {  // it shows classes, whatever the figures are about
    options.by_class = true;
    classes = score(truth, found, options).classes;
  }
  std::vector<double> scores;
  scores.reserve(classes.size());
  for (const ClassMetrics& figures : classes) scores.push_back(figures.best_threshold);
  return confusion_matrix(truth, found, options, scores);
}

void score_files(const ScoreOptions& options) {
  const ScoringOptions scoring = scoring_of(options);
  expect_outputs(options);
  ConsoleLog log(options.quiet ? ConsoleLog::Voice::quiet : ConsoleLog::Voice::normal);
  ReadReport odd;
  const TableOptions table{.iou_type = scoring.iou_type, .keypoints = scoring.sigmas.size()};
  const TruthTable truth = read_truth(options.truth, table, &odd);
  const FoundTable found = read_found(options.results, truth, table);
  if (!options.quiet) warn(odd, log);
  CocoReport report{.metrics = score(truth, found, scoring), .categories = truth.categories};
  if (!scoring.by_class) report.categories = {{.id = 0, .name = "all classes"}};
  if (options.confusion || !options.plots.empty()) {
    report.confusion = confusion_at_best_f1(truth, found, report.metrics);
    report.confusion_categories = truth.categories;
  }
  if (!options.compare.empty()) {
    const FoundTable other = read_found(options.compare, truth, table);
    report.comparisons = compare(truth, other, found, scoring, options.comparing);
  }
  if (!options.plots.empty()) {
    warn_of_missing_letters(truth.categories, log);
    draw_precision_curves(options.plots / "PR_curve.png", report.metrics, report.categories);
    draw_f1_curves(options.plots / "F1_curve.png", report.metrics, report.categories);
    draw_confusion(options.plots / "confusion_matrix.png", *report.confusion, truth.categories);
    log.line("charts in " + options.plots.string());
  }
  if (!options.json.empty()) write_result(options.json, to_json(report));
  if (options.json == "-") return;
  fmt::print("{}", summary(report.metrics));
  if (options.per_class) {
    fmt::print("\n{}\n{}", threshold_table(report.metrics),
               class_table(report.metrics, report.categories));
  }
  if (options.confusion) fmt::print("\n{}", confusion_table(*report.confusion, truth.categories));
  if (!options.compare.empty()) {
    fmt::print("\n{}", comparison_table(report.comparisons, options.compare));
  }
}

void add_own_settings(CLI::App& parser, ScoreOptions& options) {
  parser
      .add_option("--iou-thresholds", options.iou_thresholds,
                  "at most 16, as 0.5,0.75 (default: 0.5, 0.55 ... 0.95)")
      ->delimiter(',')
      ->check(CLI::Range(0.0, 1.0));
  parser
      .add_option("--max-detections", options.max_detections,
                  "best ones of an image and class that count, as 1,10,100 (keypoints: 20); "
                  "pycocotools gives its first figure for 100 alone")
      ->delimiter(',')
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}));
  parser
      .add_option("--areas", options.areas, "ranges of square pixels, as all=0:1e10,small=0:1024")
      ->delimiter(',');
  parser
      .add_option("--sigmas", options.sigmas,
                  "of each keypoint, as 0.026,0.025 (default: the 17 of COCO's persons)")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  parser.add_flag("--class-agnostic", options.class_agnostic,
                  "as if all objects were of one class");
}

void add_comparison(CLI::App& parser, ScoreOptions& options) {
  CLI::Option* other = parser.add_option(
      "--compare", options.compare,
      "another result file: how much better is DT.json, and is that more than luck?");
  parser
      .add_option("--resamples", options.comparing.resamples,
                  "of the images, for the interval of --compare")
      ->needs(other)
      ->check(CLI::Range(int64_t{10}, int64_t{1'000'000}))
      ->capture_default_str();
  parser.add_option("--seed", options.comparing.seed, "of these resamples")
      ->needs(other)
      ->capture_default_str();
}

}  // namespace

Command add_score(CLI::App& program) {
  const auto options = std::make_shared<ScoreOptions>();
  CLI::App* parser = program.add_subcommand(
      "score", "COCO's figures of a result file, as pycocotools gives them to the last bit");
  parser->set_help_flag("--help,-h", "this text");
  parser->add_option("GT.json", options->truth, "annotations, in COCO's format")->required();
  parser
      ->add_option("DT.json", options->results,
                   "detections: [{\"image_id\", \"category_id\", \"bbox\", \"score\"}, ...], with "
                   "\"segmentation\" or \"keypoints\" where those are compared")
      ->required();
  parser->add_option("--iou-type", options->iou_type, "what is compared: bbox, segm or keypoints")
      ->check(CLI::IsMember({"bbox", "segm", "keypoints"}))
      ->capture_default_str();
  parser->add_flag("--per-class", options->per_class,
                   "tables of the IoU thresholds and of the classes as well");
  parser->add_flag("--confusion", options->confusion,
                   "which classes are taken for which, at the scores of best F1");
  parser->add_option("--plots", options->plots,
                     "folder for PR_curve.png, F1_curve.png and confusion_matrix.png");
  add_comparison(*parser, *options);
  add_own_settings(*parser, *options);
  parser->add_option("--json", options->json,
                     "write the figures with all digits to this file; - prints them alone");
  parser->add_flag("--quiet", options->quiet, "figures only, no warnings");
  return {parser, [options] {
            score_files(*options);
            return 0;
          }};
}

}  // namespace fovea
