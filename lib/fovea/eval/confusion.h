// Which class was taken for which, at one score threshold.
#pragma once

#include <cstdint>
#include <vector>

#include "fovea/data/vocabulary.h"

namespace fovea {

struct ConfusionOptions {
  double score = 0.25;  // detections below it do not count
  double iou = 0.5;     // a detection has found an object from this overlap on
};

/// Rows are the truth, columns what was predicted; the last of each is the background.
struct ConfusionMatrix {
  int64_t classes = 0;
  std::vector<int64_t> counts = {};  // [classes + 1, classes + 1]
  int64_t at(int64_t truth, int64_t predicted) const {
    return counts[static_cast<size_t>(truth * (classes + 1) + predicted)];
  }
};

/// Pairs objects and detections of any class, best overlap first, each at most once. What is left
/// over counts against the background; a detection of its class that lies in a crowd counts
/// nowhere.
ConfusionMatrix confusion_matrix(const Dataset& truth, const std::vector<Predictions>& predictions,
                                 const ConfusionOptions& options = {});

}  // namespace fovea
