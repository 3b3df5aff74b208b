// What is compared and how: pycocotools' Params.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fovea/data/score_tables.h"

namespace fovea {

/// Objects of low to high square pixels, both ends included.
struct AreaRange {
  std::string name = {};
  double low = 0;
  double high = 1e10;
};

struct ScoringOptions {
  IouType iou_type = IouType::bbox;
  std::vector<double> iou_thresholds = {};     // T, at most 16
  std::vector<double> recall_thresholds = {};  // R
  std::vector<AreaRange> areas = {};           // A, at most 32
  std::vector<int64_t> max_detections = {};    // M: best ones of an image and class; rising
  std::vector<double> sigmas = {};             // of the keypoints
  bool by_class = true;                        // false: as if all objects were of one class
};

inline constexpr size_t kMaxIouThresholds = 16;
inline constexpr size_t kMaxAreas = 32;

/// What COCO's leaderboards use.
ScoringOptions coco_options(IouType type = IouType::bbox);

/// numpy's linspace, which the last bit of the thresholds depends on; count >= 2.
std::vector<double> linspace(double first, double last, size_t count);

/// Error naming the option when there are none or too many of something.
void check(const ScoringOptions& options);

}  // namespace fovea
