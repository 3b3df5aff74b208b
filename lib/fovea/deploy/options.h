// How candidates become predictions.
#pragma once

#include <cstdint>

#include "fovea/core/options.h"

namespace fovea {

struct SelectOptions {
  double score_threshold = 0.01;
  int64_t top_k = 1000;
  double nms_iou = 0.6;
  int64_t max_detections = 100;
};

void fields(OptionList& field, SelectOptions& o);

}  // namespace fovea
