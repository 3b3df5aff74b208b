// What is left of a picture to know it again by: a 64-bit hash to find candidates with, and a
// thumbnail to compare them by.
#pragma once

#include <array>
#include <cstdint>

#include "fovea/image/grey.h"

namespace fovea {

/// A square picture has 8 orientations: bit 0 mirrors left and right, bit 1 top and bottom, bit 2
/// then swaps rows and columns. 0 is the picture as it is.
inline constexpr int kOrientations = 8;

struct PictureSketch {
  static constexpr int64_t kSide = 32;
  /// Signs of the lowest 8 x 8 cosines of the thumbnail, bit 8 * v + u; the mean has none. A mirror
  /// changes the signs of odd cosines and nothing else, so that orientations cost no pixels.
  uint64_t hash = 0;
  /// The picture stretched to a square, its contrast stretched to 0..255.
  std::array<uint8_t, kSide* kSide> thumbnail = {};
  /// Too even to be told from others: its signs and its stretched thumbnail are noise.
  bool is_flat = false;
};

/// Sides that decode_grey should keep for a sketch.
inline constexpr int64_t kSketchDetail = 48;

PictureSketch sketch_of(const GreyImage& picture);

/// The hash of the same picture in another orientation.
uint64_t oriented(uint64_t hash, int orientation);

using Thumbnail = std::array<uint8_t, PictureSketch::kSide * PictureSketch::kSide>;
Thumbnail oriented(const Thumbnail& thumbnail, int orientation);

/// How well edges lie upon edges: correlation of the differences between neighbouring pixels,
/// -1..1. Unlike that of brightness it is low for other photographs of the same scene.
double likeness(const Thumbnail& a, const Thumbnail& b);

}  // namespace fovea
