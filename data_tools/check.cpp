#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "check_output.h"
#include "commands.h"
#include "console.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/curate/check_balance.h"
#include "fovea/curate/check_copies.h"
#include "fovea/curate/check_folders.h"
#include "fovea/curate/check_splits.h"
#include "fovea/curate/finding_sheet.h"
#include "fovea/data/coco.h"
#include "fovea/image/encode.h"
#include "named_splits.h"
#include "outputs.h"

namespace fovea {
namespace {

struct CheckOptions {
  DatasetChoice data = {};
  std::vector<std::string> allow = {};
  std::string explain = {};
  std::string json = {};
  fs::path sheet = {};
  std::string near = std::to_string(*DuplicateOptions().max_distance);
  int64_t max_errors = 20;
  int64_t max_pixels = ImageLimits().max_pixels;
  bool no_pixels = false;
  bool decode = false;
  bool quiet = false;
};

std::vector<SplitSource> files_of(const CheckOptions& options) {
  const Look look = options.no_pixels ? Look::at_annotations : Look::at_pictures;
  std::vector<SplitSource> files = sources_of(options.data, look);
  if (files.front().images.empty() && (options.decode || !options.sheet.empty())) {
    fail("--decode and --sheet need the pictures", "name their folder with --images");
  }
  return files;
}

/// "10", or "off" for nothing.
std::optional<int> distance_of(const std::string& text) {
  constexpr int kMost = 16;
  if (text == "off") return std::nullopt;
  int bits = -1;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), bits);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size() && bits >= 0 &&
      bits <= kMost) {
    return bits;
  }
  fail(fmt::format("--near: `{}` is no number of bits", text), "give 0 to 16, or `off`");
}

/// `--allow D204 D205 DATASET`: the word after the codes is no code.
void part_allowed(CheckOptions& options) {
  const auto is_code = [](const std::string& word) {
    return word.size() == 4 && word[0] == 'D' &&
           std::all_of(word.begin() + 1, word.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!options.data.dataset.empty() || options.allow.empty()) return;
  if (is_code(options.allow.back())) return;
  options.data.dataset = options.allow.back();
  options.allow.pop_back();
}

void expect_sense(const CheckOptions& options) {
  if (options.data.dataset.empty())
    fail("no data set is named", "give its folder or a COCO JSON file");
  for (const std::string& code : options.allow) defect_kind(code);
  const bool needs_pixels = options.decode || !options.sheet.empty();
  if (options.no_pixels && needs_pixels) {
    fail("--no-pixels looks at no picture, and --decode and --sheet are of pictures",
         "leave one of them out");
  }
  if (!options.sheet.empty() && options.sheet.extension() != ".png") {
    fail(options.sheet, "", "the sheet is a PNG file", "let its name end in .png");
  }
  expect_different(
      {{"DATASET", options.data.dataset}, {"--json", options.json}, {"--sheet", options.sheet}});
  expect_outside(options.data.dataset, options.data.images, {options.json, options.sheet});
  expect_output_file(options.json);
  expect_output_file(options.sheet);
}

/// Reads every split, each into the same report.
std::vector<Dataset> read_splits(const std::vector<SplitSource>& files, const CheckOptions& options,
                                 CheckReport& report, Log& log) {
  const PictureCheckOptions looks{.depth = options.decode ? PictureCheckOptions::Depth::pixels
                                                          : PictureCheckOptions::Depth::headers,
                                  .limits = {.max_pixels = options.max_pixels}};
  std::vector<Dataset> splits;
  for (const SplitSource& file : files) {
    if (file.images.empty() && !options.no_pixels) {
      log.line(fmt::format("{}: its pictures are not looked at; name their folder with --images",
                           file.annotations.string()));
    }
    const fs::path images = options.no_pixels ? fs::path() : file.images;
    splits.push_back(check_coco(file.annotations, images, report, looks, log));
  }
  return splits;
}

/// What no single file tells. Splits of which nothing could be read say nothing.
void check_together(std::vector<Dataset> splits, const CheckOptions& options, bool has_pictures,
                    CheckReport& report, Log& log) {
  std::erase_if(splits, [](const Dataset& split) {
    return split.records.empty() || split.categories.empty();
  });
  if (splits.empty()) return;
  check_splits(splits, report);
  check_balance(splits.front(), report);  // what is trained on
  if (!has_pictures) return;
  check_folders(report);
  const DuplicateOptions near{.max_distance = distance_of(options.near),
                              .max_pixels = options.max_pixels};
  check_copies(splits, near, report, log);
}

void write_sheet(const CheckReport& report, const std::vector<SplitSource>& files,
                 const fs::path& path, Log& log) {
  SheetOptions options;
  for (const SplitSource& file : files) options.image_roots[file.annotations] = file.images;
  if (const auto sheet = finding_sheet(report, options)) {
    save_image(path, *sheet);
  } else {
    log.line(fmt::format("{} was not written: there is nothing to show", path.string()));
  }
}

int check(CheckOptions options) {
  if (!options.explain.empty()) {
    fmt::print("{}", explanation(options.explain));
    return 0;
  }
  part_allowed(options);
  expect_sense(options);
  distance_of(options.near);
  ConsoleLog log(options.quiet ? ConsoleLog::Voice::quiet : ConsoleLog::Voice::normal);
  const std::vector<SplitSource> files = files_of(options);
  CheckResult result{.allow = options.allow};
  result.report.most_of_a_kind = options.max_errors;
  std::vector<Dataset> splits = read_splits(files, options, result.report, log);
  for (const Dataset& split : splits) {
    result.files.push_back(split.file.string());
    result.contents.push_back(contents_of(split));
  }
  const bool has_pictures = !options.no_pixels && !files.front().images.empty();
  check_together(std::move(splits), options, has_pictures, result.report, log);
  leave_out_allowed(result);
  if (!options.sheet.empty()) write_sheet(result.report, files, options.sheet, log);
  if (!options.json.empty()) write_result(options.json, json_of(result));
  if (options.json != "-") fmt::print("{}", text_of(result));
  return totals_of(result.report, result.allow).errors > 0 ? 2 : 0;
}

}  // namespace

