// The loss terms of dense detectors, summed, not averaged. Each matches torchvision.ops.
#pragma once

#include <ATen/core/Tensor.h>

namespace fovea {

/// Focal loss (Lin et al. 2017, equation 5) with alpha 0.25 and gamma 2 of logits [...] against
/// targets [...] in {0, 1}; `weights` [...] or undefined. -> the sum, [].
at::Tensor focal_loss(const at::Tensor& logits, const at::Tensor& targets,
                      const at::Tensor& weights);

/// 1 - generalised IoU (Rezatofighi et al. 2019) of boxes [P,4] left, top, right, bottom against
/// targets [P,4]. -> the sum, [].
at::Tensor giou_loss(const at::Tensor& boxes, const at::Tensor& targets);

}  // namespace fovea
