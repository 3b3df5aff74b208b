// One sampling of a picture through an affine map: resize, crop, letterbox, flip and turn at once.
#pragma once

#include <array>
#include <cstdint>

#include "fovea/image/affine.h"
#include "fovea/image/image.h"

namespace fovea {

/// The picture as seen through `to_sample`, which maps input to output pixels (the centre of pixel
/// (0, 0) is (0.5, 0.5)). Bilinear; where the map shrinks an axis of the input by a factor of 2 or
/// more, whole blocks are averaged first. Output pixels whose centre falls outside the input become
/// `fill`. The same on every machine: weights are whole numbers of 1/2048. The map must be
/// invertible.
Image warp(const Image& image, const Affine& to_sample, int64_t height, int64_t width,
           std::array<uint8_t, 3> fill = {0, 0, 0});

/// The same into height * width * 3 bytes at `out`.
void warp_into(const Image& image, const Affine& to_sample, int64_t height, int64_t width,
               std::array<uint8_t, 3> fill, uint8_t* out);

}  // namespace fovea
