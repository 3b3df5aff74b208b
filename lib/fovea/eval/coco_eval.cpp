#include "fovea/eval/coco_eval.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <sstream>

#include "fovea/core/error.h"
#include "fovea/core/json.h"
#include "fovea/eval/mean.h"

namespace fovea {
namespace {

using coco::kAreas;
using coco::kIouThresholds;
using coco::kMaxDetections;
using coco::kRecallThresholds;
using coco::Matched;
using coco::Truth;

constexpr size_t kLimits = kMaxDetections.size();

/// Square pixels, both ends included: all, small, medium, large.
constexpr std::array<std::array<double, 2>, kAreas> kAreaRanges = {
    {{0, 1e10}, {0, 32.0 * 32}, {32.0 * 32, 96.0 * 96}, {96.0 * 96, 1e10}}};

/// numpy's linspace, which the last bit of the grids depends on.
template <size_t count>
std::array<double, count> linspace(double first, double last) {
  std::array<double, count> values = {};
  const double step = (last - first) / static_cast<double>(count - 1);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<double>(i) * step + first;
  values[count - 1] = last;
  return values;
}
const std::array<double, kIouThresholds> kIous = linspace<kIouThresholds>(0.5, 0.95);
const std::array<double, kRecallThresholds> kRecalls = linspace<kRecallThresholds>(0, 1);

bool is_outside(double area, size_t range) {
  return area < kAreaRanges[range][0] || area > kAreaRanges[range][1];
}

uint8_t ignored_areas(const Instance& instance) {
  uint8_t bits = 0;
  for (size_t a = 0; a < kAreas; ++a) {
    if (instance.crowd || is_outside(instance.area, a)) bits |= static_cast<uint8_t>(1U << a);
  }
  return bits;
}

// ---- matching ----

/// Intersection over union, of a crowd over the detection alone, each operation in the order of
/// pycocotools' mask API.
double overlap(const Box& found, const Truth& truth) {
  const Box& box = truth.box;
  const double width =
      std::fmin(found.width + found.left, box.width + box.left) - std::fmax(found.left, box.left);
  if (width <= 0) return 0;
  const double height =
      std::fmin(found.height + found.top, box.height + box.top) - std::fmax(found.top, box.top);
  if (height <= 0) return 0;
  const double intersection = width * height;
  const double found_area = found.width * found.height;
  const double whole =
      truth.crowd ? found_area : found_area + box.width * box.height - intersection;
  return intersection / whole;
}

/// A truth that a detection overlaps enough for some threshold.
struct Candidate {
  size_t truth = 0;
  double iou = 0;
};

/// Matches the detections of one image and class, best first, each to the free truth that it
/// overlaps most. A truth that counts is preferred to an ignored one; crowds are never used up.
class Matcher {
 public:
  explicit Matcher(std::span<const Truth> truths) : truths_(truths), taken_(truths.size()) {}

  void match(const Prediction& detection, Matched& outcome) {
    find_candidates(detection.box);
    const double area = detection.box.width * detection.box.height;
    for (size_t a = 0; a < kAreas; ++a) {
      if (!candidates_.empty()) match_in_area(a, outcome);
      if (is_outside(area, a)) outcome.ignored[a] |= static_cast<uint16_t>(~outcome.found[a]);
    }
  }

 private:
  /// Overlaps below the lowest threshold never match. (Only a NaN, from boxes so small that their
  /// areas vanish, would let them: pycocotools compares with `<`, which is false for a NaN.)
  void find_candidates(const Box& box) {
    candidates_.clear();
    bool has_nan = false;
    for (size_t g = 0; g < truths_.size(); ++g) {
      const double iou = overlap(box, truths_[g]);
      has_nan = has_nan || std::isnan(iou);
      if (!(iou < kIous[0])) candidates_.push_back({g, iou});
    }
    if (!has_nan) return;
    candidates_.clear();
    for (size_t g = 0; g < truths_.size(); ++g) {
      candidates_.push_back({g, overlap(box, truths_[g])});
    }
  }

