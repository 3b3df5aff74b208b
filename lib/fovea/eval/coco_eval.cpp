#include "fovea/eval/coco_eval.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "fovea/core/error.h"
#include "fovea/core/parallel.h"
#include "fovea/eval/class_matching.h"
#include "fovea/eval/grouping.h"
#include "fovea/eval/mean.h"
#include "fovea/eval/overlaps.h"

namespace fovea {
namespace {

// ---- summary ----

/// Mean of the values above -1, which stands for "nothing to count"; -1 when there is none.
double mean_of_counted(std::vector<double>& values) {
  std::erase_if(values, [](double value) { return value <= -1; });
  return values.empty() ? -1 : mean(values);
}

/// Some of the IoU thresholds and classes, one area range and one limit.
struct Selection {
  size_t first_threshold = 0;
  size_t end_threshold = 0;
  size_t first_class = 0;
  size_t end_class = 0;
  size_t area = 0;
  size_t limit = 0;
};

double average_precision(const CocoMetrics& metrics, const Selection& of) {
  const CurveLayout& layout = metrics.layout;
  std::vector<double> values;
  values.reserve((of.end_threshold - of.first_threshold) * layout.recalls * layout.classes);
  for (size_t t = of.first_threshold; t < of.end_threshold; ++t) {
    for (size_t r = 0; r < layout.recalls; ++r) {
      for (size_t k = of.first_class; k < of.end_class; ++k) {
        values.push_back(metrics.curves.precision[layout.curve_at(t, r, k, of.area, of.limit)]);
      }
    }
  }
  return mean_of_counted(values);
}

double average_recall(const CocoMetrics& metrics, const Selection& of) {
  std::vector<double> values;
  for (size_t t = of.first_threshold; t < of.end_threshold; ++t) {
    for (size_t k = of.first_class; k < of.end_class; ++k) {
      values.push_back(metrics.curves.recall[metrics.layout.recall_at(t, k, of.area, of.limit)]);
    }
  }
  return mean_of_counted(values);
}

/// -1 where the options have no such threshold, area or limit, as in pycocotools.
double figure(const CocoMetrics& metrics, const Stat& stat) {
  const ScoringOptions& options = metrics.options;
  Selection of{.end_threshold = options.iou_thresholds.size(), .end_class = metrics.layout.classes};
  const auto area = std::find_if(options.areas.begin(), options.areas.end(),
                                 [&](const AreaRange& range) { return range.name == stat.area; });
  const auto limit =
      std::find(options.max_detections.begin(), options.max_detections.end(), stat.limit);
  if (area == options.areas.end() || limit == options.max_detections.end()) return -1;
  of.area = static_cast<size_t>(area - options.areas.begin());
  of.limit = static_cast<size_t>(limit - options.max_detections.begin());
  if (stat.threshold > 0) {
    const auto& thresholds = options.iou_thresholds;
    const auto found = std::find(thresholds.begin(), thresholds.end(), stat.threshold);
    if (found == thresholds.end()) return -1;
    of.first_threshold = static_cast<size_t>(found - thresholds.begin());
    of.end_threshold = of.first_threshold + 1;
  }
  return stat.is_precision ? average_precision(metrics, of) : average_recall(metrics, of);
}

// ---- a class ----

/// 2 TP / (detections + truths) at the first IoU threshold: over the score thresholds, and where it
/// is highest.
void measure_f1(const Outcomes& outcomes, const std::vector<uint32_t>& order, size_t areas,
                ClassMetrics& figures) {
  double right = 0;
  double counted = 0;
  const auto f1 = [&] { return 2 * right / (counted + static_cast<double>(figures.truths)); };
  figures.best_f1 = 0;
  figures.f1.resize(kF1Steps + 1);
  size_t steps = kF1Steps + 1;  // of the curve that are to come, from the highest score down
  for (size_t i = 0; i < order.size(); ++i) {
    const double score = outcomes.score[order[i]];
    for (; steps > 0 && score < static_cast<double>(steps - 1) / kF1Steps; --steps) {
      figures.f1[steps - 1] = f1();
    }
    const size_t at = order[i] * areas;
    if ((outcomes.ignored[at] & 1U) == 0) {
      counted += 1;
      right += outcomes.found[at] & 1U;
    }
    const bool tied = i + 1 < order.size() && outcomes.score[order[i + 1]] == score;
    if (tied || f1() <= figures.best_f1) continue;
    figures.best_f1 = f1();
    figures.best_threshold = score;
  }
  while (steps > 0) figures.f1[--steps] = f1();
}

CocoMetrics empty_metrics(const ScoringOptions& options, size_t classes) {
  CocoMetrics metrics{.options = options, .layout = layout_of(options, classes)};
  metrics.curves.precision.assign(metrics.layout.curve_size(), -1);
  metrics.curves.scores.assign(metrics.layout.curve_size(), -1);
  metrics.curves.recall.assign(metrics.layout.recall_size(), -1);
  metrics.classes.resize(classes);
  return metrics;
}

/// Accumulates one class; threads may do so for different classes at once.
void finish_class(const Outcomes& outcomes, size_t k, CocoMetrics& metrics) {
  const std::vector<uint32_t> order = best_first(outcomes);
  accumulate(outcomes, order, metrics.options, k, metrics.layout, metrics.curves);
  ClassMetrics& figures = metrics.classes[k];
  figures.truths = outcomes.truths[0];
  if (figures.truths == 0) return;
  Selection of{.end_threshold = metrics.layout.thresholds,
               .first_class = k,
               .end_class = k + 1,
               .limit = metrics.layout.limits - 1};
  figures.ap = average_precision(metrics, of);
  figures.ar = average_recall(metrics, of);
  of.end_threshold = 1;
  figures.ap50 = average_precision(metrics, of);
  measure_f1(outcomes, order, metrics.layout.areas, figures);
}

void summarize(CocoMetrics& metrics) {
  for (const Stat& stat : stats_of(metrics.options)) {
    metrics.stats.push_back(figure(metrics, stat));
  }
}

// ---- state ----

struct StateHead {
  uint64_t images = 0;
  uint64_t classes = 0;
  uint64_t truths = 0;
};

template <class T>
void append(std::string& bytes, const std::vector<T>& values) {
  const uint64_t count = values.size();
  bytes.append(reinterpret_cast<const char*>(&count), sizeof count);
  bytes.append(reinterpret_cast<const char*>(values.data()), count * sizeof(T));
}

[[noreturn]] void refuse_state() {
  fail("the scores of another process are of another data set",
       "give all processes the same annotation file");
}

std::string_view take(std::string_view& state, size_t size) {
  if (state.size() < size) refuse_state();
  const std::string_view taken = state.substr(0, size);
  state.remove_prefix(size);
  return taken;
}

template <class T>
void take_onto(std::string_view& state, std::vector<T>& values) {
  uint64_t count = 0;
  std::memcpy(&count, take(state, sizeof count).data(), sizeof count);
  if (count > state.size() / sizeof(T)) refuse_state();
  const std::string_view bytes = take(state, count * sizeof(T));
  const size_t before = values.size();
  values.resize(before + count);
  if (count > 0) std::memcpy(values.data() + before, bytes.data(), bytes.size());
}

/// By label, then best first; equal scores keep their order.
std::vector<const Prediction*> sorted_by_label(const Predictions& predictions) {
  std::vector<const Prediction*> sorted;
  sorted.reserve(predictions.found.size());
  for (const Prediction& found : predictions.found) sorted.push_back(&found);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Prediction* a, const Prediction* b) {
    return a->label != b->label ? a->label < b->label : a->score > b->score;
  });
  return sorted;
}

}  // namespace

