// Scoring a detector on a data set: the same code for a network in training, for its weights and
// for an exported file.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "fovea/core/log.h"
#include "fovea/deploy/options.h"
#include "fovea/dist/world.h"
#include "fovea/eval/coco_eval.h"
#include "fovea/loader/loader.h"
#include "fovea/ops/vocabulary.h"

namespace fovea {

/// [B,3,H,W] uint8 on the CPU -> candidates, on any device.
using Detector = std::function<Candidates(const Tensor& images)>;

struct EvaluateOptions {
  InputOptions input = {};
  int64_t batch = 16;   // pictures at once
  int64_t workers = 2;  // threads that decode
  SelectOptions select = {};
  OnError on_error = OnError::stop;  // at a picture that cannot be read
};

/// What was found in every image, in the order of the data set. Each process takes every size-th
/// image; all of them return all predictions. With OnError::skip what cannot be read is left out.
std::vector<Predictions> predict(const Detector& detector, const Dataset& dataset,
                                 const EvaluateOptions& options, const World& world, Log& log);

/// The COCO figures of predictions against the data set that they were made for.
CocoMetrics score(const std::vector<Predictions>& predictions, const Dataset& dataset);

}  // namespace fovea
