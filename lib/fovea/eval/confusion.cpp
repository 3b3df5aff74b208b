#include "fovea/eval/confusion.h"

#include <algorithm>
#include <span>

#include "fovea/eval/grouping.h"
#include "fovea/eval/table_overlap.h"

namespace fovea {
namespace {

struct Pair {
  size_t truth = 0;
  size_t found = 0;
  double overlap = 0;
};

/// Goes through the images.
class Counter {
 public:
  Counter(const Grouping<TruthRow>& truths, const Grouping<FoundRow>& found,
          const ScoringOptions& options, double iou, ConfusionMatrix& matrix)
      : truths_(truths),
        found_(found),
        overlap_(truths, found, options),
        iou_(iou),
        matrix_(matrix) {}

  void count_image(std::span<const RowRef> truths, std::span<const RowRef> found) {
    find_pairs(truths, found);
    truth_is_paired_.assign(truths.size(), false);
    found_is_paired_.assign(found.size(), false);
    for (const Pair& pair : pairs_) {
      if (truth_is_paired_[pair.truth] || found_is_paired_[pair.found]) continue;
      truth_is_paired_[pair.truth] = true;
      found_is_paired_[pair.found] = true;
      count(truths_.row(truths[pair.truth]).label, found_.row(found[pair.found]).label);
    }
    for (size_t g = 0; g < truths.size(); ++g) {
      const TruthRow& truth = truths_.row(truths[g]);
      if (!truth_is_paired_[g] && !truth.ignored) count(truth.label, matrix_.classes);
    }
    for (size_t d = 0; d < found.size(); ++d) {
      if (!found_is_paired_[d] && !is_excused_[d]) {
        count(matrix_.classes, found_.row(found[d]).label);
      }
    }
  }

 private:
  /// The pairs that overlap enough, best first; and which detections lie in a crowd of their class.
  void find_pairs(std::span<const RowRef> truths, std::span<const RowRef> found) {
    pairs_.clear();
    is_excused_.assign(found.size(), false);
    overlap_.set_truths(truths.size());
    for (size_t d = 0; d < found.size(); ++d) {
      overlap_.next_found();
      for (size_t g = 0; g < truths.size(); ++g) {
        const TruthRow& truth = truths_.row(truths[g]);
        const bool same_class = truth.label == found_.row(found[d]).label;
        if (truth.ignored && !same_class) continue;
        const double overlap = overlap_(found[d], g, truths[g], iou_);
        if (!(overlap >= iou_) || overlap <= 0) continue;
        if (truth.ignored) {
          is_excused_[d] = true;
        } else {
          pairs_.push_back({g, d, overlap});
        }
      }
    }
    std::sort(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) {
      if (a.overlap != b.overlap) return a.overlap > b.overlap;
      return a.truth != b.truth ? a.truth < b.truth : a.found < b.found;
    });
  }

  void count(int64_t truth, int64_t predicted) {
    ++matrix_.counts[static_cast<size_t>(truth * (matrix_.classes + 1) + predicted)];
  }

  const Grouping<TruthRow>& truths_;
  const Grouping<FoundRow>& found_;
  TableOverlap overlap_;
  double iou_;
  ConfusionMatrix& matrix_;
  std::vector<Pair> pairs_ = {};
  std::vector<bool> truth_is_paired_ = {};
  std::vector<bool> found_is_paired_ = {};
  std::vector<bool> is_excused_ = {};
};

}  // namespace

ConfusionMatrix confusion_matrix(const TruthTable& truth, const FoundTable& found,
                                 const ScoringOptions& options, const std::vector<double>& scores,
                                 double iou) {
  const size_t images = truth.image_ids.size();
  const size_t classes = truth.categories.size();
  const Grouping<TruthRow> truths(truth.pieces, images, classes, /*by_class=*/false);
  const Grouping<FoundRow> detections(found.pieces, images, classes, /*by_class=*/false);
  ConfusionMatrix matrix{.classes = static_cast<int64_t>(classes),
                         .counts = std::vector<int64_t>((classes + 1) * (classes + 1))};
  Counter counter(truths, detections, options, iou, matrix);
  const auto all_truths = truths.of_class(0);
  const auto all_found = detections.of_class(0);
  std::vector<RowRef> kept;
  size_t g = 0;
  size_t d = 0;
  for (int32_t image = 0; image < static_cast<int32_t>(images); ++image) {
    const size_t first = g;
    while (g < all_truths.size() && truths.row(all_truths[g]).image == image) ++g;
    kept.clear();
    for (; d < all_found.size() && detections.row(all_found[d]).image == image; ++d) {
      const FoundRow& row = detections.row(all_found[d]);
      if (row.score >= scores[static_cast<size_t>(row.label)]) kept.push_back(all_found[d]);
    }
    counter.count_image(all_truths.subspan(first, g - first), kept);
  }
  return matrix;
}

}  // namespace fovea