Metrics CocoMetrics::named() const {
  Metrics figures;
  const auto& names = stat_names(options.iou_type);
  for (size_t i = 0; i < stats.size(); ++i) figures.emplace_back(names[i], stats[i]);
  return figures;
}

std::vector<double> CocoMetrics::precision_curve(int64_t label) const {
  const auto k = static_cast<size_t>(label);
  if (classes[k].truths == 0) return {};
  std::vector<double> curve;
  for (size_t r = 0; r < layout.recalls; ++r) {
    curve.push_back(curves.precision[layout.curve_at(0, r, k, 0, layout.limits - 1)]);
  }
  return curve;
}

const std::vector<std::string_view>& stat_names(IouType type) {
  static const std::vector<std::string_view> kNames = {"AP",  "AP50", "AP75",  "APs", "APm", "APl",
                                                       "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"};
  static const std::vector<std::string_view> kKeypointNames = {"AP", "AP50", "AP75", "APm", "APl",
                                                               "AR", "AR50", "AR75", "ARm", "ARl"};
  return type == IouType::keypoints ? kKeypointNames : kNames;
}

std::vector<Stat> stats_of(const ScoringOptions& options) {
  const auto& limits = options.max_detections;
  if (options.iou_type == IouType::keypoints) {
    const int64_t limit = 20;
    std::vector<Stat> stats;
    for (const bool is_precision : {true, false}) {
      stats.push_back({is_precision, 0, "all", limit});
      stats.push_back({is_precision, 0.5, "all", limit});
      stats.push_back({is_precision, 0.75, "all", limit});
      stats.push_back({is_precision, 0, "medium", limit});
      stats.push_back({is_precision, 0, "large", limit});
    }
    return stats;
  }
  const int64_t largest = limits.size() > 2 ? limits[2] : limits.back();
  std::vector<Stat> stats = {{true, 0, "all", 100},        {true, 0.5, "all", largest},
                             {true, 0.75, "all", largest}, {true, 0, "small", largest},
                             {true, 0, "medium", largest}, {true, 0, "large", largest}};
  for (size_t m = 0; m < 3; ++m) {
    stats.push_back({false, 0, "all", m < limits.size() ? limits[m] : largest});
  }
  for (const std::string_view area : {"small", "medium", "large"}) {
    stats.push_back({false, 0, area, largest});
  }
  return stats;
}

