// The commands of `fovea`. Each lives in libfovea_commands.so, which brings LibTorch: `fovea
// --help` and a mistyped option are answered without it, and processes are started before it is
// there.
#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "console.h"
#include "fovea/config/config.h"
#include "fovea/dist/rendezvous.h"

namespace fovea {

struct TrainCommand {
  Config config = {};
  bool resume = false;         // continue what run.dir holds
  std::string arguments = {};  // as typed, for env.json
  std::optional<Rendezvous> rendezvous = {};
};

/// Where a model comes from: a recipe, a run folder, a weights file or an exported file.
struct ModelSource {
  std::filesystem::path path = {};
  std::vector<std::string> overrides = {};  // key=value
};

struct EvalCommand {
  ModelSource model = {};
  std::filesystem::path data = {};  // data set folder; empty: the recipe's
  std::string split = "val";
  std::filesystem::path out = {};  // folder for figures and pictures; empty: none
  std::string json = {};           // file for the figures, "-" for standard output
};

struct ExportCommand {
  ModelSource model = {};
  std::filesystem::path out = {};  // empty: beside the weights
};

struct InspectCommand {
  ModelSource model = {};
  std::filesystem::path out = {};  // folder for pictures; empty: none are drawn
  int64_t batches = 2;             // training batches to draw
  int64_t overfit = 0;             // images to drive to near zero loss; 0: not
  int64_t steps = 300;             // of overfitting
  double bench = 0;                // seconds for each part of the speed test; 0: not
  std::string sample = {};         // EPOCH:INDEX of a training sample to draw
};

// Entry points of libfovea_commands.so.
extern "C" {
/// `stop` becomes the number of the signal that asks to stop. Returns the exit status: 0, or 130 or
/// 143 when the run was saved and left early.
int fovea_train(const TrainCommand& command, const std::atomic<int>& stop, ConsoleLog& log);
void fovea_eval(const EvalCommand& command, Log& log);
void fovea_export(const ExportCommand& command, Log& log);
void fovea_inspect(const InspectCommand& command, Log& log);
const char* fovea_libtorch_version();
}

}  // namespace fovea
