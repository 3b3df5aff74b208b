// fovea-infer: an exported model file and pictures in, predictions and drawn pictures out. It knows
// neither the model's family nor its recipe, and links nothing that trains.
#include <fmt/core.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>
#include <iostream>
#include <optional>

#include "console.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "infer_command.h"
#include "outputs.h"
#include "part.h"
#include "version.h"

namespace fovea {
namespace {

/// A function of the part that brings LibTorch.
template <class Function>
Function* entry(const char* name) {
  return reinterpret_cast<Function*>(function_of("libfovea_inference.so", name));
}

void describe(CLI::App& program, InferCommand& o) {
  program.add_option("MODEL", o.model, "model file (.pt) that `fovea export` wrote");
  program.add_option("SOURCE", o.sources, "images, folders, 'patterns*' or @files.txt");
  program.add_option("--out", o.out,
                     "folder for predictions.json, images/, crops/ and labels/ "
                     "(default with --save-images, --crops or --txt: a new runs/infer)");
  program.add_option("--json", o.json, "file for a COCO results list, - for standard output");
  program.add_option("--csv", o.csv,
                     "file for image,xmin,ymin,xmax,ymax,label,score, - for standard output");
  program.add_flag("--txt", o.txt, "a text file an image: label, box as parts of it, score");
  program.add_flag("--save-images", o.save_images, "draw what was found");
  program.add_flag("--crops", o.crops, "save each object as a picture");
  program.add_option("--annotations", o.annotations,
                     "COCO file that knows the image_id of each image (default: its name)");
  program.add_option("--score", o.score, "lower scores are left out")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  program.add_option("--device", o.device, "auto, cpu or cuda")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  program.add_option("--batch", o.batch, "images at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  program.add_option("--threads", o.threads, "of the CPU (default: LibTorch's choice)")
      ->check(CLI::Range(1, 1024));
  program.add_flag("--self-test", o.self_test, "compare with the answers inside the model file");
  program.add_flag("--allow-truncated", o.allow_truncated, "use images that are cut short");
  program.add_flag("--quiet,-q", o.quiet, "warnings and errors only");
}

/// Error when what the command is to write could not be written at its end.
void expect_outputs(const InferCommand& options) {
  expect_different({{"MODEL", options.model},
                    {"--annotations", options.annotations},
                    {"--json", options.json},
                    {"--csv", options.csv}});
  make_output_folder(options.out);  // the files may be in it
  expect_output_file(options.json);
  expect_output_file(options.csv);
}

void expect_model(const fs::path& model) {
  if (model.empty()) fail("no model was named", "see `fovea-infer --help`");
  if (fs::is_directory(model)) {
    fail(model, "", "is a folder, and a model file is needed",
         fmt::format("write one with `fovea export {} -o FILE.pt`", model.string()));
  }
  expect_file(model, "a model file that `fovea export` wrote");
}

/// What the command line asks for; nothing when it asked for a text that was printed.
std::optional<InferCommand> parse(int argc, char** argv) {
  InferCommand options;
  bool wants_version = false;
  CLI::App program("Finds objects in pictures with an exported model", "fovea-infer");
  program.set_help_flag("--help,-h", "this text");
  program.add_flag("--version", wants_version, "program, commit, LibTorch, CUDA, OpenCV");
  describe(program, options);
  try {
    program.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << program.help();
    return {};
  } catch (const CLI::ParseError& refused) {
    const std::string problem = refused.what();
    fail(problem.substr(0, problem.find('\n')), "see `fovea-infer --help`");
  }
  if (wants_version) {
    const char* torch =
        entry<decltype(fovea_infer_libtorch_version)>("fovea_infer_libtorch_version")();
    std::cout << version_text("fovea-infer", torch, cuda_version(library_folder()));
    return {};
  }
  expect_model(options.model);
  if (options.sources.empty() && !options.self_test) {
    fail("no image was named", "give images, folders, patterns or @files.txt, or --self-test");
  }
  expect_outputs(options);
  return options;
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  return fovea::run_app([&] {
    const auto options = fovea::parse(argc, argv);
    if (!options) return;
    fovea::ConsoleLog log(options->quiet ? fovea::ConsoleLog::Voice::quiet
                                         : fovea::ConsoleLog::Voice::normal);
    fovea::entry<decltype(fovea::fovea_infer)>("fovea_infer")(*options, log);
  });
}
