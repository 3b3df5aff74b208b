// Matching all images of a class, one after the other.
#pragma once

#include <cstdint>
#include <vector>

#include "fovea/data/score_tables.h"
#include "fovea/eval/grouping.h"
#include "fovea/eval/matching.h"
#include "fovea/eval/scoring_options.h"

namespace fovea {

/// The objects and detections of one image and class, with their overlaps.
struct MatchGroup {
  void clear(int32_t of_image);
  void add_truth(const ScoringOptions& options, const TruthRow& row);
  void add_found(double score, double area);  ///< best first
  size_t found() const { return scores.size(); }
  /// Adds what comes of them to the outcomes of the class.
  void match(Matcher& matcher, Outcomes& outcomes) const;

  int32_t image = 0;
  std::vector<MatchTruth> truths = {};
  std::vector<double> scores = {};
  std::vector<double> areas = {};
  std::vector<double> overlaps = {};  // [found, truths]
};

/// Counts an object in the area ranges in which it is to be found.
void count_truth(const ScoringOptions& options, const TruthRow& row, Outcomes& outcomes);

/// The same outcomes by rising image.
Outcomes by_image(const Outcomes& outcomes, size_t areas);

Outcomes match_class(const Grouping<TruthRow>& truths, const Grouping<FoundRow>& found, size_t k,
                     const ScoringOptions& options);

}  // namespace fovea
