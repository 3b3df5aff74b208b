// What the writers of one conversion share.
#pragma once

#include <cstdint>
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
  int64_t classes = 0;
  struct Count {
    int64_t images = 0;
    int64_t objects = 0;
  };
  std::vector<Count> written = {};  // by split
};

}  // namespace fovea
