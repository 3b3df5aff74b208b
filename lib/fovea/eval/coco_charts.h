// COCO's figures as charts.
#pragma once

#include <filesystem>
#include <vector>

#include "fovea/eval/coco_eval.h"
#include "fovea/eval/confusion.h"

namespace fovea {

/// Precision over recall at the first IoU threshold. Up to ten classes have a line each, the best
/// first; of more the four best and the four worst are named, the others pale. Their mean is wide
/// and black. Writes a PNG, whole or absent.
void draw_precision_curves(const std::filesystem::path& path, const CocoMetrics& metrics,
                           const std::vector<Category>& categories);

/// F1 over the score from which detections count, at the first IoU threshold; lines as above.
void draw_f1_curves(const std::filesystem::path& path, const CocoMetrics& metrics,
                    const std::vector<Category>& categories);

/// Writes a PNG, whole or absent.
void draw_confusion(const std::filesystem::path& path, const ConfusionMatrix& matrix,
                    const std::vector<Category>& categories);

}  // namespace fovea
