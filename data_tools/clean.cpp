#include "fovea/curate/clean.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <sstream>

#include "check_output.h"
#include "commands.h"
#include "console.h"
#include "fovea/core/counted.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/core/part_folder.h"
#include "fovea/curate/picture_names.h"
#include "named_splits.h"
#include "outputs.h"
#include "placing.h"

namespace fovea {
namespace {

struct CleanChoice {
  DatasetChoice data = {};
  fs::path out = {};
  std::vector<std::string> drop = {};
  std::string pictures = "link";
  int64_t max_changes = 20;
  std::string json = {};
  bool quiet = false;
};

/// A file that was cleaned.
struct CleanedFile {
  fs::path in = {};
  fs::path out = {};
  CleanReport report = {};
};

std::string line_of(const CleanAction& action) {
  std::string done(name_of(action.kind));
  if (action.kind == CleanAction::Kind::added) done = "added " + action.now;
  if (action.kind == CleanAction::Kind::changed) {
    done = fmt::format("{} -> {}", action.was, action.now);
  }
  return fmt::format("{}: {} {}; {}\n", action.place, action.code, done, action.why);
}

/// What was done, then the errors that are left, with how to be rid of them.
std::string text_of(const CleanedFile& file, int64_t most) {
  std::string text;
  for (const CleanAction& action : file.report.actions) text += line_of(action);
  for (const auto& [code, count] : file.report.counts) {
    for (const int64_t times : {count.repaired, count.dropped}) {
      if (times <= most) continue;
      text += fmt::format("and {} more of {}: {}\n", times - most, code, defect_kind(code).what);
    }
  }
  for (const Finding& finding : file.report.left.findings) {
    const DefectKind& kind = defect_kind(finding.code);
    if (kind.severity != Severity::error) continue;
    const std::string drop = kind.if_allowed == IfAllowed::drops_entry
                                 ? fmt::format(" (--drop {} leaves such entries out)", finding.code)
                                 : "";
    text += fmt::format("{}: error {}: {}; {}{}\n", finding.place, finding.code, finding.problem,
                        kind.remedy, drop);
  }
  for (const auto& [code, times] : file.report.left.counts) {
    if (defect_kind(code).severity != Severity::error || times <= most) continue;
    text += fmt::format("and {} more of {}: {}\n", times - most, code, defect_kind(code).what);
  }
  const CleanReport::Count done = file.report.totals();
  const CheckTotals left = totals_of(file.report.left);
  return text + fmt::format("{}: {} repaired, {} dropped; left: {}, {}\n", file.out.string(),
                            counted(done.repaired, "value"),
                            counted(done.dropped, "entry", "entries"),
                            counted(left.errors, "error"), counted(left.warnings, "warning"));
}

void write_file(JsonWriter& out, const CleanedFile& file) {
  const CleanReport& report = file.report;
  const CheckTotals left = totals_of(report.left);
  out.begin_object().field("source", file.in.string()).field("result", file.out.string());
  out.field("repaired", report.totals().repaired).field("dropped", report.totals().dropped);
  out.field("errors_left", left.errors).field("warnings_left", left.warnings);
  out.field("notes_left", left.notes);
  out.key("counts").begin_object();
  for (const auto& [code, count] : report.counts) {
    out.key(code).begin_object().field("repaired", count.repaired);
    out.field("dropped", count.dropped).end_object();
  }
  out.end_object().key("actions").begin_array();
  for (const CleanAction& action : report.actions) {
    out.begin_object().field("code", action.code).field("action", name_of(action.kind));
    out.field("place", action.place);
    if (!action.was.empty()) out.field("was", action.was);
    if (!action.now.empty()) out.field("now", action.now);
    out.field("why", action.why).end_object();
  }
  out.end_array().key("left").begin_array();
  for (const Finding& finding : report.left.findings) {
    const DefectKind& kind = defect_kind(finding.code);
    out.begin_object().field("code", finding.code).field("place", finding.place);
    out.field("severity", name_of(kind.severity));
    out.field("problem", finding.problem).field("remedy", kind.remedy).end_object();
  }
  out.end_array().end_object();
}

std::string json_of(const std::vector<CleanedFile>& files) {
  std::ostringstream text;
  JsonWriter out(text, 2);
  out.begin_object().key("files").begin_array();
  for (const CleanedFile& file : files) write_file(out, file);
  out.end_array().end_object();
  text << '\n';
  return text.str();
}

/// One annotation file.
CleanedFile clean_file(const CleanChoice& choice, const SplitSource& source, CleanOptions options,
                       Log& log) {
  expect_new_file(choice.out);
  options.images = source.images;
  if (options.images.empty()) {
    log.line(fmt::format("{}: its pictures are not looked at; name their folder with --images",
                         source.annotations.string()));
  }
  return {.in = source.annotations,
          .out = choice.out,
          .report = clean_coco(source.annotations, choice.out, options, log)};
}

/// Every split of a data set, its files in the same places of a new one.
std::vector<CleanedFile> clean_folder(const CleanChoice& choice,
                                      const std::vector<SplitSource>& sources, CleanOptions options,
                                      Log& log) {
  PartFolder part(choice.out, "annotations");
  std::vector<CleanedFile> files;
  for (const SplitSource& source : sources) {
    const fs::path name = source.annotations.lexically_relative(choice.data.dataset);
    make_folder((part.path() / name).parent_path());
    options.images = source.images;
    options.shown_as = choice.out / name;
    files.push_back({.in = source.annotations,
                     .out = options.shown_as,
                     .report = clean_coco(source.annotations, part.path() / name, options, log)});
    place_pictures(picture_names(part.path() / name), source.images,
                   part.path() / source.images.lexically_relative(choice.data.dataset),
                   placing_named(choice.pictures), log);
  }
  part.finish();
  return files;
}

int clean(const CleanChoice& choice) {
  expect_different(
      {{"DATASET", choice.data.dataset}, {"OUT", choice.out}, {"--json", choice.json}});
  expect_outside(choice.data.dataset, choice.data.images, {choice.out, choice.json});
  expect_output_file(choice.json);
  ConsoleLog log(choice.quiet ? ConsoleLog::Voice::quiet : ConsoleLog::Voice::normal);
  log.heed_signals();
  const CleanOptions options{.drop = choice.drop, .most_of_a_kind = choice.max_changes};
  const std::vector<SplitSource> sources = sources_of(choice.data);
  std::vector<CleanedFile> files;
  if (fs::is_directory(choice.data.dataset)) {
    files = clean_folder(choice, sources, options, log);
  } else {
    files.push_back(clean_file(choice, sources.front(), options, log));
  }
  if (!choice.json.empty()) write_result(choice.json, json_of(files));
  int64_t errors = 0;
  for (const CleanedFile& file : files) {
    if (choice.json != "-") fmt::print("{}", text_of(file, choice.max_changes));
    errors += totals_of(file.report.left).errors;
  }
  return errors > 0 ? 2 : 0;
}

constexpr const char* kFooter = R"(
Repaired, because only one right value is possible:
  the byte-order mark is left out; ids and sizes like 3.0 or "3" become 3; `iscrowd` that is missing becomes 0; `area`
  that is missing, no number or larger than the box becomes the mask's, without a mask the box's; `width` and `height`
  that are missing, or differ while all boxes and masks fit the picture, are read from the picture (with its folder);
  boxes that reach out are clipped, unless a mask ends elsewhere; a missing or flat box is drawn around its mask;
  a flat polygon list gets its brackets; polygons of fewer than 3 points go where others remain; a crowd's polygons
  become RLE; `num_keypoints` is counted again; annotation ids that are missing, 0 or taken become free ones.
Dropped: annotations whose image or category is not listed, whose box has no area or lies wholly outside, or that say
  the same as another, but for the id; images and categories that repeat another word for word; entries that are no
  objects. Everything else is left as it is, byte for byte, and the errors that are left are listed: --drop names codes
  of those whose entries should go, an image or category with its annotations.
Exit status: 0 when no error is left, otherwise 2; the result is written in both cases.)";

}  // namespace

