#include "fovea/curate/split.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <sstream>

#include "commands.h"
#include "console.h"
#include "fovea/core/counted.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/core/part_folder.h"
#include "named_splits.h"
#include "outputs.h"
#include "placing.h"

namespace fovea {
namespace {

struct SplitChoice {
  DatasetChoice data = {};
  fs::path out = {};
  std::string parts = {};  // empty: kParts, of folds all
  std::string duplicates = "near";
  std::string pictures = "link";
  SplitOptions options = {};
  std::string json = {};
  bool quiet = false;
};

constexpr const char* kParts = "train=0.8,val=0.2";

/// The parts of what is to be divided. Of folds those that are held out: they have train and val of
/// their own.
std::vector<PartSize> parts_of(const SplitChoice& choice) {
  const int64_t folds = choice.options.folds;
  if (folds == 0) return read_parts(choice.parts.empty() ? kParts : choice.parts);
  if (choice.parts.empty()) return read_parts("train=1.0");
  std::vector<PartSize> parts = read_parts(choice.parts);
  for (const PartSize& part : parts) {
    if (part.name != "val") continue;
    fail(fmt::format("--parts: `val` of {} folds is a part in {} of what is not held out", folds,
                     folds),
         "leave it out, and name what is held out, as train=rest,test=0.1");
  }
  return parts;
}

/// Says what a number of folds may be.
std::string wrong_folds(const std::string& text) {
  constexpr int64_t kMost = 1000;
  int64_t folds = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), folds);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (is_number && (folds == 0 || (folds >= 2 && folds <= kMost))) return {};
  return fmt::format("`{}` is no number of folds; give 2 to {}, or 0 for none", text, kMost);
}

/// The annotation file that is divided, and the folder of its pictures or nothing.
SplitSource source_of(const DatasetChoice& choice) {
  const std::vector<SplitSource> sources = sources_of(choice);
  if (sources.size() > 1) {
    fail(choice.dataset, "", fmt::format("has {} splits already", sources.size()),
         "say which of them is to be divided: --split train");
  }
  return sources.front();
}

std::string cell(const PartShare& share) {
  return fmt::format("{:>7} /{:>9.1f}{:>9} /{:>10.1f}", share.images, share.wanted_images,
                     share.objects, share.wanted_objects);
}

/// A row a class and part: images and objects got, and wanted.
std::string text_of(const SplitReport& report) {
  size_t name = 9;
  size_t part = 5;
  for (const SplitReport::Class& entry : report.classes) name = std::max(name, entry.name.size());
  for (const std::string& entry : report.parts) part = std::max(part, entry.size());
  std::string text = fmt::format("{:<{}}  {:<{}} images / wanted  objects /  wanted\n", "class",
                                 name, "part", part);
  const auto rows = [&](const std::string& title, const std::vector<PartShare>& shares) {
    for (size_t i = 0; i < shares.size(); ++i) {
      text += fmt::format("{:<{}}  {:<{}}{}\n", i == 0 ? title : "", name, report.parts[i], part,
                          cell(shares[i]));
    }
  };
  for (const SplitReport::Class& entry : report.classes) rows(entry.name, entry.shares);
  rows("all", report.totals);
  text += fmt::format("kept together: {} of {}", counted(report.groups, "group"),
                      counted(report.grouped_images, "image"));
  text += fmt::format(" (of pictures that show the same: {} of {})\n",
                      counted(report.alike_groups, "group"), report.alike_images);
  for (const std::string& remark : report.remarks) text += fmt::format("note: {}\n", remark);
  return text;
}

void write_shares(JsonWriter& out, const SplitReport& report,
                  const std::vector<PartShare>& shares) {
  out.begin_object();
  for (size_t i = 0; i < shares.size(); ++i) {
    const PartShare& share = shares[i];
    out.key(report.parts[i]).begin_object();
    out.field("images", share.images).field("images_wanted", share.wanted_images);
    out.field("objects", share.objects).field("objects_wanted", share.wanted_objects);
    out.end_object();
  }
  out.end_object();
}

std::string json_of(const SplitReport& report) {
  std::ostringstream text;
  JsonWriter out(text, 2);
  out.begin_object().key("parts").array(report.parts).key("all");
  write_shares(out, report, report.totals);
  out.key("classes").begin_array();
  for (const SplitReport::Class& entry : report.classes) {
    out.begin_object().field("name", entry.name).key("parts");
    write_shares(out, report, entry.shares);
    out.end_object();
  }
  out.end_array().key("kept_together").begin_object();
  out.field("groups", report.groups).field("images", report.grouped_images);
  out.field("alike_groups", report.alike_groups).field("alike_images", report.alike_images);
  out.field("images_without_field", report.without_field).end_object();
  out.key("remarks").array(report.remarks).end_object();
  text << '\n';
  return text.str();
}

