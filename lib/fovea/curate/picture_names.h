// The pictures that a COCO file names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fovea/data/coco_text.h"

namespace fovea {

/// `file_name` of each image, in the order of the file; empty where it is no text.
std::vector<std::string> picture_names(const CocoText& text);
std::vector<std::string> picture_names(const std::filesystem::path& json);

}  // namespace fovea