  void match_in_area(size_t a, Matched& outcome) {
    for (size_t t = 0; t < kIouThresholds; ++t) {
      const auto bit = static_cast<uint16_t>(1U << t);
      const Candidate* best = best_candidate(a, t, false);
      const bool ignored = best == nullptr;
      if (ignored) best = best_candidate(a, t, true);
      if (best == nullptr) continue;
      taken_[best->truth][a] |= bit;
      if (ignored) outcome.ignored[a] |= bit;
      if (!truths_[best->truth].id_is_zero) outcome.found[a] |= bit;
    }
  }

  /// Among the truths that are ignored in area range `a`, or among those that are not; of equal
  /// overlaps the later one.
  const Candidate* best_candidate(size_t a, size_t t, bool among_ignored) const {
    const Candidate* best = nullptr;
    double least = kIous[t];
    for (const Candidate& candidate : candidates_) {
      const Truth& truth = truths_[candidate.truth];
      if (((truth.ignored >> a & 1U) != 0) != among_ignored) continue;
      const bool taken = (taken_[candidate.truth][a] >> t & 1U) != 0;
      if ((taken && !truth.crowd) || candidate.iou < least) continue;
      best = &candidate;
      least = candidate.iou;
    }
    return best;
  }

  std::span<const Truth> truths_;
  std::vector<std::array<uint16_t, kAreas>> taken_;  // of each truth: bit t
  std::vector<Candidate> candidates_ = {};
};

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

// ---- accumulation ----

/// Places in the arrays of CocoMetrics.
struct Layout {
  size_t classes = 0;
  size_t curve_size() const {
    return kIouThresholds * kRecallThresholds * classes * kAreas * kLimits;
  }
  size_t recall_size() const { return kIouThresholds * classes * kAreas * kLimits; }
  size_t recall_at(size_t t, size_t k, size_t a, size_t m) const {
    return ((t * classes + k) * kAreas + a) * kLimits + m;
  }
  size_t curve_at(size_t t, size_t r, size_t k, size_t a, size_t m) const {
    return (((t * kRecallThresholds + r) * classes + k) * kAreas + a) * kLimits + m;
  }
};

/// Precision after each true positive of one class, at one setting, best score first. Between true
/// positives precision only falls, so these points decide.
struct Curve {
  std::vector<double> precision = {};
  std::vector<double> score = {};
  double first_score = 0;  // of the best detection, true or false
  bool empty = true;       // no detection at all
};

Curve curve_of(const std::vector<const Matched*>& detections, size_t t, size_t a, size_t limit) {
  Curve curve;
  double right = 0;
  double wrong = 0;
  for (const Matched* detection : detections) {
    if (static_cast<size_t>(detection->rank) >= limit) continue;
    if (curve.empty) curve.first_score = detection->score;
    curve.empty = false;
    if ((detection->ignored[a] >> t & 1U) != 0) continue;
    if ((detection->found[a] >> t & 1U) == 0) {
      wrong += 1;
      continue;
    }
    right += 1;
    curve.precision.push_back(right / (wrong + right + std::numeric_limits<double>::epsilon()));
    curve.score.push_back(detection->score);
  }
  for (size_t i = curve.precision.size(); i-- > 1;) {  // the best at this recall or any higher
    curve.precision[i - 1] = std::max(curve.precision[i - 1], curve.precision[i]);
  }
  return curve;
}

/// Reads the curve at the recall grid and writes one row of the arrays.
void sample_curve(const Curve& curve, int64_t truths, const Layout& layout, size_t t, size_t k,
                  size_t a, size_t m, CocoMetrics& metrics) {
  const size_t found = curve.precision.size();
  const auto all = static_cast<double>(truths);
  metrics.recall[layout.recall_at(t, k, a, m)] = static_cast<double>(found) / all;
  size_t needed = 0;  // true positives to reach the recall
  for (size_t r = 0; r < kRecallThresholds; ++r) {
    while (needed <= found && static_cast<double>(needed) / all < kRecalls[r]) ++needed;
    double precision = 0;
    double score = 0;
    if (needed == 0 && !curve.empty) {  // recall 0 is reached by the first detection
      precision = found > 0 ? curve.precision[0] : 0;
      score = curve.first_score;
    } else if (needed > 0 && needed <= found) {
      precision = curve.precision[needed - 1];
      score = curve.score[needed - 1];
    }
    metrics.precision[layout.curve_at(t, r, k, a, m)] = precision;
    metrics.scores[layout.curve_at(t, r, k, a, m)] = score;
  }
}

void accumulate(const std::vector<const Matched*>& detections,
                const std::array<int64_t, kAreas>& truths, const Layout& layout, size_t k,
                CocoMetrics& metrics) {
  for (size_t a = 0; a < kAreas; ++a) {
    if (truths[a] == 0) continue;  // stays -1
    for (size_t m = 0; m < kLimits; ++m) {
      for (size_t t = 0; t < kIouThresholds; ++t) {
        const Curve curve = curve_of(detections, t, a, kMaxDetections[m]);
        sample_curve(curve, truths[a], layout, t, k, a, m, metrics);
      }
    }
  }
}

/// The detections of each class in pycocotools' order: best first, equal scores by image id, then
/// by rank.
std::vector<std::vector<const Matched*>> by_class(const std::vector<Matched>& matched,
                                                  size_t classes) {
  std::vector<std::vector<const Matched*>> groups(classes);
  for (const Matched& detection : matched) {
    groups[static_cast<size_t>(detection.label)].push_back(&detection);
  }
  for (auto& group : groups) {
    std::sort(group.begin(), group.end(), [](const Matched* x, const Matched* y) {
      if (x->score != y->score) return x->score > y->score;
      return x->image != y->image ? x->image < y->image : x->rank < y->rank;
    });
  }
  return groups;
}

// ---- summary ----

/// Mean of the values above -1, which stands for "nothing to count"; -1 when there is none.
double mean_of_counted(std::vector<double>& values) {
  std::erase_if(values, [](double value) { return value <= -1; });
  return values.empty() ? -1 : mean(values);
}

/// Over IoU thresholds [first, last), all recalls, and classes [k0, k1).
double average_precision(const CocoMetrics& metrics, const Layout& layout, size_t first,
                         size_t last, size_t k0, size_t k1, size_t a) {
  std::vector<double> values;
  for (size_t t = first; t < last; ++t) {
    for (size_t r = 0; r < kRecallThresholds; ++r) {
      for (size_t k = k0; k < k1; ++k) {
        values.push_back(metrics.precision[layout.curve_at(t, r, k, a, kLimits - 1)]);
      }
    }
  }
  return mean_of_counted(values);
}

double average_recall(const CocoMetrics& metrics, const Layout& layout, size_t k0, size_t k1,
                      size_t a, size_t m) {
  std::vector<double> values;
  for (size_t t = 0; t < kIouThresholds; ++t) {
    for (size_t k = k0; k < k1; ++k) values.push_back(metrics.recall[layout.recall_at(t, k, a, m)]);
  }
  return mean_of_counted(values);
}

std::array<double, 12> summarize(const CocoMetrics& metrics, const Layout& layout) {
  const size_t all = layout.classes;
  const auto precision = [&](size_t first, size_t last, size_t a) {
    return average_precision(metrics, layout, first, last, 0, all, a);
  };
  const auto recall = [&](size_t a, size_t m) {
    return average_recall(metrics, layout, 0, all, a, m);
  };
  constexpr size_t kAt75 = 5;
  return {precision(0, kIouThresholds, 0),
          precision(0, 1, 0),
          precision(kAt75, kAt75 + 1, 0),
          precision(0, kIouThresholds, 1),
          precision(0, kIouThresholds, 2),
          precision(0, kIouThresholds, 3),
          recall(0, 0),
          recall(0, 1),
          recall(0, 2),
          recall(1, 2),
          recall(2, 2),
          recall(3, 2)};
}

/// The score threshold at which 2 TP / (detections + truths) is highest, at IoU 0.5.
void find_best_f1(const std::vector<const Matched*>& detections, ClassMetrics& figures) {
  double right = 0;
  double counted = 0;
  figures.best_f1 = 0;
  for (size_t i = 0; i < detections.size(); ++i) {
    const Matched& detection = *detections[i];
    if ((detection.ignored[0] & 1U) == 0) {
      counted += 1;
      right += detection.found[0] & 1U;
    }
    const bool tied = i + 1 < detections.size() && detections[i + 1]->score == detection.score;
    const double f1 = 2 * right / (counted + static_cast<double>(figures.truths));
    if (tied || f1 <= figures.best_f1) continue;
    figures.best_f1 = f1;
    figures.best_threshold = detection.score;
  }
}

ClassMetrics class_metrics(const CocoMetrics& metrics, const Layout& layout, size_t k,
                           int64_t truths, const std::vector<const Matched*>& detections) {
  ClassMetrics figures{.truths = truths};
  if (truths == 0) return figures;
  figures.ap = average_precision(metrics, layout, 0, kIouThresholds, k, k + 1, 0);
  figures.ap50 = average_precision(metrics, layout, 0, 1, k, k + 1, 0);
  figures.ar = average_recall(metrics, layout, k, k + 1, 0, kLimits - 1);
  find_best_f1(detections, figures);
  return figures;
}

// ---- state ----

struct StateHead {
  uint64_t images = 0;
  uint64_t classes = 0;
  uint64_t truths = 0;
  uint64_t detections = 0;
};

/// The text with each control character as \xNN, which a terminal shows and does not obey.
std::string printable(std::string_view text) {
  std::string shown;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view two = text.substr(i, 2);
    const bool is_wide = two >= "\xC2\x80" && two <= "\xC2\x9F";  // U+0080 to U+009F
    if (is_wide) ++i;
    const auto byte = static_cast<uint8_t>(text[i]);
    const bool is_control = is_wide || byte < 0x20 || byte == 0x7F;
    shown += is_control ? fmt::format("\\x{:02x}", byte) : std::string(1, text[i]);
  }
  return shown;
}

}  // namespace

