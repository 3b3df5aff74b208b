#include "fovea/eval/matching.h"

#include <algorithm>
#include <cmath>

namespace fovea {

uint32_t outside(const ScoringOptions& options, double area) {
  uint32_t bits = 0;
  for (size_t a = 0; a < options.areas.size(); ++a) {
    if (area < options.areas[a].low || area > options.areas[a].high) bits |= 1U << a;
  }
  return bits;
}

Matcher::Matcher(const ScoringOptions& options) : options_(options) {
  for (const double threshold : options.iou_thresholds) {
    thresholds_.push_back(std::min(threshold, 1 - 1e-10));
  }
  lowest_ = *std::min_element(thresholds_.begin(), thresholds_.end());
}

void Matcher::match(std::span<const MatchTruth> truths, std::span<const double> overlaps,
                    std::span<const double> areas, std::span<uint16_t> found,
                    std::span<uint16_t> ignored) {
  const size_t ranges = options_.areas.size();
  const auto all = static_cast<uint16_t>((1U << thresholds_.size()) - 1);
  taken_.assign(truths.size() * ranges, 0);
  for (size_t d = 0; d < areas.size(); ++d) {
    uint16_t* own_found = &found[d * ranges];
    uint16_t* own_ignored = &ignored[d * ranges];
    find_candidates(overlaps.subspan(d * truths.size(), truths.size()));
    if (candidates_.size() == 1) {
      match_one(truths[candidates_.front().truth], own_found, own_ignored);
    } else if (!candidates_.empty()) {
      for (size_t a = 0; a < ranges; ++a) match_best(truths, a, own_found + a, own_ignored + a);
    }
    const uint32_t out = outside(options_, areas[d]);
    for (size_t a = 0; a < ranges; ++a) {
      if ((out >> a & 1U) != 0) own_ignored[a] |= static_cast<uint16_t>(~own_found[a]) & all;
    }
  }
}

/// Overlaps below the lowest threshold never match. (Only a NaN, from boxes so small that their
/// areas vanish, would let them: pycocotools compares with `<`, which is false for a NaN.)
void Matcher::find_candidates(std::span<const double> overlaps) {
  candidates_.clear();
  bool has_nan = false;
  for (size_t g = 0; g < overlaps.size(); ++g) {
    if (overlaps[g] < lowest_) continue;
    has_nan = has_nan || std::isnan(overlaps[g]);
    candidates_.push_back({g, overlaps[g]});
  }
  if (!has_nan) return;
  candidates_.clear();
  for (size_t g = 0; g < overlaps.size(); ++g) candidates_.push_back({g, overlaps[g]});
}

/// The common case, all thresholds at once: a single object lies near.
void Matcher::match_one(const MatchTruth& truth, uint16_t* found, uint16_t* ignored) {
  const Candidate& candidate = candidates_.front();
  uint16_t reached = 0;
  for (size_t t = 0; t < thresholds_.size(); ++t) {
    if (!(candidate.overlap < thresholds_[t])) reached |= static_cast<uint16_t>(1U << t);
  }
  const size_t ranges = options_.areas.size();
  for (size_t a = 0; a < ranges; ++a) {
    uint16_t& taken = taken_[candidate.truth * ranges + a];
    const auto free = static_cast<uint16_t>(truth.crowd ? reached : reached & ~taken);
    taken |= free;
    if ((truth.ignored >> a & 1U) != 0) ignored[a] |= free;
    if (!truth.id_is_zero) found[a] |= free;
  }
}

void Matcher::match_best(std::span<const MatchTruth> truths, size_t area, uint16_t* found,
                         uint16_t* ignored) {
  for (size_t t = 0; t < thresholds_.size(); ++t) {
    const auto bit = static_cast<uint16_t>(1U << t);
    const Candidate* best = best_candidate(truths, area, t, false);
    const bool is_ignored = best == nullptr;
    if (is_ignored) best = best_candidate(truths, area, t, true);
    if (best == nullptr) continue;
    taken_[best->truth * options_.areas.size() + area] |= bit;
    if (is_ignored) *ignored |= bit;
    if (!truths[best->truth].id_is_zero) *found |= bit;
  }
}

/// Among the objects that are ignored in an area range, or among those that are not; of equal
/// overlaps the later one.
const Matcher::Candidate* Matcher::best_candidate(std::span<const MatchTruth> truths, size_t area,
                                                  size_t t, bool among_ignored) const {
  const Candidate* best = nullptr;
  double least = thresholds_[t];
  for (const Candidate& candidate : candidates_) {
    const MatchTruth& truth = truths[candidate.truth];
    if (((truth.ignored >> area & 1U) != 0) != among_ignored) continue;
    const uint16_t taken = taken_[candidate.truth * options_.areas.size() + area];
    const bool is_taken = (taken >> t & 1U) != 0;
    if ((is_taken && !truth.crowd) || candidate.overlap < least) continue;
    best = &candidate;
    least = candidate.overlap;
  }
  return best;
}

}  // namespace fovea
