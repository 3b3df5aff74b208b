// Non-maximum suppression, registered with LibTorch as `fovea::nms` and `fovea::nms_by_class`, so
// that a traced model may call them too. The answers equal torchvision.ops.nms bit for bit: boxes
// are visited by falling score (equal scores by rising index), and one is dropped when its IoU with
// a kept box is above (not at) the threshold. The IoU of two boxes without area drops neither.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace fovea {

/// boxes [N,4] left, top, right, bottom; scores [N] -> indices [K] int64 of the kept boxes, by
/// falling score, on the device of `boxes`. float32 and float64; CUDA tensors go through the host.
at::Tensor nms(const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold);

/// The same within each label: labels [N] int64. Boxes are compared as they are, without
/// torchvision's shift by class, which costs digits.
at::Tensor nms_by_class(const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& labels,
                        double iou_threshold);

/// On plain arrays: `boxes` holds 4 * count coordinates.
std::vector<int64_t> nms_by_class(const float* boxes, const float* scores, const int64_t* labels,
                                  int64_t count, double iou_threshold);

}  // namespace fovea
