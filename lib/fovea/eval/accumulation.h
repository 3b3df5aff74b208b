// Accumulation, pycocotools' accumulate: from the outcomes of one class to its precision over
// recall, at each IoU threshold, in each area range and for each limit of detections.
#pragma once

#include <cstdint>
#include <vector>

#include "fovea/eval/matching.h"

namespace fovea {

/// Places in the arrays of all classes.
struct CurveLayout {
  size_t thresholds = 0;  // T
  size_t recalls = 0;     // R
  size_t classes = 0;     // K
  size_t areas = 0;       // A
  size_t limits = 0;      // M
  size_t curve_size() const { return thresholds * recalls * classes * areas * limits; }
  size_t recall_size() const { return thresholds * classes * areas * limits; }
  size_t recall_at(size_t t, size_t k, size_t a, size_t m) const {
    return ((t * classes + k) * areas + a) * limits + m;
  }
  size_t curve_at(size_t t, size_t r, size_t k, size_t a, size_t m) const {
    return (((t * recalls + r) * classes + k) * areas + a) * limits + m;
  }
};
CurveLayout layout_of(const ScoringOptions& options, size_t classes);

/// The arrays of pycocotools' `eval`, -1 where there is no truth.
struct Curves {
  std::vector<double> precision = {};  // [T,R,K,A,M]
  std::vector<double> scores = {};     // [T,R,K,A,M]: the score at which that recall is reached
  std::vector<double> recall = {};     // [T,K,A,M]
};

/// Detections of a class, best first: equal scores by image, then by rank.
std::vector<uint32_t> best_first(const Outcomes& outcomes);

/// Fills in the rows of class k, which no other thread writes.
void accumulate(const Outcomes& outcomes, const std::vector<uint32_t>& order,
                const ScoringOptions& options, size_t k, const CurveLayout& layout, Curves& curves);

}  // namespace fovea
