#include "fovea/eval/class_matching.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "fovea/eval/table_overlap.h"

namespace fovea {
namespace {

uint32_t ignored_areas(const ScoringOptions& options, const TruthRow& row) {
  return row.ignored ? ~0U : outside(options, row.area);
}

/// Detections of one image, best first; equal scores keep the order of the file.
void sort_best_first(const Grouping<FoundRow>& found, std::vector<RowRef>& refs) {
  const auto better = [&found](RowRef a, RowRef b) {
    return found.row(a).score > found.row(b).score;
  };
  if (!std::is_sorted(refs.begin(), refs.end(), better)) {
    std::stable_sort(refs.begin(), refs.end(), better);
  }
}

/// Goes through the images of one class.
class ClassMatcher {
 public:
  ClassMatcher(const Grouping<TruthRow>& truths, const Grouping<FoundRow>& found,
               const ScoringOptions& options)
      : truths_(truths),
        found_(found),
        options_(options),
        matcher_(options),
        overlap_(truths, found, options) {}

  Outcomes match(size_t k) {
    Outcomes outcomes;
    outcomes.truths.assign(options_.areas.size(), 0);
    const auto truths = truths_.of_class(k);
    const auto found = found_.of_class(k);
    size_t g = 0;
    size_t d = 0;
    while (g < truths.size() || d < found.size()) {
      constexpr int32_t kNone = std::numeric_limits<int32_t>::max();
      const int32_t of_truth = g < truths.size() ? truths_.row(truths[g]).image : kNone;
      const int32_t of_found = d < found.size() ? found_.row(found[d]).image : kNone;
      const int32_t image = std::min(of_truth, of_found);
      const size_t first_truth = g;
      const size_t first_found = d;
      while (g < truths.size() && truths_.row(truths[g]).image == image) ++g;
      while (d < found.size() && found_.row(found[d]).image == image) ++d;
      match_image(image, truths.subspan(first_truth, g - first_truth),
                  found.subspan(first_found, d - first_found), outcomes);
    }
    return outcomes;
  }

 private:
  void match_image(int32_t image, std::span<const RowRef> truths, std::span<const RowRef> found,
                   Outcomes& outcomes) {
    group_.clear(image);
    for (const RowRef ref : truths) {
      count_truth(options_, truths_.row(ref), outcomes);
      if (!found.empty()) group_.add_truth(options_, truths_.row(ref));
    }
    if (found.empty()) return;
    best_.assign(found.begin(), found.end());
    sort_best_first(found_, best_);
    const auto limit = static_cast<size_t>(options_.max_detections.back());
    if (best_.size() > limit) best_.resize(limit);
    overlap_.set_truths(truths.size());
    for (const RowRef ref : best_) {
      group_.add_found(found_.row(ref).score, found_.row(ref).area);
      overlap_.next_found();
      for (size_t g = 0; g < truths.size(); ++g) {
        group_.overlaps.push_back(overlap_(ref, g, truths[g], matcher_.lowest_threshold()));
      }
    }
    group_.match(matcher_, outcomes);
  }

  const Grouping<TruthRow>& truths_;
  const Grouping<FoundRow>& found_;
  const ScoringOptions& options_;
  Matcher matcher_;
  TableOverlap overlap_;
  MatchGroup group_ = {};
  std::vector<RowRef> best_ = {};
};

}  // namespace

void MatchGroup::clear(int32_t of_image) {
  image = of_image;
  truths.clear();
  scores.clear();
  areas.clear();
  overlaps.clear();
}

void MatchGroup::add_truth(const ScoringOptions& options, const TruthRow& row) {
  truths.push_back(
      {.ignored = ignored_areas(options, row), .crowd = row.crowd, .id_is_zero = row.id_is_zero});
}

void MatchGroup::add_found(double score, double area) {
  scores.push_back(score);
  areas.push_back(area);
}

void MatchGroup::match(Matcher& matcher, Outcomes& outcomes) const {
  const size_t before = outcomes.size();
  const size_t ranges = outcomes.truths.size();
  outcomes.found.resize((before + found()) * ranges, 0);
  outcomes.ignored.resize((before + found()) * ranges, 0);
  matcher.match(truths, overlaps, areas, std::span(outcomes.found).subspan(before * ranges),
                std::span(outcomes.ignored).subspan(before * ranges));
  for (size_t i = 0; i < found(); ++i) {
    outcomes.score.push_back(scores[i]);
    outcomes.image.push_back(image);
    outcomes.rank.push_back(static_cast<int32_t>(i));
  }
}

void count_truth(const ScoringOptions& options, const TruthRow& row, Outcomes& outcomes) {
  const uint32_t ignored = ignored_areas(options, row);
  for (size_t a = 0; a < options.areas.size(); ++a) {
    outcomes.truths[a] += (ignored >> a & 1U) == 0 ? 1 : 0;
  }
  if ((ignored & 1U) == 0) outcomes.truth_image.push_back(row.image);
}

Outcomes by_image(const Outcomes& outcomes, size_t areas) {
  if (std::is_sorted(outcomes.image.begin(), outcomes.image.end())) return outcomes;
  std::vector<uint32_t> order(outcomes.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&outcomes](uint32_t a, uint32_t b) {
    return outcomes.image[a] < outcomes.image[b];
  });
  Outcomes sorted{.truths = outcomes.truths, .truth_image = outcomes.truth_image};
  for (const uint32_t i : order) {
    sorted.score.push_back(outcomes.score[i]);
    sorted.image.push_back(outcomes.image[i]);
    sorted.rank.push_back(outcomes.rank[i]);
    for (size_t a = 0; a < areas; ++a) {
      sorted.found.push_back(outcomes.found[i * areas + a]);
      sorted.ignored.push_back(outcomes.ignored[i * areas + a]);
    }
  }
  return sorted;
}

Outcomes match_class(const Grouping<TruthRow>& truths, const Grouping<FoundRow>& found, size_t k,
                     const ScoringOptions& options) {
  return ClassMatcher(truths, found, options).match(k);
}

}  // namespace fovea