Metrics CocoMetrics::named() const {
  Metrics figures;
  for (size_t i = 0; i < stats.size(); ++i) figures.emplace_back(coco::kStatNames[i], stats[i]);
  return figures;
}

std::vector<double> CocoMetrics::precision_curve(int64_t label) const {
  const auto k = static_cast<size_t>(label);
  if (classes[k].truths == 0) return {};
  const Layout layout{classes.size()};
  std::vector<double> curve;
  for (size_t r = 0; r < kRecallThresholds; ++r) {
    curve.push_back(precision[layout.curve_at(0, r, k, 0, kLimits - 1)]);
  }
  return curve;
}

CocoEvaluator::CocoEvaluator(const Dataset& truth)
    : classes_(static_cast<int64_t>(truth.categories.size())),
      truth_counts_(truth.categories.size()),
      added_(truth.records.size()) {
  std::vector<const Record*> records;
  for (const Record& record : truth.records) records.push_back(&record);
  std::sort(records.begin(), records.end(),
            [](const Record* a, const Record* b) { return a->id < b->id; });
  first_truth_.push_back(0);
  for (const Record* record : records) {
    image_index_.emplace(record->id, static_cast<int32_t>(image_index_.size()));
    for (const Instance& instance : record->instances) {
      truths_.push_back({.box = instance.box,
                         .label = static_cast<int32_t>(instance.label),
                         .crowd = instance.crowd,
                         .id_is_zero = instance.id == 0,
                         .ignored = ignored_areas(instance)});
      for (size_t a = 0; a < kAreas; ++a) {
        const bool counts = (truths_.back().ignored >> a & 1U) == 0;
        truth_counts_[static_cast<size_t>(instance.label)][a] += counts ? 1 : 0;
      }
    }
    std::stable_sort(truths_.begin() + static_cast<std::ptrdiff_t>(first_truth_.back()),
                     truths_.end(),
                     [](const Truth& a, const Truth& b) { return a.label < b.label; });
    first_truth_.push_back(truths_.size());
  }
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
  if (!sorted.empty() && (sorted.front()->label < 0 || sorted.back()->label >= classes_)) {
    fail(fmt::format("detections of image {} have labels beyond the {} classes",
                     predictions.image_id, classes_),
         "score with the categories that the model was trained on");
  }
  auto truth = truths_.begin() + static_cast<std::ptrdiff_t>(first_truth_[index]);
  const auto truths_end = truths_.begin() + static_cast<std::ptrdiff_t>(first_truth_[index + 1]);
  for (auto detection = sorted.begin(); detection != sorted.end();) {
    const auto label = static_cast<int32_t>((*detection)->label);
    const auto of_label = [&](const Truth& t) { return t.label == label; };
    truth = std::find_if(truth, truths_end, [&](const Truth& t) { return t.label >= label; });
    const auto last = std::find_if_not(truth, truths_end, of_label);
    Matcher matcher(std::span(truth, last));
    int32_t rank = 0;
    for (; detection != sorted.end() && (*detection)->label == label; ++detection, ++rank) {
      if (static_cast<size_t>(rank) >= kMaxDetections.back()) continue;
      Matched outcome{
          .score = (*detection)->score, .image = image->second, .label = label, .rank = rank};
      matcher.match(**detection, outcome);
      matched_.push_back(outcome);
    }
    truth = last;
  }
}

