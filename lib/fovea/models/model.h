// What a detector is to the rest of the library: three functions whose return types never depend on
// a mode. Export saves decode(forward(images)).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fovea/models/options.h"
#include "fovea/nn/module.h"
#include "fovea/ops/vocabulary.h"

namespace fovea {

/// Sums a few numbers over all processes (dist/world.h); the identity when there is one.
using SumOverProcesses = std::function<void(std::vector<double>&)>;

class Model : public Module {
 public:
  /// [B,3,H,W] uint8 RGB, H and W multiples of size_divisor() -> raw outputs.
  virtual Outputs forward(const Tensor& images) const = 0;

  /// The losses of a batch, normalised over the batches of all processes. `sum` joins the counts
  /// that the normalisation needs.
  virtual Losses loss(const Outputs& outputs, const Batch& batch,
                      const SumOverProcesses& sum) const = 0;

  /// The total loss that no network can fall below on this batch: soft targets keep their entropy.
  virtual double lowest_loss(const Batch& batch) const = 0;

  /// Boxes and scores of every location, without any threshold.
  virtual Candidates decode(const Outputs& outputs) const = 0;

  /// What the height and width of an input must be multiples of, pixels.
  virtual int64_t size_divisor() const = 0;
};

/// A new model with random weights drawn from `seed`. Error on an unknown name or a bad option.
std::unique_ptr<Model> make_model(const ModelOptions& options, int64_t classes, uint64_t seed);

}  // namespace fovea
