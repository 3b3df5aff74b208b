// Matching, pycocotools' evaluateImg: which detections of an image and class have found an object,
// at each IoU threshold and in each area range.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fovea/eval/scoring_options.h"

namespace fovea {

/// An object to be found, as matching sees it.
struct MatchTruth {
  uint32_t ignored = 0;  // bit a: does not count in area range a
  bool crowd = false;    // any number of detections may match it
  bool id_is_zero = false;
};

/// What matching leaves of the detections of a class: the best ones of each image, those of an
/// image side by side and best first.
struct Outcomes {
  std::vector<double> score = {};         // [N]
  std::vector<int32_t> image = {};        // place by rising id
  std::vector<int32_t> rank = {};         // 0 is the best of its image
  std::vector<uint16_t> found = {};       // [N,A], bit t: found an object at IoU threshold t
  std::vector<uint16_t> ignored = {};     // [N,A], bit t: neither right nor wrong
  std::vector<int64_t> truths = {};       // [A] that count
  std::vector<int32_t> truth_image = {};  // of each that counts in the first area range
  size_t size() const { return score.size(); }
};

/// Bit a: an object or detection of that area lies outside area range a.
uint32_t outside(const ScoringOptions& options, double area);

class Matcher {
 public:
  explicit Matcher(const ScoringOptions& options);

  /// Matches the detections of one image and class, best first, each to the free object that it
  /// overlaps most. An object that counts is preferred to an ignored one; crowds are never used up.
  /// `overlaps` is [detections, truths]; values below the lowest threshold may be 0. found and
  /// ignored are [detections, A], zeros before.
  void match(std::span<const MatchTruth> truths, std::span<const double> overlaps,
             std::span<const double> areas, std::span<uint16_t> found, std::span<uint16_t> ignored);

  double lowest_threshold() const { return lowest_; }

 private:
  struct Candidate {
    size_t truth = 0;
    double overlap = 0;
  };
  void find_candidates(std::span<const double> overlaps);
  void match_one(const MatchTruth& truth, uint16_t* found, uint16_t* ignored);
  void match_best(std::span<const MatchTruth> truths, size_t area, uint16_t* found,
                  uint16_t* ignored);
  const Candidate* best_candidate(std::span<const MatchTruth> truths, size_t area, size_t t,
                                  bool among_ignored) const;

  const ScoringOptions& options_;
  std::vector<double> thresholds_ = {};
  double lowest_ = 0;
  std::vector<uint16_t> taken_ = {};  // [truths, A], bit t
  std::vector<Candidate> candidates_ = {};
};

}  // namespace fovea
