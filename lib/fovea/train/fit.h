// The training loop.
#pragma once

#include <atomic>
#include <cstdint>

#include "fovea/core/log.h"
#include "fovea/dist/world.h"
#include "fovea/loader/loader.h"
#include "fovea/models/model.h"
#include "fovea/train/evaluate.h"
#include "fovea/train/options.h"
#include "fovea/train/run_folder.h"

namespace fovea {

/// How a run ended, and after how many steps.
struct FitResult {
  enum class End { finished, out_of_time, stopped };
  End end = End::finished;
  int64_t step = 0;
  int64_t total_steps = 0;
  int signal = 0;  // that stopped it, on whichever process it arrived
};

/// Trains `model` on the loader's batches until the last epoch, the time limit or a signal in
/// `stop`, from the newest whole checkpoint of the run when there is one. The state is saved at the
/// cadence of `options`, after every evaluation and at the end. All processes of `world` call it
/// together. Error naming step, images and remedy when the loss or a gradient is not finite: then
/// nothing of that step is kept or saved.
FitResult fit(Model& model, Loader& loader, const Dataset& val, const TrainOptions& options,
              const EvaluateOptions& evaluation, RunFolder& run, const World& world,
              const std::atomic<int>& stop, Log& log);

}  // namespace fovea
