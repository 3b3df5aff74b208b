#include "fovea/deploy/select.h"

#include <c10/util/Exception.h>

#include <algorithm>

#include "fovea/augment/boxes.h"
#include "fovea/deploy/picks.h"
#include "fovea/ops/nms.h"

namespace fovea {
namespace {

/// The part of the input that shows the file's picture.
Corners visible_part(const Frame& frame) {
  const Box part = map_box(frame.a, {.width = static_cast<double>(frame.file_width),
                                     .height = static_cast<double>(frame.file_height)});
  return {static_cast<float>(part.left), static_cast<float>(part.top),
          static_cast<float>(part.right()), static_cast<float>(part.bottom())};
}

bool outside(const Corners& box, const Corners& part) {
  return box[2] < part[0] || box[3] < part[1] || box[0] > part[2] || box[1] > part[3];
}

void clip_to(Corners& box, const Corners& part) {
  for (size_t i = 0; i < 4; ++i) box[i] = std::clamp(box[i], part[i % 2], part[i % 2 + 2]);
}

Box box_of(const Corners& corners) {
  const double left = corners[0];
  const double top = corners[1];
  return {.left = left, .top = top, .width = corners[2] - left, .height = corners[3] - top};
}

/// Places among `picks` (best first) that survive, best first.
std::vector<int64_t> without_overlaps(const std::vector<Pick>& picks, int64_t classes,
                                      double nms_iou) {
  std::vector<float> boxes;
  std::vector<float> scores;
  std::vector<int64_t> labels;
  boxes.reserve(picks.size() * 4);
  for (const Pick& pick : picks) {
    boxes.insert(boxes.end(), pick.box.begin(), pick.box.end());
    scores.push_back(pick.score);
    labels.push_back(pick.index % classes);
  }
  return nms_by_class(boxes.data(), scores.data(), labels.data(),
                      static_cast<int64_t>(picks.size()), nms_iou);
}

Predictions finish(std::vector<Pick> picks, int64_t classes, const Frame& frame, int64_t image_id,
                   const SelectOptions& options) {
  const Corners part = visible_part(frame);
  std::erase_if(picks, [&part](const Pick& pick) { return outside(pick.box, part); });
  for (Pick& pick : picks) clip_to(pick.box, part);
  std::vector<int64_t> kept = without_overlaps(picks, classes, options.nms_iou);
  kept.resize(
      static_cast<size_t>(std::min(static_cast<int64_t>(kept.size()), options.max_detections)));
  Predictions result{.image_id = image_id};
  for (const int64_t place : kept) {
    const Pick& pick = picks[static_cast<size_t>(place)];
    result.found.push_back({.box = to_file(frame, box_of(pick.box)),
                            .score = static_cast<double>(pick.score),
                            .label = pick.index % classes});
  }
  return result;
}

}  // namespace

std::vector<Predictions> select(const Candidates& candidates, const std::vector<Frame>& frames,
                                const std::vector<int64_t>& image_ids,
                                const SelectOptions& options) {
  const Tensor& boxes = candidates.boxes;
  const Tensor& scores = candidates.scores;
  TORCH_CHECK(boxes.dim() == 3 && boxes.size(2) == 4, "boxes must be [B,N,4], not ", boxes.sizes());
  TORCH_CHECK(
      scores.dim() == 3 && scores.size(0) == boxes.size(0) && scores.size(1) == boxes.size(1),
      "scores must be [", boxes.size(0), ",", boxes.size(1), ",C], not ", scores.sizes());
  TORCH_CHECK(
      static_cast<int64_t>(frames.size()) == boxes.size(0) && frames.size() == image_ids.size(),
      "there are ", boxes.size(0), " images, ", frames.size(), " frames and ", image_ids.size(),
      " ids");
  auto picks =
      scores.is_cpu() ? picks_on_host(candidates, options) : picks_on_device(candidates, options);
  std::vector<Predictions> results;
  for (size_t b = 0; b < frames.size(); ++b) {
    results.push_back(
        finish(std::move(picks[b]), scores.size(2), frames[b], image_ids[b], options));
  }
  return results;
}

}  // namespace fovea
