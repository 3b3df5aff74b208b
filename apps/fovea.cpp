// fovea: trains, scores, exports and inspects detectors. This program holds no LibTorch: it reads
// the command line, starts the processes of a run, and opens libfovea_commands.so when work begins.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "commands.h"
#include "fovea/core/driver.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/loader/loader.h"
#include "launch.h"
#include "outputs.h"
#include "part.h"
#include "version.h"

namespace fovea {
namespace {

/// A function of the part that brings LibTorch.
template <class Function>
Function* command(const char* name) {
  return reinterpret_cast<Function*>(function_of("libfovea_commands.so", name));
}

/// What stands on a command line besides options: a thing (recipe, model) and key=value overrides.
struct Words {
  fs::path thing;
  std::vector<std::string> overrides;
};

Words sort_words(const std::vector<std::string>& words, std::string_view what) {
  Words sorted;
  for (const std::string& word : words) {
    if (word.find('=') != std::string::npos && !fs::exists(word)) {
      sorted.overrides.push_back(word);
    } else if (sorted.thing.empty()) {
      sorted.thing = word;
    } else {
      fail(fmt::format("`{}` is one too many: {} is `{}`", word, what, sorted.thing.string()),
           "write options as key=value");
    }
  }
  return sorted;
}

struct TrainFlags {
  std::vector<std::string> words;
  std::string resume;
  std::string gpus;
  int64_t procs = 0;
};

/// The recipe of a new run, or of the run that is to go on.
Config train_config(const TrainFlags& flags) {
  const Words words = sort_words(flags.words, "the recipe");
  if (flags.resume.empty()) return read_config(words.thing, words.overrides);
  if (!words.thing.empty()) {
    fail(fmt::format("`{}`: a run is resumed with its own recipe", words.thing.string()),
         "give what should differ as key=value");
  }
  const fs::path recipe = fs::path(flags.resume) / "run.yaml";
  if (!fs::exists(recipe)) {
    fail(flags.resume, "", "is no run folder (it holds no run.yaml)",
         "name the folder that `fovea train` printed");
  }
  Config config = read_config(recipe, words.overrides);
  config.run.dir = flags.resume;
  return config;
}

/// --procs and --gpus decide the device and the number of processes.
void choose_processes(Config& config, const TrainFlags& flags) {
  if (flags.procs > 0 && !flags.gpus.empty()) {
    fail("--procs and --gpus exclude each other", "use --gpus on GPUs, --procs on the CPU");
  }
  if (flags.procs > 0) {
    config.run.processes = flags.procs;
    config.device = "cpu";
  }
  if (flags.gpus.empty()) return;
  const int64_t found = gpu_count();
  int64_t wanted = found;
  if (flags.gpus != "all") {
    try {
      wanted = std::stoll(flags.gpus);
    } catch (const std::exception&) {
      fail(fmt::format("--gpus: `{}` is no number", flags.gpus), "write --gpus 2 or --gpus all");
    }
  }
  if (wanted < 1 || wanted > found) {
    fail(fmt::format("--gpus {}: this machine has {} GPUs", flags.gpus, found),
         "use that many, or --procs N on the CPU");
  }
  config.run.processes = wanted;
  config.device = "cuda";
}

int train(const TrainFlags& flags, int argc, char** argv, ConsoleLog& log) {
  TrainCommand arguments{.config = train_config(flags), .resume = !flags.resume.empty()};
  choose_processes(arguments.config, flags);
  arguments.rendezvous = rendezvous_from_environment();
  check_batch(arguments.config.train.batch,
              arguments.rendezvous ? arguments.rendezvous->size : arguments.config.run.processes);
  if (!arguments.rendezvous && arguments.config.run.processes > 1) {
    return launch(arguments.config.run.processes, argv);
  }
  for (int i = 0; i < argc; ++i) arguments.arguments += (i == 0 ? "" : " ") + std::string(argv[i]);
  int status = 0;
  const int failure = run_rank([&] {
    status = command<decltype(fovea_train)>("fovea_train")(arguments, stop_signal(), log);
  });
  return failure != 0 ? failure : status;
}

/// `fovea help VERB` is `fovea VERB --help`.
void ask_for_help(std::vector<char*>& words) {
  static char option[] = "--help";
  if (words.size() < 2 || std::string_view(words[1]) != "help") return;
  words.erase(words.begin() + 1);
  words.push_back(option);
}

/// `fovea infer ...` and `fovea data ...` are programs of their own.
void hand_over(int argc, char** argv) {
  if (argc < 2) return;
  const std::string verb = argv[1];
  if (verb != "infer" && verb != "data") return;
  const std::string program = (program_folder() / ("fovea-" + verb)).string();
  argv[1] = const_cast<char*>(program.c_str());
  execv(program.c_str(), argv + 1);
  fail(program, "", "could not be started", "run scripts/build.sh again");
}

class CommandLine {
 public:
  CommandLine() {
    program_.set_help_flag("--help,-h", "this text");
    program_.add_flag("--version", wants_version_, "program, commit, LibTorch, CUDA, OpenCV");
    program_.require_subcommand(0, 1);
    add_train();
    add_eval();
    add_export();
    add_inspect();
    program_.add_subcommand("infer", "use an exported model on pictures (fovea-infer --help)");
    program_.add_subcommand("data", "make and score data sets (fovea-data --help)");
  }