std::string CocoEvaluator::state() const {
  static_assert(std::is_trivially_copyable_v<Matched>);
  const StateHead head{added_.size(), static_cast<uint64_t>(classes_), truths_.size(),
                       matched_.size()};
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  bytes.append(reinterpret_cast<const char*>(added_.data()), added_.size());
  bytes.append(reinterpret_cast<const char*>(matched_.data()), matched_.size() * sizeof(Matched));
  return bytes;
}

void CocoEvaluator::merge(std::string_view state) {
  StateHead head;
  const bool has_head = state.size() >= sizeof head;
  if (has_head) std::memcpy(&head, state.data(), sizeof head);
  if (!has_head || head.images != added_.size() || head.truths != truths_.size() ||
      head.classes != static_cast<uint64_t>(classes_) ||
      state.size() != sizeof head + head.images + head.detections * sizeof(Matched)) {
    fail("the scores of another process are of another data set",
         "give all processes the same annotation file");
  }
  state.remove_prefix(sizeof head);
  for (size_t i = 0; i < added_.size(); ++i) {
    if (state[i] != 0 && added_[i] != 0) {
      fail("two processes scored the same image", "give each image to one of them");
    }
  }
  for (size_t i = 0; i < added_.size(); ++i) added_[i] |= static_cast<uint8_t>(state[i]);
  state.remove_prefix(added_.size());
  const size_t before = matched_.size();
  matched_.resize(before + head.detections);
  std::memcpy(static_cast<void*>(matched_.data() + before), state.data(), state.size());
}

