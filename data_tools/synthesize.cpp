#include "fovea/data/synthesize.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <charconv>
#include <limits>
#include <map>
#include <memory>
#include <string>

#include "commands.h"
#include "console.h"

namespace fovea {
namespace {

/// A whole number in base 10, handed on without leading zeros: CLI11 itself takes `010` for 8 and
/// cuts off what is too large.
CLI::Validator whole_number(uint64_t low, uint64_t high) {
  const auto check = [low, high](std::string& text) -> std::string {
    uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number < low || number > high) {
      return fmt::format("`{}` is no whole number from {} to {}", text, low, high);
    }
    text = std::to_string(number);
    return {};
  };
  return {check, fmt::format("[{} - {}]", low, high)};
}

}  // namespace

Command add_synthesize(CLI::App& program) {
  struct Choice {
    std::string out = {};
    SynthesizeOptions options = {};
    bool quiet = false;
  };
  using Task = SynthesizeOptions::Task;
  const auto choice = std::make_shared<Choice>();
  SynthesizeOptions& options = choice->options;
  CLI::App* parser = program.add_subcommand(
      "synthesize", "Make a data set of textured shapes with exact boxes and masks");
  parser->set_help_flag("--help,-h", "this text");
  parser->add_option("OUT", choice->out, "folder to make; absent or empty")->required();
  const std::map<std::string, Task> tasks = {{"detect", Task::detect},
                                             {"classify", Task::classify}};
  parser
      ->add_option_function<std::string>(
          "--task",
          [choice, tasks](const std::string& name) { choice->options.task = tasks.at(name); },
          "detect: a COCO data set; classify: one folder a class")
      ->check(CLI::IsMember({"detect", "classify"}))
      ->default_str("detect");
  const CLI::Validator count = whole_number(0, 10'000'000);
  parser->add_option("--train", options.train, "pictures to train on")->transform(count);
  parser->add_option("--val", options.val, "pictures to evaluate on")->transform(count);
  parser->add_option("--test", options.test, "pictures to test on")->transform(count);
  parser->add_option("--size", options.size, "side of each picture in pixels")
      ->transform(whole_number(32, 4096));
  parser->add_option("--seed", options.seed, "same seed, same bytes")
      ->transform(whole_number(0, std::numeric_limits<uint64_t>::max()));
  for (const char* name : {"--train", "--val", "--test", "--size", "--seed"}) {
    parser->get_option(name)->capture_default_str();
  }
  parser->add_flag("--quiet", choice->quiet, "no progress");
  return {parser, [choice] {
            ConsoleLog log(choice->quiet ? ConsoleLog::Voice::quiet : ConsoleLog::Voice::normal);
            log.heed_signals();
            synthesize(choice->out, choice->options, log);
            return 0;
          }};
}

}  // namespace fovea
