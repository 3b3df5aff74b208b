// Detections as COCO's result files hold them: [{"image_id", "category_id", "bbox", "score"}, ...].
#pragma once

#include <filesystem>
#include <vector>

#include "fovea/data/vocabulary.h"

namespace fovea {

/// Reads detections of `dataset`: one Predictions an image that has any, in the order in which the
/// images first appear; within an image in the order of the file, which decides between equal
/// scores. Masks and keypoints are passed over. Refused with file and JSON pointer: ids that the
/// data set does not hold, text where a number belongs, wrong lengths, what is not finite.
std::vector<Predictions> read_results(const std::filesystem::path& json, const Dataset& dataset);

/// Writes detections with all digits; labels become category ids. The file is whole or absent.
void write_results(const std::filesystem::path& json, const std::vector<Predictions>& predictions,
                   const std::vector<Category>& categories);

}  // namespace fovea