Command add_clean(CLI::App& program) {
  const auto choice = std::make_shared<CleanChoice>();
  CLI::App* parser = program.add_subcommand(
      "clean", "Repair what can be repaired without guessing, in a new file, and list it");
  parser->set_help_flag("--help,-h", "this text");
  parser
      ->add_option("DATASET|FILE.json", choice->data.dataset,
                   "folder of a data set (every split is cleaned), or one COCO annotation file")
      ->required();
  parser
      ->add_option(
          "OUT", choice->out,
          "JSON file to write; for a DATASET the folder to make, absent or empty, with the "
          "same files in it")
      ->required();
  parser->add_option("--images", choice->data.images,
                     "folder of the pictures of FILE.json, to compare sizes with");
  parser->add_option("--drop", choice->drop, "codes of errors whose entries go, as D503,D504")
      ->delimiter(',')
      ->allow_extra_args(false);
  add_placing(*parser, choice->pictures);
  parser
      ->add_option("--max-changes", choice->max_changes,
                   "of each code that are listed, here and in the JSON")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}))
      ->capture_default_str();
  parser->add_option("--json", choice->json, "write the account to this file; - prints it alone");
  parser->add_flag("--quiet", choice->quiet, "the account only, no progress");
  parser->footer(kFooter);
  return {parser, [choice] { return clean(*choice); }};
}

}  // namespace fovea
