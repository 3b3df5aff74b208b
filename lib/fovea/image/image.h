// Pixels: uint8 RGB, row by row.
#pragma once

#include <cstdint>

#include "fovea/image/pixel_buffer.h"

namespace fovea {

/// A rectangle of whole pixels.
struct PixelRect {
  int64_t left = 0;
  int64_t top = 0;
  int64_t width = 0;
  int64_t height = 0;
  int64_t right() const { return left + width; }
  int64_t bottom() const { return top + height; }
  bool operator==(const PixelRect&) const = default;
};

/// A picture. Pixel (x, y) covers the square [x, x+1) x [y, y+1); its RGB bytes start at
/// pixels[(y * width + x) * 3].
struct Image {
  int64_t height = 0;
  int64_t width = 0;
  PixelBuffer pixels = {};  // height * width * 3

  static Image filled(int64_t height, int64_t width, uint8_t red, uint8_t green, uint8_t blue);
  uint8_t* at(int64_t x, int64_t y) { return pixels.data() + (y * width + x) * 3; }
  const uint8_t* at(int64_t x, int64_t y) const { return pixels.data() + (y * width + x) * 3; }
  bool operator==(const Image&) const = default;
};

}  // namespace fovea