// ---- while a network runs ----

CocoEvaluator::CocoEvaluator(const Dataset& truth)
    : added_(truth.records.size()), outcomes_(truth.categories.size()), matcher_(options_) {
  const TruthTable table = truth_of(truth);
  for (const int64_t id : table.image_ids) {
    image_index_.emplace(id, static_cast<int32_t>(image_index_.size()));
  }
  const Grouping<TruthRow> rows(table.pieces, table.image_ids.size(), table.categories.size(),
                                /*by_class=*/false);
  for (Outcomes& outcomes : outcomes_) outcomes.truths.assign(options_.areas.size(), 0);
  first_truth_.assign(1, 0);
  for (const RowRef ref : rows.of_class(0)) {
    const TruthRow& row = rows.row(ref);
    while (first_truth_.size() <= static_cast<size_t>(row.image)) {
      first_truth_.push_back(truths_.size());
    }
    truths_.push_back(row);
    count_truth(options_, row, outcomes_[static_cast<size_t>(row.label)]);
  }
  while (first_truth_.size() <= table.image_ids.size()) first_truth_.push_back(truths_.size());
}

void CocoEvaluator::add(const Predictions& predictions) {
  const auto image = image_index_.find(predictions.image_id);
  if (image == image_index_.end()) {
    fail(fmt::format("detections of image {}, which the data set lacks", predictions.image_id),
         "score against the annotations that the detections were made for");
  }
  const auto index = static_cast<size_t>(image->second);
  if (added_[index] != 0) {
    fail(fmt::format("image {} was scored twice", predictions.image_id), "add each image once");
  }
  added_[index] = 1;
  const std::vector<const Prediction*> sorted = sorted_by_label(predictions);
  const auto classes = static_cast<int64_t>(outcomes_.size());
  if (!sorted.empty() && (sorted.front()->label < 0 || sorted.back()->label >= classes)) {
    fail(fmt::format("detections of image {} have labels beyond the {} classes",
                     predictions.image_id, classes),
         "score with the categories that the model was trained on");
  }
  std::span<const TruthRow> truths(truths_);
  truths = truths.subspan(first_truth_[index], first_truth_[index + 1] - first_truth_[index]);
  const auto limit = static_cast<size_t>(options_.max_detections.back());
  MatchGroup group;
  for (auto detection = sorted.begin(); detection != sorted.end();) {
    const int64_t label = (*detection)->label;
    group.clear(image->second);
    std::vector<Box> boxes;
    for (const TruthRow& row : truths) {
      if (row.label != label) continue;
      group.add_truth(options_, row);
      boxes.push_back(row.box);
    }
    for (; detection != sorted.end() && (*detection)->label == label; ++detection) {
      if (group.found() == limit) continue;
      const Box& box = (*detection)->box;
      group.add_found((*detection)->score, box.width * box.height);
      for (size_t g = 0; g < boxes.size(); ++g) {
        group.overlaps.push_back(box_overlap(box, boxes[g], group.truths[g].crowd));
      }
    }
    group.match(matcher_, outcomes_[static_cast<size_t>(label)]);
  }
}

