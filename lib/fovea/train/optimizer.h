// SGD and AdamW over LibTorch's fused kernels: one launch a step for all tensors, and no question
// to the device on the way (clipping and the guard against non-finite gradients stay tensors).
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "fovea/nn/module.h"
#include "fovea/train/options.h"

namespace fovea {

class Optimizer {
 public:
  Optimizer(const std::vector<NamedTensor>& parameters, const OptimizerOptions& options);

  /// One step with the gradients that the parameters hold. Where `loss` or the gradient's norm is
  /// not finite nothing changes. Parameters without a gradient are left alone.
  void step(double learning_rate, const Tensor& loss);

  /// [] float: 1 when the last step was skipped, else 0.
  const Tensor& skipped() const { return skipped_; }
  /// [] float: Euclidean norm of all gradients of the last step, before clipping.
  const Tensor& gradient_norm() const { return norm_; }

  /// Moments and step counts by name, to be saved and restored in place.
  std::vector<std::pair<std::string, Tensor>> state() const;

 private:
  struct Group {  // parameters with one weight decay
    double weight_decay = 0;
    std::vector<Tensor> parameters, first_moments, second_moments, steps;
    std::vector<std::string> names;
  };
  void step_group(Group& group, double learning_rate, const Tensor& divisor);
  OptimizerOptions options_;
  std::vector<Group> groups_;
  Tensor skipped_, norm_;
};

}  // namespace fovea
