#include "fovea/eval/accumulation.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

namespace fovea {
namespace {

constexpr size_t kWord = 64;
using Word = uint64_t;

/// One bit a detection, best first, 64 in a word: in these columns the true and false positives of
/// a setting are counted by whole words.
using Bits = std::vector<Word>;

/// The bits of each IoU threshold.
class Planes {
 public:
  Planes(size_t thresholds, size_t words)
      : words_(words), all_(static_cast<uint16_t>((1U << thresholds) - 1)) {
    planes_.assign(thresholds, Bits(words, 0));
  }
  void clear() {
    for (Bits& plane : planes_) std::fill(plane.begin(), plane.end(), Word{0});
  }
  /// Sets the bit of detection `place` in the planes that `mask` names.
  void set(size_t place, uint16_t mask) {
    const Word bit = Word{1} << (place % kWord);
    if (mask == all_) {
      for (Bits& plane : planes_) plane[place / kWord] |= bit;
      return;
    }
    for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
      planes_[static_cast<size_t>(std::countr_zero(rest))][place / kWord] |= bit;
    }
  }
  const Bits& operator[](size_t t) const { return planes_[t]; }
  size_t words() const { return words_; }

 private:
  size_t words_;
  uint16_t all_;
  std::vector<Bits> planes_ = {};
};

/// Which of the detections, best first, are among the best `limit` of their images.
Bits within(const Outcomes& outcomes, const std::vector<uint32_t>& order, int64_t limit) {
  Bits bits((order.size() + kWord - 1) / kWord, 0);
  for (size_t i = 0; i < order.size(); ++i) {
    if (outcomes.rank[order[i]] < limit) bits[i / kWord] |= Word{1} << (i % kWord);
  }
  return bits;
}

/// How many true positives reach each recall: searchsorted in true positives / truths.
std::vector<size_t> needed_for(const std::vector<double>& recalls, int64_t truths) {
  const auto all = static_cast<double>(truths);
  std::vector<size_t> needed;
  for (const double recall : recalls) {
    auto count = static_cast<size_t>(std::max(0.0, std::floor(recall * all) - 1));
    while (count <= static_cast<size_t>(truths) && static_cast<double>(count) / all < recall) {
      ++count;
    }
    while (count > 0 && static_cast<double>(count - 1) / all >= recall) --count;
    needed.push_back(count);
  }
  return needed;
}

/// Precision after each true positive, best score first. Between true positives precision only
/// falls, so these points decide.
struct Curve {
  std::vector<double> precision = {};
  std::vector<uint32_t> place = {};  // of the true positive
};

void trace(const Bits& right, const Bits& wrong, const Bits& limit, Curve& curve) {
  curve.precision.clear();
  curve.place.clear();
  double hits = 0;
  Word misses = 0;
  for (size_t w = 0; w < limit.size(); ++w) {
    const Word miss = wrong[w] & limit[w];
    for (Word hit = right[w] & limit[w]; hit != 0; hit &= hit - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(hit));
      const Word before = miss & ((Word{1} << bit) - 1);
      hits += 1;
      const auto false_positives =
          static_cast<double>(misses + static_cast<Word>(std::popcount(before)));
      curve.precision.push_back(hits /
                                (false_positives + hits + std::numeric_limits<double>::epsilon()));
      curve.place.push_back(static_cast<uint32_t>(w * kWord + bit));
    }
    misses += static_cast<Word>(std::popcount(miss));
  }
  for (size_t i = curve.precision.size(); i-- > 1;) {  // the best at this recall or any higher
    curve.precision[i - 1] = std::max(curve.precision[i - 1], curve.precision[i]);
  }
}

/// The first detection that a limit lets through; the end where there is none.
size_t first_of(const Bits& bits) {
  for (size_t w = 0; w < bits.size(); ++w) {
    if (bits[w] != 0) return w * kWord + static_cast<size_t>(std::countr_zero(bits[w]));
  }
  return bits.size() * kWord;
}

/// Doubles as whole numbers that rise as the doubles fall.
uint64_t falling_key(double score) {
  const auto bits = std::bit_cast<uint64_t>(score + 0.0);  // -0 and 0 are equal
  const uint64_t rising = (bits >> 63U) != 0 ? ~bits : bits | (uint64_t{1} << 63U);
  return ~rising;
}

}  // namespace

CurveLayout layout_of(const ScoringOptions& options, size_t classes) {
  return {.thresholds = options.iou_thresholds.size(),
          .recalls = options.recall_thresholds.size(),
          .classes = classes,
          .areas = options.areas.size(),
          .limits = options.max_detections.size()};
}

std::vector<uint32_t> best_first(const Outcomes& outcomes) {
  struct Key {
    uint64_t score;
    uint32_t place;
  };
  std::vector<Key> keys;
  keys.reserve(outcomes.size());
  for (uint32_t i = 0; i < outcomes.size(); ++i) {
    keys.push_back({falling_key(outcomes.score[i]), i});
  }
  std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
    return a.score != b.score ? a.score < b.score : a.place < b.place;
  });
  std::vector<uint32_t> order;
  order.reserve(keys.size());
  for (const Key& key : keys) order.push_back(key.place);
  return order;
}

void accumulate(const Outcomes& outcomes, const std::vector<uint32_t>& order,
                const ScoringOptions& options, size_t k, const CurveLayout& layout,
                Curves& curves) {
  const size_t words = (order.size() + kWord - 1) / kWord;
  std::vector<Bits> limits;
  for (const int64_t limit : options.max_detections) {
    limits.push_back(within(outcomes, order, limit));
  }
  Planes right(layout.thresholds, words);
  Planes wrong(layout.thresholds, words);
  Curve curve;
  for (size_t a = 0; a < layout.areas; ++a) {
    const int64_t truths = outcomes.truths[a];
    if (truths == 0) continue;  // stays -1
    right.clear();
    wrong.clear();
    for (size_t i = 0; i < order.size(); ++i) {
      const uint16_t found = outcomes.found[order[i] * layout.areas + a];
      const uint16_t ignored = outcomes.ignored[order[i] * layout.areas + a];
      const auto counted = static_cast<uint16_t>(~ignored & ((1U << layout.thresholds) - 1));
      right.set(i, found & counted);
      wrong.set(i, static_cast<uint16_t>(~found) & counted);
    }
    const std::vector<size_t> needed = needed_for(options.recall_thresholds, truths);
    for (size_t m = 0; m < layout.limits; ++m) {
      const size_t first = first_of(limits[m]);
      const bool any = first < order.size();
      for (size_t t = 0; t < layout.thresholds; ++t) {
        trace(right[t], wrong[t], limits[m], curve);
        const size_t found = curve.precision.size();
        curves.recall[layout.recall_at(t, k, a, m)] =
            static_cast<double>(found) / static_cast<double>(truths);
        bool reached = any;
        for (size_t r = 0; r < layout.recalls; ++r) {
          double precision = 0;
          double score = 0;
          reached = reached && needed[r] <= found;
          if (reached && needed[r] == 0) {  // reached by the first detection
            precision = found > 0 ? curve.precision[0] : 0;
            score = outcomes.score[order[first]];
          } else if (reached) {
            precision = curve.precision[needed[r] - 1];
            score = outcomes.score[order[curve.place[needed[r] - 1]]];
          }
          const size_t at = layout.curve_at(t, r, k, a, m);
          curves.precision[at] = precision;
          curves.scores[at] = score;
        }
      }
    }
  }
}

}  // namespace fovea