std::string CocoEvaluator::state() const {
  const StateHead head{added_.size(), outcomes_.size(), truths_.size()};
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  bytes.append(reinterpret_cast<const char*>(added_.data()), added_.size());
  for (const Outcomes& outcomes : outcomes_) {
    append(bytes, outcomes.score);
    append(bytes, outcomes.image);
    append(bytes, outcomes.rank);
    append(bytes, outcomes.found);
    append(bytes, outcomes.ignored);
  }
  return bytes;
}

void CocoEvaluator::merge(std::string_view state) {
  StateHead head;
  std::memcpy(&head, take(state, sizeof head).data(), sizeof head);
  if (head.images != added_.size() || head.truths != truths_.size() ||
      head.classes != outcomes_.size()) {
    refuse_state();
  }
  const std::string_view added = take(state, added_.size());
  for (size_t i = 0; i < added_.size(); ++i) {
    if (added[i] != 0 && added_[i] != 0) {
      fail("two processes scored the same image", "give each image to one of them");
    }
  }
  for (size_t i = 0; i < added_.size(); ++i) added_[i] |= static_cast<uint8_t>(added[i]);
  for (Outcomes& outcomes : outcomes_) {
    take_onto(state, outcomes.score);
    take_onto(state, outcomes.image);
    take_onto(state, outcomes.rank);
    take_onto(state, outcomes.found);
    take_onto(state, outcomes.ignored);
  }
  if (!state.empty()) refuse_state();
}

CocoMetrics CocoEvaluator::result() const {
  CocoMetrics metrics = empty_metrics(options_, outcomes_.size());
  in_parallel(static_cast<int64_t>(outcomes_.size()), [&](int64_t k) {
    const auto label = static_cast<size_t>(k);
    finish_class(by_image(outcomes_[label], options_.areas.size()), label, metrics);
  });
  summarize(metrics);
  return metrics;
}

// ---- files ----

CocoMetrics score(const TruthTable& truth, const FoundTable& found, const ScoringOptions& options) {
  check(options);
  const size_t images = truth.image_ids.size();
  const size_t categories = truth.categories.size();
  const Grouping<TruthRow> truths(truth.pieces, images, categories, options.by_class);
  const Grouping<FoundRow> detections(found.pieces, images, categories, options.by_class);
  const size_t classes = truths.classes();
  std::vector<size_t> order(classes);  // the longest work first, so that no thread is left with it
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return detections.of_class(a).size() > detections.of_class(b).size();
  });
  CocoMetrics metrics = empty_metrics(options, classes);
  in_parallel(static_cast<int64_t>(classes), [&](int64_t i) {
    const size_t k = order[static_cast<size_t>(i)];
    finish_class(match_class(truths, detections, k, options), k, metrics);
  });
  summarize(metrics);
  return metrics;
}

}  // namespace fovea
