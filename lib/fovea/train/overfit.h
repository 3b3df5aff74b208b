// A network on a handful of images: when it cannot learn these by heart, something is wrong.
#pragma once

#include "fovea/models/model.h"
#include "fovea/train/evaluate.h"
#include "fovea/train/options.h"

namespace fovea {

struct OverfitReport {
  double first_loss = 0;     // total, before the first step
  double last_loss = 0;      // after the last one
  double lowest_loss = 0;    // what no network can fall below (soft targets)
  CocoMetrics metrics = {};  // on the same images
};

/// Trains on all images of `dataset` at once, unvaried, for `steps` steps.
OverfitReport overfit(Model& model, const Dataset& dataset, const TrainOptions& options,
                      const EvaluateOptions& evaluation, int64_t steps, at::Device device,
                      Log& log);

}  // namespace fovea