CocoMetrics CocoEvaluator::result() const {
  const Layout layout{static_cast<size_t>(classes_)};
  CocoMetrics metrics;
  metrics.precision.assign(layout.curve_size(), -1);
  metrics.scores.assign(layout.curve_size(), -1);
  metrics.recall.assign(layout.recall_size(), -1);
  const auto detections = by_class(matched_, layout.classes);
  for (size_t k = 0; k < layout.classes; ++k) {
    accumulate(detections[k], truth_counts_[k], layout, k, metrics);
  }
  metrics.stats = summarize(metrics, layout);
  for (size_t k = 0; k < layout.classes; ++k) {
    metrics.classes.push_back(
        class_metrics(metrics, layout, k, truth_counts_[k][0], detections[k]));
  }
  return metrics;
}

std::string summary(const CocoMetrics& metrics) {
  constexpr std::array<std::string_view, 12> kIouTexts = {"0.50:0.95", "0.50",      "0.75",
                                                          "0.50:0.95", "0.50:0.95", "0.50:0.95"};
  constexpr std::array<std::string_view, 12> kAreaTexts = {"all",    "all",   "all",    "small",
                                                           "medium", "large", "all",    "all",
                                                           "all",    "small", "medium", "large"};
  std::string lines;
  for (size_t i = 0; i < metrics.stats.size(); ++i) {
    const bool is_precision = i < 6;
    const size_t limit = i == 6 ? 1 : i == 7 ? 10 : 100;
    lines += fmt::format(" {:<18} ({}) @[ IoU={:<9} | area={:>6} | maxDets={:>3} ] = {:0.3f}\n",
                         is_precision ? "Average Precision" : "Average Recall",
                         is_precision ? "AP" : "AR", is_precision ? kIouTexts[i] : kIouTexts[0],
                         kAreaTexts[i], limit, metrics.stats[i]);
  }
  return lines;
}

