// How fast pictures come and how fast they are learned from, for finding out which of the two
// waits.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "fovea/loader/loader.h"
#include "fovea/models/model.h"

namespace fovea {

struct LoaderSpeed {
  double images_per_second = 0;
  std::array<double, kStages> stage_seconds = {};  // of a thread, for each image
};

/// Batches after each other for `seconds`, after the first ones, at least one, that are not
/// counted.
LoaderSpeed measure_loader(Loader& loader, int64_t warm_up, double seconds);

/// Seconds for each image.
struct NetworkSpeed {
  double collate = 0;
  double copy = 0;
  double forward = 0;
  double backward = 0;  // and the loss
  double images_per_second() const { return 1 / (collate + copy + forward + backward); }
};

/// How a network is tried.
struct NetworkTrial {
  double seconds = 0;
  at::Device device = at::kCPU;
  bool bf16 = false;
};

/// Training steps on one batch again and again, without the optimizer. The weights stay as they
/// are; running statistics of norms do not.
NetworkSpeed measure_network(Model& model, const SampleBatch& samples, const NetworkTrial& trial);

struct TogetherSpeed {
  double images_per_second = 0;
  double waited = 0;  // share of the time in which the network had nothing to do
};
TogetherSpeed measure_together(Model& model, Loader& loader, int64_t step,
                               const NetworkTrial& trial);

/// What was measured, as a table.
std::string describe(const LoaderSpeed& loader, const NetworkSpeed& network,
                     const TogetherSpeed& together);

/// Who waits for whom, and which options would change it.
std::string advice(const LoaderSpeed& loader, const NetworkSpeed& network,
                   const TogetherSpeed& together, const AugmentOptions& augment,
                   const LoaderOptions& options, const Dataset& dataset);

}  // namespace fovea
