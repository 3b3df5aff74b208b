#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "commands.h"
#include "console.h"
#include "fovea/core/files.h"
#include "fovea/data/score_tables.h"
#include "fovea/eval/coco_eval.h"
#include "fovea/eval/coco_report.h"

namespace fovea {
namespace {

struct ScoreOptions {
  std::string truth = {};
  std::string results = {};
  std::string iou_type = "bbox";
  std::string json = {};
  bool per_class = false;
  bool quiet = false;
};

void warn(const ReadReport& report, Log& log) {
  for (const auto& [code, count] : report.warnings) {
    const std::string more = count.times > 1 ? fmt::format(" (and {} more)", count.times - 1) : "";
    log.warning(fmt::format("{}{}", count.first, more));
  }
}

IouType type_of(const std::string& name) {
  return name == "segm" ? IouType::segm : name == "bbox" ? IouType::bbox : IouType::keypoints;
}

void score_files(const ScoreOptions& options) {
  if (!options.json.empty() && options.json != "-") expect_writable(options.json);
  ConsoleLog log(options.quiet ? ConsoleLog::Voice::quiet : ConsoleLog::Voice::normal);
  ReadReport report;
  const ScoringOptions scoring = coco_options(type_of(options.iou_type));
  const TableOptions table{.iou_type = scoring.iou_type, .keypoints = scoring.sigmas.size()};
  const TruthTable truth = read_truth(options.truth, table, &report);
  const FoundTable found = read_found(options.results, truth, table);
  if (!options.quiet) warn(report, log);
  const CocoMetrics metrics = score(truth, found, scoring);
  const std::string json = to_json(metrics, truth.categories);
  if (options.json == "-") {
    fmt::print("{}", json);
    return;
  }
  if (!options.json.empty()) write_whole(options.json, json);
  fmt::print("{}", summary(metrics));
  if (options.per_class) fmt::print("\n{}", class_table(metrics, truth.categories));
}

}  // namespace

Command add_score(CLI::App& program) {
  const auto options = std::make_shared<ScoreOptions>();
  CLI::App* parser = program.add_subcommand(
      "score", "The 12 COCO figures of a result file, as pycocotools gives them to the last bit");
  parser->set_help_flag("--help,-h", "this text");
  parser->add_option("GT.json", options->truth, "annotations, in COCO's format")->required();
  parser
      ->add_option("DT.json", options->results,
                   "detections: [{\"image_id\", \"category_id\", \"bbox\", \"score\"}, ...]")
      ->required();
  parser->add_option("--iou-type", options->iou_type, "what is compared: bbox, segm or keypoints")
      ->check(CLI::IsMember({"bbox", "segm", "keypoints"}))
      ->capture_default_str();
  parser->add_flag("--per-class", options->per_class, "a table of the classes as well");
  parser->add_option("--json", options->json,
                     "write the figures with all digits to this file; - prints them alone");
  parser->add_flag("--quiet", options->quiet, "figures only, no warnings");
  return {parser, [options] {
            score_files(*options);
            return 0;
          }};
}

}  // namespace fovea
