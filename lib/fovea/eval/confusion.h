// Which class was taken for which.
#pragma once

#include <cstdint>
#include <vector>

#include "fovea/data/score_tables.h"
#include "fovea/eval/scoring_options.h"

namespace fovea {

/// Rows are the truth, columns what was predicted; the last of each is the background.
struct ConfusionMatrix {
  int64_t classes = 0;
  std::vector<int64_t> counts = {};  // [classes + 1, classes + 1]
  int64_t at(int64_t truth, int64_t predicted) const {
    return counts[static_cast<size_t>(truth * (classes + 1) + predicted)];
  }
};

/// Pairs objects and detections of any class that overlap by at least `iou`, best overlap first,
/// each at most once; detections below the score of their class (one for each label) do not count.
/// What is left over counts against the background; a detection of its class that lies in a crowd
/// counts nowhere.
ConfusionMatrix confusion_matrix(const TruthTable& truth, const FoundTable& found,
                                 const ScoringOptions& options, const std::vector<double>& scores,
                                 double iou = 0.5);

}  // namespace fovea