std::string class_table(const CocoMetrics& metrics, const std::vector<Category>& categories) {
  std::vector<std::string> names;
  size_t width = 5;
  for (const Category& category : categories) {
    names.push_back(printable(category.name));
    width = std::max(width, names.back().size());
  }
  std::string lines = fmt::format("{:<{}}  {:>7}  {:>6}  {:>6}  {:>6}  {:>7}  {:>8}\n", "class",
                                  width, "objects", "AP", "AP50", "AR", "best F1", "at score");
  for (size_t k = 0; k < metrics.classes.size(); ++k) {
    const ClassMetrics& figures = metrics.classes[k];
    const std::string head = fmt::format("{:<{}}  {:>7}", names[k], width, figures.truths);
    if (figures.truths == 0) {
      lines +=
          fmt::format("{}  {:>6}  {:>6}  {:>6}  {:>7}  {:>8}\n", head, "-", "-", "-", "-", "-");
    } else {
      lines +=
          fmt::format("{}  {:>6.3f}  {:>6.3f}  {:>6.3f}  {:>7.3f}  {:>8.3f}\n", head, figures.ap,
                      figures.ap50, figures.ar, figures.best_f1, figures.best_threshold);
    }
  }
  return lines;
}

std::string to_json(const CocoMetrics& metrics, const std::vector<Category>& categories) {
  std::ostringstream text;
  JsonWriter out(text, 2);
  out.begin_object().field("iou_type", "bbox").key("stats").begin_array();
  for (const double figure : metrics.stats) out.value(figure);
  out.end_array().key("names").begin_array();
  for (const std::string_view name : coco::kStatNames) out.value(name);
  out.end_array().key("classes").begin_array();
  for (size_t k = 0; k < metrics.classes.size(); ++k) {
    const ClassMetrics& figures = metrics.classes[k];
    out.begin_object().field("id", categories[k].id).field("name", categories[k].name);
    out.field("objects", figures.truths).field("AP", figures.ap).field("AP50", figures.ap50);
    out.field("AR", figures.ar).field("best_f1", figures.best_f1);
    out.field("best_threshold", figures.best_threshold).end_object();
  }
  out.end_array().end_object();
  text << '\n';
  return text.str();
}

}  // namespace fovea
