// COCO's figures for boxes, masks and keypoints, equal to the last bit to what pycocotools 2.0.11
// gives with numpy 2.4. Three steps, in pycocotools' terms: matching (eval/matching.h),
// accumulation (eval/accumulation.h) and summary (means over the curves).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fovea/data/score_tables.h"
#include "fovea/data/vocabulary.h"
#include "fovea/eval/accumulation.h"
#include "fovea/eval/matching.h"
#include "fovea/eval/scoring_options.h"

namespace fovea {

/// Figures of one class in the first area range, with the largest limit of detections. -1 where it
/// has no truth.
struct ClassMetrics {
  int64_t truths = 0;  // objects that count: no crowds
  double ap = -1;      // mean over the IoU thresholds
  double ap50 = -1;    // at the first of them
  double ar = -1;
  double best_f1 = -1;        // at the first IoU threshold, over all score thresholds
  double best_threshold = 0;  // detections with at least this score reach it
  // F1 of the detections with a score of at least i / kF1Steps; empty without truth.
  std::vector<double> f1 = {};
};
inline constexpr size_t kF1Steps = 200;

struct CocoMetrics {
  ScoringOptions options = {};
  std::vector<double> stats = {};          // by stat_names, -1 where there is nothing to count
  std::vector<ClassMetrics> classes = {};  // by label
  CurveLayout layout = {};
  Curves curves = {};

  Metrics named() const;  ///< stats with their names
  /// Precision at the first IoU threshold over the recall thresholds; empty for a class without
  /// truth.
  std::vector<double> precision_curve(int64_t label) const;
};

/// One of the figures of a summary: an area range by its name, a limit of detections, an IoU
/// threshold (0: the mean over all).
struct Stat {
  bool is_precision = true;  // or recall
  double threshold = 0;
  std::string_view area = "all";
  int64_t limit = 100;
};

/// What pycocotools summarizes. Its first figure is of 100 detections whatever the limits are.
std::vector<Stat> stats_of(const ScoringOptions& options);

/// Names of CocoMetrics::stats, in pycocotools' order: 12 for boxes and masks, 10 for keypoints.
const std::vector<std::string_view>& stat_names(IouType type);

/// Scores detections against a data set while a network runs. What it holds does not depend on the
/// order of add and merge.
class CocoEvaluator {
 public:
  /// Copies what it needs: the boxes, areas, crowds and ids of the truth.
  explicit CocoEvaluator(const Dataset& truth);
  CocoEvaluator(const CocoEvaluator&) = delete;  // the matcher refers to the options
  CocoEvaluator& operator=(const CocoEvaluator&) = delete;

  /// The detections of one image; images that are never added have none. Equal scores keep their
  /// order. Error for an image that the data set lacks, one that was added before, or a label that
  /// is no class.
  void add(const Predictions& predictions);

  /// What was added, as bytes for another process that has the same data set and machine type.
  std::string state() const;
  /// Adds the state of another evaluator; the images of the two must differ. Error otherwise.
  void merge(std::string_view state);

  CocoMetrics result() const;

 private:
  ScoringOptions options_ = coco_options();
  std::unordered_map<int64_t, int32_t> image_index_ = {};  // image id -> place by rising id
  std::vector<size_t> first_truth_ = {};                   // [images + 1] into truths_
  std::vector<TruthRow> truths_ = {};    // by image, then label, then order of the file
  std::vector<uint8_t> added_ = {};      // [images] 1 after add
  std::vector<Outcomes> outcomes_ = {};  // by label; images in the order of add
  Matcher matcher_;
};

/// Scores a result file's rows.
CocoMetrics score(const TruthTable& truth, const FoundTable& found, const ScoringOptions& options);

}  // namespace fovea
