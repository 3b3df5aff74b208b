// What the writers of one conversion share.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fovea/formats/splits.h"

namespace fovea {

/// A picture of the source and where it belongs in the target.
struct PictureCopy {
  std::filesystem::path from = {};
  std::string to = {};  // inside the target's folder
};

/// What a writer was given and what came of it. Its files are of a PartFolder.
struct Writing {
  std::filesystem::path out = {};
  Losses lost = {};
  std::vector<PictureCopy> pictures = {};
};

}  // namespace fovea
