#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>
#include <sstream>

#include "commands.h"
#include "console.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/curate/check_splits.h"
#include "fovea/data/coco.h"
#include "fovea/data/find_dataset.h"
#include "outputs.h"

namespace fovea {
namespace {

struct CheckOptions {
  fs::path dataset = {};
  fs::path images = {};
  std::vector<std::string> allow = {};
  std::string explain = {};
  std::string json = {};
  int64_t max_errors = 20;
  bool quiet = false;
};

/// An annotation file and its pictures; no folder: they are not looked at.
struct CheckedFile {
  fs::path annotations;
  fs::path images;
};

std::vector<CheckedFile> files_of(const CheckOptions& options) {
  if (!fs::is_directory(options.dataset)) {
    expect_file(options.dataset, "a COCO annotation file or the folder of a data set");
    fs::path images = options.images;
    if (images.empty() && options.dataset.filename() == "_annotations.coco.json") {
      images = options.dataset.parent_path();
    }
    return {{options.dataset, images}};
  }
  if (!options.images.empty()) {
    fail("--images belongs to a single annotation file", "leave it out, or name the file");
  }
  std::vector<CheckedFile> files;
  for (const std::string& split : splits_of(options.dataset)) {
    const SplitFiles found = find_split(options.dataset, split);
    files.push_back({found.annotations, found.images});
  }
  if (files.empty()) find_split(options.dataset, "train");  // says what was looked for
  return files;
}

bool is_error(std::string_view code, const CheckOptions& options) {
  const bool allowed =
      std::find(options.allow.begin(), options.allow.end(), code) != options.allow.end();
  return defect_kind(code).severity == Severity::error && !allowed;
}

std::string_view severity_of(std::string_view code, const CheckOptions& options) {
  if (is_error(code, options)) return "error";
  return defect_kind(code).severity == Severity::error ? "allowed" : "warning";
}

struct Totals {
  int64_t errors = 0;
  int64_t warnings = 0;
};

Totals totals_of(const CheckReport& report, const CheckOptions& options) {
  Totals totals;
  for (const auto& [code, times] : report.counts) {
    (is_error(code, options) ? totals.errors : totals.warnings) += times;
  }
  return totals;
}

std::string contents_of(const Dataset& dataset) {
  size_t objects = 0;
  for (const Record& record : dataset.records) objects += record.instances.size();
  return fmt::format("{}: {} images, {} objects, {} classes", dataset.file.string(),
                     dataset.records.size(), objects, dataset.categories.size());
}

/// A line a finding, what was left out, and the counts.
std::string text_of(const CheckReport& report, const std::vector<Dataset>& splits,
                    const CheckOptions& options) {
  std::string text;
  for (const Finding& finding : report.findings) {
    text += fmt::format("{}: {} {}: {}; {}\n", finding.place, severity_of(finding.code, options),
                        finding.code, finding.problem, defect_kind(finding.code).remedy);
  }
  for (const auto& [code, times] : report.counts) {
    if (times <= options.max_errors) continue;
    text += fmt::format("and {} more of {}: {}\n", times - options.max_errors, code,
                        defect_kind(code).what);
  }
  for (const Dataset& split : splits) text += contents_of(split) + "\n";
  const Totals totals = totals_of(report, options);
  const auto counted = [](int64_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  };
  return text + fmt::format("{}, {}\n", counted(totals.errors, "error"),
                            counted(totals.warnings, "warning"));
}

std::string json_of(const CheckReport& report, const std::vector<Dataset>& splits,
                    const CheckOptions& options) {
  std::ostringstream text;
  JsonWriter out(text, 2);
  const Totals totals = totals_of(report, options);
  out.begin_object().field("errors", totals.errors).field("warnings", totals.warnings);
  out.key("files").begin_array();
  for (const Dataset& split : splits) out.value(split.file.string());
  out.end_array().key("counts").begin_object();
  for (const auto& [code, times] : report.counts) out.field(code, times);
  out.end_object().key("findings").begin_array();
  for (const Finding& finding : report.findings) {
    out.begin_object().field("code", finding.code);
    out.field("severity", severity_of(finding.code, options)).field("place", finding.place);
    out.field("problem", finding.problem).field("remedy", defect_kind(finding.code).remedy);
    out.end_object();
  }
  out.end_array().end_object();
  text << '\n';
  return text.str();
}

void explain(const std::string& code) {
  if (code == "all") {
    for (const DefectKind& kind : defect_kinds()) {
      fmt::print("{}  {:<8} {}\n", kind.code,
                 kind.severity == Severity::error ? "error" : "warning", kind.what);
    }
    return;
  }
  const DefectKind& kind = defect_kind(code);
  const bool is_error = kind.severity == Severity::error;
  fmt::print("{}, {}: {}.\nRemedy: {}.\n", kind.code, is_error ? "an error" : "a warning",
             kind.what, kind.remedy);
  if (!is_error) return;
  fmt::print("{}\n",
             kind.if_allowed == IfAllowed::drops_entry
                 ? fmt::format("Training passes over such entries with data.allow=[{}].", kind.code)
                 : std::string("Training stops at it."));
}

int check(const CheckOptions& options) {
  if (!options.explain.empty()) {
    explain(options.explain);
    return 0;
  }
  if (options.dataset.empty()) fail("no data set is named", "give its folder or a COCO JSON file");
  for (const std::string& code : options.allow) defect_kind(code);
  expect_different({{"DATASET", options.dataset}, {"--json", options.json}});
  expect_output_file(options.json);
  ConsoleLog log(options.quiet ? ConsoleLog::Voice::quiet : ConsoleLog::Voice::normal);
  CheckReport report{.most_of_a_kind = static_cast<size_t>(options.max_errors)};
  std::vector<Dataset> splits;
  for (const CheckedFile& file : files_of(options)) {
    if (file.images.empty()) {
      log.line(fmt::format("{}: its pictures are not looked at; name their folder with --images",
                           file.annotations.string()));
    }
    splits.push_back(check_coco(file.annotations, file.images, report));
  }
  check_splits(splits, report);
  if (!options.json.empty()) write_result(options.json, json_of(report, splits, options));
  if (options.json != "-") fmt::print("{}", text_of(report, splits, options));
  return totals_of(report, options).errors > 0 ? 2 : 0;
}

}  // namespace

Command add_check(CLI::App& program) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App* parser = program.add_subcommand(
      "check", "What is wrong with a data set, as a compiler would say it; changes nothing");
  parser->set_help_flag("--help,-h", "this text");
  parser->add_option("DATASET|FILE.json", options->dataset,
                     "folder of a data set (every split is checked), or one COCO annotation file");
  parser->add_option("--images", options->images, "folder of the pictures of FILE.json");
  parser->add_option("--allow", options->allow, "codes that are no errors here, as D204 D205")
      ->delimiter(',');
  parser->add_option("--max-errors", options->max_errors, "findings of each code that are listed")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}))
      ->capture_default_str();
  parser->add_option("--explain", options->explain, "what a code means, or `all` codes");
  parser->add_option("--json", options->json,
                     "write the findings to this file; - prints them alone");
  parser->add_flag("--quiet", options->quiet, "findings only");
  return {parser, [options] { return check(*options); }};
}

}  // namespace fovea