  int run(int argc, char** argv) {
    std::vector<char*> words(argv, argv + argc);
    ask_for_help(words);
    words.push_back(nullptr);
    hand_over(argc, words.data());
    parse(argc, words.data());
    if (printed_) return 0;
    const auto voice = quiet_ ? ConsoleLog::Voice::quiet : ConsoleLog::Voice::normal;
    ConsoleLog log(voice);
    if (train_->parsed()) return train(train_flags_, argc, argv, log);
    if (eval_->parsed()) {
      eval_command_.model = source(eval_words_);
      expect_different({{"MODEL", eval_command_.model.path}, {"--json", eval_command_.json}});
      make_output_folder(eval_command_.out);  // the file may be in it
      expect_output_file(eval_command_.json);
      command<decltype(fovea_eval)>("fovea_eval")(eval_command_, log);
    } else if (export_->parsed()) {
      export_command_.model = source(export_words_);
      if (!export_command_.out.empty() && export_command_.out.extension() != ".pt") {
        fail(export_command_.out, "", "is to be TorchScript, whose name ends in .pt",
             "give -o FILE.pt");
      }
      expect_output_file(export_command_.out);
      command<decltype(fovea_export)>("fovea_export")(export_command_, log);
    } else {
      inspect_command_.model = source(inspect_words_);
      command<decltype(fovea_inspect)>("fovea_inspect")(inspect_command_, log);
    }
    return 0;
  }

 private:
  static ModelSource source(const std::vector<std::string>& words) {
    const Words sorted = sort_words(words, "the model");
    if (sorted.thing.empty()) {
      fail("no model was named", "name a run folder, a .safetensors, a .pt or a recipe");
    }
    if (!fs::is_directory(sorted.thing)) {
      expect_file(sorted.thing, "a recipe, a run folder, a weights file or an exported file");
    }
    return {sorted.thing, sorted.overrides};
  }

  CLI::App* add(const std::string& name, const std::string& help) {
    CLI::App* verb = program_.add_subcommand(name, help);
    verb->footer("Options of the recipe, as key=value, are listed by `fovea train --help`.");
    verb->set_help_flag("--help,-h", "this text");
    verb->add_flag("--quiet,-q", quiet_, "warnings and errors only");
    return verb;
  }

  void add_train() {
    train_ = add("train", "train a detector on a COCO data set");
    train_->add_option("RECIPE", train_flags_.words,
                       "recipe (.yaml) and options as key=value, see below");
    train_->add_option("--resume", train_flags_.resume, "continue this run folder");
    train_->add_option("--gpus", train_flags_.gpus, "GPUs to use, or `all`; one process each");
    train_->add_option("--procs", train_flags_.procs, "CPU processes")->check(CLI::Range(1, 1024));
    train_->footer("Options of the recipe, as key=value:\n" + reference());
  }

