// COCO's figures for people and programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/eval/coco_eval.h"
#include "fovea/eval/comparison.h"
#include "fovea/eval/confusion.h"

namespace fovea {

/// "bbox", "segm" or "keypoints".
std::string_view name_of(IouType type);

/// The lines that pycocotools prints: 12, for keypoints 10.
std::string summary(const CocoMetrics& metrics);

/// A table of the classes: truths, AP, AP50, AR, best F1 and its score threshold.
std::string class_table(const CocoMetrics& metrics, const std::vector<Category>& categories);

/// Average precision at each IoU threshold, in the first area range with the largest limit.
std::vector<double> precision_at_thresholds(const CocoMetrics& metrics);
std::string threshold_table(const CocoMetrics& metrics);

/// How many objects are missed or invented, and which classes are most often taken for which.
std::string confusion_table(const ConfusionMatrix& matrix, const std::vector<Category>& categories);

/// The figures of two result files, and whether the difference may be chance.
std::string comparison_table(const std::vector<Comparison>& comparisons, std::string_view other);

/// All that was found out about a result file.
struct CocoReport {
  CocoMetrics metrics = {};
  std::vector<Category> categories = {};  // of metrics.classes
  std::optional<ConfusionMatrix> confusion = {};
  std::vector<Category> confusion_categories = {};
  std::vector<Comparison> comparisons = {};
};

/// {"iou_type", "stats", "names", "AP_at_iou": [{"iou", "AP"}], "classes": [{"id", "name",
/// "objects", "AP", ...}]}, and "confusion" and "comparison" where there are such; with all digits.
std::string to_json(const CocoReport& report);

}  // namespace fovea
