// The 12 COCO box figures, equal to the last bit to what pycocotools 2.0.11 gives with numpy 2.4.
// Three steps, in pycocotools' terms: matching (an image at a time, while a network runs),
// accumulation (precision over recall for each class) and summary (means of those).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fovea/data/vocabulary.h"

namespace fovea {

namespace coco {
inline constexpr size_t kIouThresholds = 10;      // T: 0.50, 0.55 ... 0.95
inline constexpr size_t kRecallThresholds = 101;  // R: 0, 0.01 ... 1
inline constexpr size_t kAreas = 4;               // A: all, small, medium, large
inline constexpr std::array<size_t, 3> kMaxDetections = {1, 10,
                                                         100};  // M: best ones an image and class
/// Names of CocoMetrics::stats, in pycocotools' order.
inline constexpr std::array<std::string_view, 12> kStatNames = {
    "AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"};

/// An object to be found.
struct Truth {
  Box box = {};
  int32_t label = 0;
  bool crowd = false;
  bool id_is_zero = false;  // pycocotools takes a match with annotation 0 for no match
  uint8_t ignored = 0;      // bit a: does not count in area range a (its area, or a crowd)
};

/// What matching leaves of a detection among the best 100 of its image and class.
struct Matched {
  double score = 0;
  int32_t image = 0;  // by rising image id
  int32_t label = 0;
  int32_t rank = 0;  // 0 is the best of its image and class
  int32_t padding = 0;
  std::array<uint16_t, kAreas> found = {};    // bit t: found an object at IoU threshold t
  std::array<uint16_t, kAreas> ignored = {};  // bit t: counts neither as right nor as wrong
};
}  // namespace coco

/// Figures of one class over all areas, at most 100 detections an image. -1 where it has no truth.
struct ClassMetrics {
  int64_t truths = 0;  // objects that count: no crowds
  double ap = -1;      // mean over the IoU thresholds
  double ap50 = -1;
  double ar = -1;
  double best_f1 = -1;        // at IoU 0.5, over all score thresholds
  double best_threshold = 0;  // detections with at least this score reach it
};

struct CocoMetrics {
  std::array<double, 12> stats = {};  // by coco::kStatNames, -1 where there is nothing to count
  std::vector<ClassMetrics> classes = {};  // by label
  std::vector<double> precision = {};      // [T,R,K,A,M], -1 without truth; K classes by label
  std::vector<double> scores = {};         // [T,R,K,A,M]: score at which that recall is reached
  std::vector<double> recall = {};         // [T,K,A,M]

  Metrics named() const;  ///< stats with their names
  /// Precision at IoU 0.5 over recall 0, 0.01 ... 1; empty for a class without truth.
  std::vector<double> precision_curve(int64_t label) const;
};

/// Scores detections against a data set. What it holds does not depend on the order of add and
/// merge.
class CocoEvaluator {
 public:
  /// Copies what it needs: the boxes, areas, crowds and ids of the truth.
  explicit CocoEvaluator(const Dataset& truth);

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
  int64_t classes_ = 0;
  std::unordered_map<int64_t, int32_t> image_index_ = {};  // image id -> place by rising id
  std::vector<size_t> first_truth_ = {};                   // [images + 1] into truths_
  std::vector<coco::Truth> truths_ = {};                   // by image, then label, then file order
  std::vector<std::array<int64_t, coco::kAreas>> truth_counts_ = {};  // [classes], the counted ones
  std::vector<uint8_t> added_ = {};                                   // [images] 1 after add
  std::vector<coco::Matched> matched_ = {};                           // in the order of add
};

/// The twelve lines that pycocotools prints.
std::string summary(const CocoMetrics& metrics);

/// A table of the classes: truths, AP, AP50, AR, best F1 and its score threshold.
std::string class_table(const CocoMetrics& metrics, const std::vector<Category>& categories);

/// {"iou_type", "stats", "names", "classes": [{"id", "name", "objects", "AP", ...}]}, with all
/// digits.
std::string to_json(const CocoMetrics& metrics, const std::vector<Category>& categories);

}  // namespace fovea
