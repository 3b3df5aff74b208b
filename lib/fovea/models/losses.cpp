#include "fovea/models/losses.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/sigmoid.h>

namespace fovea {

using at::Tensor;

Tensor focal_loss(const Tensor& logits, const Tensor& targets, const Tensor& weights) {
  constexpr double kAlpha = 0.25;
  const Tensor p = at::sigmoid(logits);
  const Tensor cross_entropy =
      at::binary_cross_entropy_with_logits(logits, targets, {}, {}, at::Reduction::None);
  // 1 - p where the target is 1, p where it is 0; and alpha or 1 - alpha likewise.
  const Tensor wrong = p + targets - 2 * p * targets;
  Tensor balance = targets * (2 * kAlpha - 1) + (1 - kAlpha);
  if (weights.defined()) balance = balance * weights;
  return (cross_entropy * wrong * wrong * balance).sum();
}

Tensor giou_loss(const Tensor& boxes, const Tensor& targets) {
  constexpr double kEpsilon = 1e-7;  // torchvision's, against division by zero
  const auto low = [](const Tensor& b) { return b.slice(1, 0, 2); };   // [P,2] left, top
  const auto high = [](const Tensor& b) { return b.slice(1, 2, 4); };  // [P,2] right, bottom
  const auto area = [&](const Tensor& b) { return (high(b) - low(b)).prod(1); };
  const Tensor shared =
      (at::minimum(high(boxes), high(targets)) - at::maximum(low(boxes), low(targets)))
          .clamp_min(0)
          .prod(1);
  const Tensor joint = area(boxes) + area(targets) - shared;
  const Tensor hull =
      (at::maximum(high(boxes), high(targets)) - at::minimum(low(boxes), low(targets))).prod(1);
  const Tensor giou = shared / (joint + kEpsilon) - (hull - joint) / (hull + kEpsilon);
  return (1 - giou).sum();
}

}  // namespace fovea
