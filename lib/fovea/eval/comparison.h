// Whether one result file is better than another, or only luckier with the images.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fovea/data/score_tables.h"
#include "fovea/eval/scoring_options.h"

namespace fovea {

struct CompareOptions {
  int64_t resamples = 1000;
  uint64_t seed = 0;
};

/// One figure of two result files.
struct Comparison {
  std::string name = {};  // "AP", "AP50", "AP75"
  double first = 0;
  double second = 0;
  // The middle 95 % of second - first over the resamples.
  double low = 0;
  double high = 0;
  double difference() const { return second - first; }
};

/// Average precision over all IoU thresholds, and at 0.5 and 0.75 where those are among them, in
/// the first area range with the largest limit. Resampling is a paired bootstrap (Efron 1979): as
/// many images as there are, drawn with replacement, the same ones for both files; the interval is
/// that of percentiles. -1 and an empty interval where there is nothing to find.
std::vector<Comparison> compare(const TruthTable& truth, const FoundTable& first,
                                const FoundTable& second, const ScoringOptions& options,
                                const CompareOptions& how = {});

}  // namespace fovea
