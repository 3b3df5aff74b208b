// Detections as COCO's result files hold them: [{"image_id", "category_id", "bbox", "score"}, ...].
#pragma once

#include <filesystem>
#include <vector>

#include "fovea/data/vocabulary.h"

namespace fovea {

/// Writes detections with all digits; labels become category ids. The file is whole or absent.
void write_results(const std::filesystem::path& json, const std::vector<Predictions>& predictions,
                   const std::vector<Category>& categories);

}  // namespace fovea
