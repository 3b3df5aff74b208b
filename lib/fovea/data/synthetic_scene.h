// One made-up picture: textured shapes on a textured ground, and which pixels show which object.
// Only additions, multiplications, divisions and comparisons of IEEE doubles decide about pixels,
// so that every machine draws the same.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "fovea/core/random.h"
#include "fovea/data/mask_outline.h"
#include "fovea/image/image.h"

namespace fovea {

/// The classes, told apart by shape alone: colour, texture, size and turn say nothing.
inline constexpr std::array<std::string_view, 5> kShapeNames = {"circle", "square", "triangle",
                                                                "ring", "cross"};

struct SceneObject {
  int64_t label = 0;   // index into kShapeNames
  bool crowd = false;  // a clump of many small shapes
  PixelMask visible = {};
};

struct Scene {
  Image image = {};
  std::vector<SceneObject> objects = {};  // from the back to the front
};

/// 1 to 8 objects in a picture of size x size pixels.
Scene draw_scene(int64_t size, Rng& rng);

/// One object of class `label`, of which at least 80 % are in the picture.
Scene draw_single(int64_t size, int64_t label, Rng& rng);

}  // namespace fovea
