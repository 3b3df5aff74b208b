// What the writers of one conversion share.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fovea/data/place_pictures.h"
#include "fovea/formats/splits.h"

namespace fovea {

/// What a writer was given and what came of it. Its files are of a PartFolder.
struct Writing {
  std::filesystem::path out = {};
  Losses lost = {};
  std::vector<PlacedPicture> pictures = {};
};

}  // namespace fovea
