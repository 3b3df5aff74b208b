#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>

#include "commands.h"
#include "console.h"
#include "drawn_names.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/curate/statistics.h"
#include "fovea/curate/statistics_charts.h"
#include "fovea/curate/statistics_report.h"
#include "named_splits.h"
#include "outputs.h"

namespace fovea {
namespace {

struct StatsOptions {
  DatasetChoice data = {};
  int64_t classes = 40;
  std::string plot = {};
  std::string json = {};
  bool quiet = false;
};

/// Pictures are opened only where the annotations leave out their size.
std::vector<NamedSplit> read(const StatsOptions& options, Log& log) {
  std::vector<SplitSource> sources = sources_of(options.data, Look::at_annotations);
  std::vector<NamedSplit> splits = read_splits(sources, Look::at_annotations, log);
  for (size_t i = 0; i < splits.size(); ++i) {
    const std::vector<Record>& records = splits[i].dataset.records;
    const bool lacks_size = std::any_of(records.begin(), records.end(), [](const Record& record) {
      return record.width <= 0 || record.height <= 0;
    });
    if (!lacks_size) continue;
    if (sources[i].images.empty()) {
      log.warning(
          fmt::format("{}: not every image has a width and height; name the folder of the "
                      "pictures with --images",
                      sources[i].annotations.string()));
    } else {
      splits[i] = std::move(read_splits({sources[i]}, Look::at_pictures, log).front());
    }
  }
  return splits;
}

/// The last part of a path that is no "." or "..".
std::string shown_name(const fs::path& dataset) {
  const fs::path whole = fs::absolute(dataset).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

void expect_png(const std::string& plot) {
  if (plot.empty() || plot.ends_with(".png") || plot.ends_with(".PNG")) return;
  fail(plot, "", "is no name of a PNG file, which the charts become", "end it in .png");
}

void stats(const StatsOptions& options) {
  expect_different(
      {{"DATASET", options.data.dataset}, {"--json", options.json}, {"--plot", options.plot}});
  expect_outside(options.data.dataset, options.data.images, {options.json, options.plot});
  expect_png(options.plot);
  expect_output_file(options.json);
  expect_output_file(options.plot);
  ConsoleLog log(options.quiet ? ConsoleLog::Voice::quiet : ConsoleLog::Voice::normal);
  const DatasetStatistics statistics = statistics_of(read(options, log));
  if (options.json != "-") fmt::print("{}", report_of(statistics, options.classes));
  write_result(options.json, to_json(statistics));
  if (options.plot.empty()) return;
  warn_of_missing_letters(statistics.categories, log);
  draw_statistics(options.plot, statistics, shown_name(options.data.dataset));
  log.line(fmt::format("charts: {}", options.plot));
}

}  // namespace

Command add_stats(CLI::App& program) {
  const auto options = std::make_shared<StatsOptions>();
  CLI::App* parser = program.add_subcommand(
      "stats", "What a data set holds: counts, sizes, classes, and what is remarkable about them");
  parser->set_help_flag("--help,-h", "this text");
  parser
      ->add_option("DATASET|FILE.json", options->data.dataset,
                   "folder of a data set (every split, and all together), or one COCO annotation "
                   "file")
      ->required();
  parser->add_option("--split", options->data.split,
                     "this split of DATASET alone: train, val, test");
  parser->add_option(
      "--images", options->data.images,
      "folder of the pictures of FILE.json, looked at only where it leaves out sizes");
  parser->add_option("--classes", options->classes, "rows of the table of classes")
      ->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000}))
      ->capture_default_str();
  parser->add_option("--plot", options->plot, "draw a page of charts into this PNG file");
  parser->add_option("--json", options->json,
                     "write every figure to this file; - prints them alone");
  parser->add_flag("--quiet", options->quiet, "no progress");
  return {parser, [options] {
            stats(*options);
            return 0;
          }};
}

}  // namespace fovea
