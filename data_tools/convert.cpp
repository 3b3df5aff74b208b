#include "fovea/formats/convert.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <map>
#include <memory>
#include <sstream>
#include <string>

#include "commands.h"
#include "console.h"
#include "fovea/core/counted.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "outputs.h"
#include "placing.h"

namespace fovea {
namespace {

struct Choice {
  fs::path in = {};
  fs::path out = {};
  ConvertOptions options = {};
  std::string pictures = "link";
  fs::path json = {};
  bool quiet = false;
};

constexpr const char* kLayouts = R"(Layouts, of IN and of OUT:
  coco     annotations/instances_SPLIT.json, pictures in SPLIT/; or SPLIT/_annotations.coco.json;
           or one annotation file of any name, with --images: the split at the end of its name
           (train, val or test, as in keypoints_val2017.json), otherwise train
  yolo     data.yaml, images/SPLIT/, labels/SPLIT/: boxes or outlines in fractions of the picture
  voc      Annotations/NAME.xml, JPEGImages/, ImageSets/Main/SPLIT.txt; or SPLIT/NAME.xml beside the
           pictures. Corners are whole pixels, counted from 1, the last one inside; `difficult`
           objects become crowds, and crowds `difficult`
  csv      SPLIT.csv with the columns image,xmin,ymin,xmax,ymax,label in pixels from the left upper
           edge; a picture without objects has a line with the other fields empty
  folders  SPLIT/CLASS/*.jpg (IN only): a picture becomes one object as large as itself
voc and csv keep the order of the classes in classes.txt, a name a line. Boxes and outlines that
reach out of their picture are clipped to it, except for coco, and counted as a loss. yolo, voc and
csv are read with their pictures, so that what --to yolo|voc|csv --pictures none makes can only be
read again once they are put there; coco needs none with --pictures none where it has the sizes.)";

/// "3 images, 5 objects (of 7)".
std::string line_of(const ConvertReport::SplitCount& split) {
  const auto of = [](int64_t written, int64_t read) {
    return written == read ? std::string() : fmt::format(" (of {})", read);
  };
  return fmt::format("{}{}, {}{}", counted(split.images, "image"),
                     of(split.images, split.images_read), counted(split.objects, "object"),
                     of(split.objects, split.objects_read));
}

std::string text_of(const ConvertReport& report, const Choice& choice) {
  std::string text =
      fmt::format("{}: {}\n", choice.out.string(), counted(report.classes, "class", "classes"));
  for (const auto& split : report.splits) {
    text += fmt::format("  {}: {}\n", split.name, line_of(split));
  }
  return text;
}

std::string json_of(const ConvertReport& report, const Choice& choice) {
  std::ostringstream text;
  JsonWriter json(text, 2);
  json.begin_object().field("from", name_of(report.from)).field("guessed", report.guessed);
  json.field("to", name_of(choice.options.to)).field("out", choice.out.string());
  json.field("pictures", choice.pictures);
  json.field("classes", report.classes).key("splits").begin_array();
  for (const auto& split : report.splits) {
    json.begin_object().field("name", split.name).field("images", split.images);
    json.field("objects", split.objects).field("images_read", split.images_read);
    json.field("objects_read", split.objects_read).end_object();
  }
  json.end_array().key("lost").begin_object();
  for (const auto& entry : report.lost.entries()) json.field(entry.kind.name, entry.times);
  json.end_object().field("passed_over", report.passed.count).key("passed_over_first");
  json.array(report.passed.messages).key("remarks").array(report.remarks).end_object();
  text << '\n';
  return text.str();
}

void tell(const ConvertReport& report, Log& log) {
  for (const std::string& remark : report.remarks) log.warning(remark);
  for (const std::string& message : report.passed.messages) {
    log.warning("passed over: " + message);
  }
  const auto told = static_cast<int64_t>(report.passed.messages.size());
  if (report.passed.count > told) {
    log.warning(fmt::format("passed over {} more", report.passed.count - told));
  }
  for (const auto& entry : report.lost.entries()) {
    log.warning(fmt::format("lost: {} x {}", entry.times, entry.kind.what));
  }
}

int run(Choice choice) {
  choice.options.pictures = placing_named(choice.pictures);
  expect_different({{"IN", choice.in}, {"OUT", choice.out}, {"--json", choice.json}});
  expect_outside(choice.in, choice.options.images, {choice.out, choice.json});
  expect_output_file(choice.json);
  choice.options.outputs = {choice.json};
  ConsoleLog log(choice.quiet ? ConsoleLog::Voice::quiet : ConsoleLog::Voice::normal);
  log.heed_signals();
  const ConvertReport report = convert(choice.in, choice.out, choice.options, log);
  tell(report, log);
  write_result(choice.json, json_of(report, choice));
  if (choice.json != "-") fmt::print("{}", text_of(report, choice));
  return 0;
}

/// An option that takes one of a few words.
template <class T, class Set>
CLI::Option* add_words(CLI::App& parser, const std::string& name,
                       const std::map<std::string, T>& words, const std::string& help,
                       const Set& set) {
  std::vector<std::string> known;
  known.reserve(words.size());
  for (const auto& [word, meaning] : words) known.push_back(word);
  return parser
      .add_option_function<std::string>(
          name, [words, set](const std::string& word) { set(words.at(word)); }, help)
      ->check(CLI::IsMember(known));
}

void add_options(CLI::App& parser, const std::shared_ptr<Choice>& choice) {
  const std::map<std::string, Format> sources = {{"coco", Format::coco},
                                                 {"yolo", Format::yolo},
                                                 {"voc", Format::voc},
                                                 {"csv", Format::csv},
                                                 {"folders", Format::folders}};
  std::map<std::string, Format> targets = sources;
  targets.erase("folders");
  add_words(parser, "--from", sources, "format of IN (default: guessed from its layout, and said)",
            [choice](Format format) { choice->options.from = format; });
  add_words(parser, "--to", targets, "format of OUT", [choice](Format format) {
    choice->options.to = format;
  })->required();
  parser.add_option("--images", choice->options.images,
                    "folder of the pictures of a COCO annotation file");
  add_placing(parser, choice->pictures);
  const std::map<std::string, YoloLines> lines = {{"boxes", YoloLines::boxes},
                                                  {"outlines", YoloLines::outlines}};
  add_words(parser, "--yolo-lines", lines,
            "what --to yolo writes (default: outlines when an object has a mask)",
            [choice](YoloLines kind) { choice->options.yolo_lines = kind; });
  const std::map<std::string, VocCorners> origins = {{"0", VocCorners::from_zero},
                                                     {"1", VocCorners::from_one}};
  add_words(parser, "--voc-origin", origins,
            "first pixel of --from voc; 0: files of other programs, whose far corners are edges",
            [choice](VocCorners corners) { choice->options.voc_corners = corners; })
      ->default_str("1");
  parser.add_flag("--voc-fractions", choice->options.voc_fractions,
                  "--to voc writes corners with fractions, which some readers refuse");
  parser.add_flag("--skip-bad", choice->options.skip_bad,
                  "pass over what is bad, and list it, instead of stopping there");
}

}  // namespace

Command add_convert(CLI::App& program) {
  const auto choice = std::make_shared<Choice>();
  CLI::App* parser = program.add_subcommand(
      "convert", "A data set from one format to another, and what that loses; IN is only read");
  parser->set_help_flag("--help,-h", "this text");
  parser->footer(kLayouts);
  parser
      ->add_option("IN", choice->in,
                   "folder of a data set, or a COCO annotation file, a data.yaml or a .csv")
      ->required();
  parser->add_option("OUT", choice->out, "folder to make; absent or empty")->required();
  add_options(*parser, choice);
  parser->add_option("--json", choice->json,
                     "write what was done and lost to this file; - prints it alone");
  parser->add_flag("--quiet", choice->quiet, "warnings and results only, no progress");
  return {parser, [choice] { return run(*choice); }};
}

}  // namespace fovea
