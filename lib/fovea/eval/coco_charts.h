// COCO's figures as charts.
#pragma once

#include <filesystem>
#include <vector>

#include "fovea/eval/coco_eval.h"
#include "fovea/eval/confusion.h"

namespace fovea {

/// Precision over recall at the first IoU threshold, a line a class and their mean. Writes a PNG,
/// whole or absent.
void draw_precision_curves(const std::filesystem::path& path, const CocoMetrics& metrics,
                           const std::vector<Category>& categories);

/// Writes a PNG, whole or absent.
void draw_confusion(const std::filesystem::path& path, const ConfusionMatrix& matrix,
                    const std::vector<Category>& categories);

}  // namespace fovea