  void add_eval() {
    eval_ = add("eval", "score a model: the 12 COCO figures");
    eval_->add_option(
        "MODEL", eval_words_,
        "run folder, .safetensors, .pt, or a recipe with model.weights; options as key=value");
    eval_->add_option("--data", eval_command_.data, "data set folder (default: the recipe's)");
    eval_->add_option("--split", eval_command_.split, "part of it")->capture_default_str();
    eval_->add_option("--out", eval_command_.out,
                      "folder for metrics.json, predictions.json and pictures");
    eval_->add_option("--json", eval_command_.json, "file for the figures, - for standard output");
  }

  void add_export() {
    export_ = add("export", "write a model as one file for fovea-infer");
    export_->add_option(
        "MODEL", export_words_,
        "run folder, .safetensors, or a recipe with model.weights; options as key=value");
    export_->add_option("-o,--out", export_command_.out, "FILE.pt (default: beside the weights)");
  }

  void add_inspect() {
    inspect_ = add("inspect", "show a recipe or model: options, layers, batches");
    inspect_->add_option("MODEL", inspect_words_,
                         "recipe or model to look at; options as key=value");
    CLI::Option* out = inspect_->add_option("--out", inspect_command_.out,
                                            "draw training batches into this folder");
    inspect_->add_option("--batches", inspect_command_.batches, "how many of them")
        ->capture_default_str()
        ->needs(out)
        ->check(CLI::Range(1, 1000));
    CLI::Option* overfit = inspect_
                               ->add_option("--overfit", inspect_command_.overfit,
                                            "drive this many images to near zero loss")
                               ->check(CLI::Range(1, 64));
    inspect_
        ->add_option("--sample", inspect_command_.sample,
                     "draw sample EPOCH:INDEX of the training again")
        ->needs(out);
    inspect_
        ->add_option("--bench", inspect_command_.bench,
                     "measure loader and network, each for so many seconds")
        ->check(CLI::Range(0.1, 3600.0));
    inspect_->add_option("--steps", inspect_command_.steps, "of overfitting")
        ->capture_default_str()
        ->needs(overfit)
        ->check(CLI::Range(1, 100000));
  }

  void expect_verb(int argc, char** argv) {
    std::vector<std::string> names;
    for (const CLI::App* verb : program_.get_subcommands({})) names.push_back(verb->get_name());
    if (argc < 2) fail("no command was given", suggestion("", names));
    const std::string word = argv[1];
    if (word.starts_with("-") || std::find(names.begin(), names.end(), word) != names.end()) {
      return;
    }
    fail(fmt::format("`{}` is no command of fovea", word), suggestion(word, names));
  }

  void parse(int argc, char** argv) {
    expect_verb(argc, argv);
    try {
      program_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      const auto verbs = program_.get_subcommands();
      std::cout << (verbs.empty() ? program_.help() : verbs.front()->help(program_.get_name()));
      printed_ = true;
    } catch (const CLI::ParseError& refused) {
      const std::string problem = refused.what();
      const auto verbs = program_.get_subcommands();
      const std::string verb = verbs.empty() ? "" : " " + verbs.front()->get_name();
      fail(problem.substr(0, problem.find('\n')), fmt::format("see `fovea{} --help`", verb));
    }
    if (wants_version_) {
      const char* torch = command<decltype(fovea_libtorch_version)>("fovea_libtorch_version")();
      std::cout << version_text("fovea", torch, cuda_version(library_folder()));
      printed_ = true;
    }
  }

  CLI::App program_{"Trains, scores, exports and inspects image detectors", "fovea"};
  CLI::App* train_ = nullptr;
  CLI::App* eval_ = nullptr;
  CLI::App* export_ = nullptr;
  CLI::App* inspect_ = nullptr;
  TrainFlags train_flags_;
  EvalCommand eval_command_;
  ExportCommand export_command_;
  InspectCommand inspect_command_;
  std::vector<std::string> eval_words_, export_words_, inspect_words_;
  bool quiet_ = false, wants_version_ = false, printed_ = false;
};

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  int status = 0;
  const int failure = fovea::run_app([&] {
    fovea::CommandLine line;
    status = line.run(argc, argv);
  });
  return failure != 0 ? failure : status;
}
