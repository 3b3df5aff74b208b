#include "fovea/eval/comparison.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "fovea/core/parallel.h"
#include "fovea/core/random.h"
#include "fovea/eval/accumulation.h"
#include "fovea/eval/class_matching.h"
#include "fovea/eval/grouping.h"

namespace fovea {
namespace {

/// How often each image was drawn.
using Weights = std::vector<uint32_t>;

/// The outcomes of one class so that a resample costs one pass over the detections and, at each
/// threshold, the few that are true or ignored.
class WeightedClass {
 public:
  WeightedClass(const Outcomes& outcomes, const ScoringOptions& options)
      : truth_image_(outcomes.truth_image) {
    const size_t thresholds = options.iou_thresholds.size();
    const size_t areas = options.areas.size();
    const std::vector<uint32_t> order = best_first(outcomes);
    right_.resize(thresholds);
    ignored_.resize(thresholds);
    image_.reserve(order.size());
    for (uint32_t place = 0; place < order.size(); ++place) {
      const size_t at = order[place];
      image_.push_back(outcomes.image[at]);
      for (size_t t = 0; t < thresholds; ++t) {
        if ((outcomes.ignored[at * areas] >> t & 1U) != 0) {
          ignored_[t].push_back(place);
        } else if ((outcomes.found[at * areas] >> t & 1U) != 0) {
          right_[t].push_back(place);
        }
      }
    }
  }

  /// Average precision at each threshold; false where no object was drawn.
  bool average_precision(const Weights& weights, const std::vector<double>& recalls,
                         std::vector<double>& result) {
    double truths = 0;
    for (const int32_t image : truth_image_) truths += weights[static_cast<size_t>(image)];
    if (truths == 0) return false;
    before_.resize(image_.size());
    double seen = 0;
    for (size_t place = 0; place < image_.size(); ++place) {
      seen += weights[static_cast<size_t>(image_[place])];
      before_[place] = seen;
    }
    result.clear();
    for (size_t t = 0; t < right_.size(); ++t) {
      trace(t, weights);
      result.push_back(sampled(truths, recalls));
    }
    return true;
  }

 private:
  double weight(const Weights& weights, uint32_t place) const {
    return weights[static_cast<size_t>(image_[place])];
  }

  /// True positives and precision after each place where there are more of them.
  void trace(size_t t, const Weights& weights) {
    hits_.clear();
    precision_.clear();
    double right = 0;
    double ignored = 0;
    size_t next = 0;
    for (const uint32_t place : right_[t]) {
      const double own = weight(weights, place);
      if (own == 0) continue;
      for (; next < ignored_[t].size() && ignored_[t][next] < place; ++next) {
        ignored += weight(weights, ignored_[t][next]);
      }
      right += own;
      hits_.push_back(right);
      precision_.push_back(right /
                           (before_[place] - ignored + std::numeric_limits<double>::epsilon()));
    }
    for (size_t i = precision_.size(); i-- > 1;) {
      precision_[i - 1] = std::max(precision_[i - 1], precision_[i]);
    }
  }

  /// Mean of the precision at each recall.
  double sampled(double truths, const std::vector<double>& recalls) const {
    double sum = 0;
    size_t i = 0;
    for (const double recall : recalls) {
      while (i < hits_.size() && hits_[i] / truths < recall) ++i;
      if (i < hits_.size()) sum += precision_[i];
    }
    return sum / static_cast<double>(recalls.size());
  }

