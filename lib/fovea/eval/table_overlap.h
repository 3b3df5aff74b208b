// Overlaps of rows of two tables, by whatever is compared.
#pragma once

#include "fovea/eval/grouping.h"
#include "fovea/eval/overlaps.h"
#include "fovea/eval/scoring_options.h"

namespace fovea {

/// For one thread. A detection is compared with each of some objects before the next one comes.
class TableOverlap {
 public:
  /// All three must outlive it.
  TableOverlap(const Grouping<TruthRow>& truths, const Grouping<FoundRow>& found,
               const ScoringOptions& options)
      : truths_(truths), found_(found), options_(options), keypoints_(options.sigmas) {}

  /// Begins with other objects.
  void set_truths(size_t count) { masks_.set_truths(count); }
  /// Begins with another detection.
  void next_found() { masks_.next_found(); }
  /// Of a detection and object g. What is certain to lie below `least` may come out as 0.
  double operator()(RowRef detection, size_t g, RowRef object, double least);

 private:
  const Grouping<TruthRow>& truths_;
  const Grouping<FoundRow>& found_;
  const ScoringOptions& options_;
  MaskOverlap masks_ = {};
  KeypointOverlap keypoints_;
};

}  // namespace fovea