Command add_check(CLI::App& program) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App* parser = program.add_subcommand(
      "check", "What is wrong with a data set, as a compiler would say it; changes nothing");
  parser->set_help_flag("--help,-h", "this text");
  parser->add_option("DATASET|FILE.json", options->data.dataset,
                     "folder of a data set (every split is checked), or one COCO annotation file");
  parser->add_option("--images", options->data.images, "folder of the pictures of FILE.json");
  parser
      ->add_option(
          "--allow", options->allow,
          "codes of errors that count as warnings here, and of warnings and notes that are "
          "left out, as D204,D153 or D204 D153")
      ->delimiter(',');
  parser->add_option("--max-errors", options->max_errors, "findings of each code that are listed")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}))
      ->capture_default_str();
  parser->add_flag("--no-pixels", options->no_pixels, "look at annotation files alone");
  parser->add_flag("--decode", options->decode,
                   "decode every picture as a whole, not its header alone: finds damage inside");
  parser->add_option("--max-pixels", options->max_pixels, "pixels that a picture may have")
      ->check(CLI::Range(int64_t{1}, int64_t{4'000'000'000}))
      ->capture_default_str();
  parser
      ->add_option("--near", options->near,
                   "bits of 63 in which pictures may differ that show the same (0 to 16; they are "
                   "compared closely then), or `off` for equal bytes alone, which is quicker")
      ->type_name("BITS|off")
      ->capture_default_str();
  parser->add_option("--sheet", options->sheet, "draw the worst findings to this PNG file");
  parser->add_option("--explain", options->explain, "what a code means, or `all` codes");
  parser->add_option("--json", options->json,
                     "write the findings to this file; - prints them alone");
  parser->add_flag("--quiet", options->quiet, "findings only");
  return {parser, [options] { return check(*options); }};
}

}  // namespace fovea