  std::vector<int32_t> truth_image_;
  std::vector<int32_t> image_ = {};                  // of each detection, best first
  std::vector<std::vector<uint32_t>> right_ = {};    // by threshold: places of true positives
  std::vector<std::vector<uint32_t>> ignored_ = {};  // by threshold
  std::vector<double> before_ = {};                  // weight of the detections up to a place
  std::vector<double> hits_ = {};
  std::vector<double> precision_ = {};
};

std::vector<WeightedClass> weighted_classes(const TruthTable& truth, const FoundTable& found,
                                            const ScoringOptions& options) {
  const size_t images = truth.image_ids.size();
  const size_t categories = truth.categories.size();
  const Grouping<TruthRow> truths(truth.pieces, images, categories, options.by_class);
  const Grouping<FoundRow> detections(found.pieces, images, categories, options.by_class);
  std::vector<WeightedClass> classes;
  classes.reserve(truths.classes());
  for (size_t k = 0; k < truths.classes(); ++k) {
    classes.emplace_back(match_class(truths, detections, k, options), options);
  }
  return classes;
}

/// A figure: the mean over these thresholds.
struct Figure {
  std::string name;
  std::vector<size_t> thresholds;
};

std::vector<Figure> figures_of(const ScoringOptions& options) {
  std::vector<Figure> figures = {{"AP", {}}};
  const auto& thresholds = options.iou_thresholds;
  for (size_t t = 0; t < thresholds.size(); ++t) figures[0].thresholds.push_back(t);
  for (const auto& [name, threshold] : {std::pair("AP50", 0.5), std::pair("AP75", 0.75)}) {
    const auto found = std::find(thresholds.begin(), thresholds.end(), threshold);
    if (found == thresholds.end()) continue;
    figures.push_back({name, {static_cast<size_t>(found - thresholds.begin())}});
  }
  return figures;
}

/// Each figure of one resample; NaN where nothing was drawn that could be found.
std::vector<double> score_resample(std::vector<WeightedClass>& classes, const Weights& weights,
                                   const std::vector<Figure>& figures,
                                   const ScoringOptions& options) {
  std::vector<double> sums(options.iou_thresholds.size(), 0);
  std::vector<double> precision;
  double counted = 0;
  for (WeightedClass& one : classes) {
    if (!one.average_precision(weights, options.recall_thresholds, precision)) continue;
    counted += 1;
    for (size_t t = 0; t < sums.size(); ++t) sums[t] += precision[t];
  }
  std::vector<double> values;
  for (const Figure& figure : figures) {
    double sum = 0;
    for (const size_t t : figure.thresholds) sum += sums[t];
    values.push_back(sum / static_cast<double>(figure.thresholds.size()) / counted);
  }
  return values;
}

Weights draw(size_t images, Rng random) {
  Weights weights(images, 0);
  for (size_t i = 0; i < images; ++i) {
    ++weights[static_cast<size_t>(random.below(static_cast<int64_t>(images)))];
  }
  return weights;
}

/// The value below which a part of the sorted values lies, between two of them by their distance.
double percentile(const std::vector<double>& sorted, double part) {
  const double place = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(std::floor(place));
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - std::floor(place)) * (sorted[above] - sorted[below]);
}

}  // namespace

std::vector<Comparison> compare(const TruthTable& truth, const FoundTable& first,
                                const FoundTable& second, const ScoringOptions& options,
                                const CompareOptions& how) {
  check(options);
  const size_t images = truth.image_ids.size();
  const std::vector<Figure> figures = figures_of(options);
  std::array<std::vector<WeightedClass>, 2> files;
  in_parallel(2, [&](int64_t i) {
    const FoundTable& found = i == 0 ? first : second;
    files[static_cast<size_t>(i)] = weighted_classes(truth, found, options);
  });
  std::vector<Comparison> comparisons;
  const Weights once(images, 1);
  const std::vector<double> one = score_resample(files[0], once, figures, options);
  const std::vector<double> two = score_resample(files[1], once, figures, options);
  for (size_t f = 0; f < figures.size(); ++f) {
    const auto shown = [](double value) { return std::isnan(value) ? -1 : value; };
    comparisons.push_back(
        {.name = figures[f].name, .first = shown(one[f]), .second = shown(two[f])});
  }
  std::vector<std::vector<double>> differences(figures.size());
  for (auto& values : differences) values.resize(static_cast<size_t>(how.resamples));
  constexpr int64_t kShares = 16;  // each works with copies of its own
  in_parallel(kShares, [&](int64_t share) {
    auto own = files;
    for (int64_t i = share; i < how.resamples; i += kShares) {
      const Weights weights = draw(images, rng_for(Stream::resample, how.seed, 0, i));
      const std::vector<double> a = score_resample(own[0], weights, figures, options);
      const std::vector<double> b = score_resample(own[1], weights, figures, options);
      for (size_t f = 0; f < figures.size(); ++f) {
        differences[f][static_cast<size_t>(i)] = b[f] - a[f];
      }
    }
  });
  for (size_t f = 0; f < figures.size(); ++f) {
    std::erase_if(differences[f], [](double value) { return std::isnan(value); });
    if (differences[f].empty()) continue;
    std::sort(differences[f].begin(), differences[f].end());
    comparisons[f].low = percentile(differences[f], 0.025);
    comparisons[f].high = percentile(differences[f], 0.975);
  }
  return comparisons;
}

}  // namespace fovea