void split(SplitChoice choice) {
  SplitOptions& options = choice.options;
  options.parts = parts_of(choice);
  options.placing = placing_named(choice.pictures);
  options.duplicates = choice.duplicates == "near"    ? SplitDuplicates::near
                       : choice.duplicates == "exact" ? SplitDuplicates::exact
                                                      : SplitDuplicates::none;
  expect_different(
      {{"DATASET", choice.data.dataset}, {"OUT", choice.out}, {"--json", choice.json}});
  expect_outside(choice.data.dataset, choice.data.images, {choice.out, choice.json});
  expect_output_file(choice.json);
  expect_new_folder(choice.out);
  const SplitSource source = source_of(choice.data);
  options.images = source.images;
  ConsoleLog log(choice.quiet ? ConsoleLog::Voice::quiet : ConsoleLog::Voice::normal);
  log.heed_signals();
  if (options.images.empty()) {
    log.warning(
        fmt::format("{}: its pictures are neither compared nor placed; name their folder "
                    "with --images",
                    source.annotations.string()));
  }
  const SplitReport report = split_coco(source.annotations, choice.out, options, log);
  if (!choice.json.empty()) write_result(choice.json, json_of(report));
  if (choice.json != "-") fmt::print("{}", text_of(report));
}

constexpr const char* kFooter = R"(
OUT gets annotations/instances_PART.json and the pictures in PART/, so that `fovea train data.root=OUT` reads it. With
--folds K it gets fold0 ... foldK-1, each a data set of its own for `fovea train data.root=OUT/fold0`: val is one K-th,
train the rest; parts of other names, as in --parts train=rest,test=0.1, are held out of every fold (--parts then names
no val, whose share K gives). The folds' picture folders are links to OUT/images, which has each picture once. Entries
keep their text and ids byte for byte; the same seed gives the same bytes. Every part gets its share of each class, by
images and by objects, and of images with few and many objects (iterative stratification: Sechidis, Tsoumakas and
Vlahavas 2011).)";

void add_grouping(CLI::App& parser, SplitChoice& choice) {
  parser.add_option("--group-by", choice.options.group_by,
                    "images with the same value of this field stay together, as video_id or "
                    "meta.camera; `folder`: those with the same folder in their file name");
  parser
      .add_option("--duplicates", choice.duplicates,
                  "pictures that stay together: near: those that look alike, turned or mirrored "
                  "too; exact: the same bytes; none: no search")
      ->check(CLI::IsMember({"near", "exact", "none"}))
      ->capture_default_str();
}

}  // namespace

Command add_split(CLI::App& program) {
  const auto choice = std::make_shared<SplitChoice>();
  CLI::App* parser = program.add_subcommand(
      "split", "Divide a data set into parts or folds, each with its share of every class");
  parser->set_help_flag("--help,-h", "this text");
  parser
      ->add_option("DATASET|FILE.json", choice->data.dataset,
                   "folder of a data set, or one COCO annotation file")
      ->required();
  parser->add_option("OUT", choice->out, "folder to make; absent or empty")->required();
  parser
      ->add_option("--parts", choice->parts,
                   "shares that add up to 1, or numbers of images; `rest` for one of them, as "
                   "train=rest,val=5000; with --folds those that are held out")
      ->default_str(kParts);
  parser
      ->add_option("--folds", choice->options.folds,
                   "folds for cross-validation, 2 to 1000; 0: none")
      ->check(CLI::Validator(wrong_folds, ""))
      ->capture_default_str();
  add_grouping(*parser, *choice);
  parser->add_option("--seed", choice->options.seed, "same seed, same bytes")
      ->check(CLI::Range(uint64_t{0}, std::numeric_limits<uint64_t>::max()))
      ->capture_default_str();
  parser->add_option("--split", choice->data.split,
                     "of a DATASET that has several: which to divide");
  parser->add_option("--images", choice->data.images, "folder of the pictures of FILE.json");
  add_placing(*parser, choice->pictures);
  parser->add_option("--json", choice->json, "write the table to this file; - prints it alone");
  parser->add_flag("--quiet", choice->quiet, "the table only, no progress");
  parser->footer(kFooter);
  return {parser, [choice] {
            split(*choice);
            return 0;
          }};
}

}  // namespace fovea
