// From candidates to predictions: the one post-processing of training-time evaluation, `fovea eval`
// and `fovea-infer`.
#pragma once

#include <cstdint>
#include <vector>

#include "fovea/deploy/options.h"
#include "fovea/ops/vocabulary.h"

namespace fovea {

/// For each image, the objects found, best first:
///  1. (location, class) pairs with a score above `score_threshold`; the best `top_k` of them,
///  equal
///     scores by rising index location * C + class, so that the answer never depends on the device;
///  2. their boxes clipped to the part of the input that the picture covers, as torchvision clips
///     before suppression; those wholly outside it (in the padding of a letterbox) are dropped;
///  3. suppression within each class: of two boxes with an IoU above `nms_iou`, in input pixels,
///  the
///     one with the lower score goes;
///  4. the best `max_detections`, mapped through the image's Frame to file pixels and clipped
///  there.
/// Torchvision's FCOS takes its top k level by level instead: the answers are the same whenever
/// fewer than `top_k` pairs pass the threshold. A box inside may have no area, as there.
/// Tensors of any device: on a GPU the first step runs there, and only what passed is copied.
std::vector<Predictions> select(const Candidates& candidates, const std::vector<Frame>& frames,
                                const std::vector<int64_t>& image_ids,
                                const SelectOptions& options);

}  // namespace fovea
