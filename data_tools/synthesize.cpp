#include "fovea/data/synthesize.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <map>
#include <memory>

#include "commands.h"
#include "console.h"

namespace fovea {

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
  const CLI::Range count(int64_t{0}, int64_t{10'000'000});
  parser->add_option("--train", options.train, "pictures to train on")->check(count);
  parser->add_option("--val", options.val, "pictures to evaluate on")->check(count);
  parser->add_option("--test", options.test, "pictures to test on")->check(count);
  parser->add_option("--size", options.size, "side of each picture in pixels")
      ->check(CLI::Range(int64_t{32}, int64_t{4096}));
  parser->add_option("--seed", options.seed, "same seed, same bytes; 0 or more")
      ->check(CLI::NonNegativeNumber);
  for (const char* name : {"--train", "--val", "--test", "--size", "--seed"}) {
    parser->get_option(name)->capture_default_str();
  }
  parser->add_flag("--quiet", choice->quiet, "no progress");
  return {parser, [choice] {
            ConsoleLog log(choice->quiet ? ConsoleLog::Voice::quiet : ConsoleLog::Voice::normal);
            synthesize(choice->out, choice->options, log);
          }};
}

}  // namespace fovea
