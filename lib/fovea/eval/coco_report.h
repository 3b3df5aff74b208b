// COCO's figures for people and programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fovea/eval/coco_eval.h"

namespace fovea {

/// "bbox", "segm" or "keypoints".
std::string_view name_of(IouType type);

/// The lines that pycocotools prints: 12, for keypoints 10.
std::string summary(const CocoMetrics& metrics);

/// A table of the classes: truths, AP, AP50, AR, best F1 and its score threshold.
std::string class_table(const CocoMetrics& metrics, const std::vector<Category>& categories);

/// {"iou_type", "stats", "names", "classes": [{"id", "name", "objects", "AP", ...}]}, with all
/// digits.
std::string to_json(const CocoMetrics& metrics, const std::vector<Category>& categories);

}  // namespace fovea
