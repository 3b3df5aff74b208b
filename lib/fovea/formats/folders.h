// Folders of classes: SPLIT/CLASS/*.jpg, or CLASS/*.jpg alone, which is then `train`.
//
// COCO has no place for the class of a whole picture. Each picture becomes one with a single
// annotation: its class, and a box around all of it. Classes come sorted by name. A class may have
// pictures in further folders besides its own, as for torchvision's ImageFolder.
#pragma once

#include <filesystem>
#include <vector>

#include "fovea/formats/splits.h"

namespace fovea {

/// Whether a folder has this layout: folders of pictures, no others among them.
bool is_class_folders(const std::filesystem::path& root);

std::vector<Split> read_class_folders(const std::filesystem::path& root, Reading& reading);

}  // namespace fovea
