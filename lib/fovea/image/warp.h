// One sampling of a picture through a map of the plane: resize, crop, letterbox, flip, turn and
// perspective at once.
#pragma once

#include <array>
#include <cstdint>

#include "fovea/image/image.h"
#include "fovea/image/projection.h"

namespace fovea {

/// The part of a picture that is in memory. Positions are those of the whole.
struct PicturePart {
  const Image* pixels = nullptr;
  int64_t left = 0;  // of the part, in the whole
  int64_t top = 0;
  int64_t whole_height = 0;
  int64_t whole_width = 0;

  PicturePart(const Image& whole)  // NOLINT: a whole picture is a part of itself
      : pixels(&whole), whole_height(whole.height), whole_width(whole.width) {}
  /// `place` is where the part lies in a picture of height x width.
  PicturePart(const Image& part, const PixelRect& place, int64_t height, int64_t width)
      : pixels(&part), left(place.left), top(place.top), whole_height(height), whole_width(width) {}
};

/// Pixels that are written: height rows of width RGB pixels.
struct Canvas {
  uint8_t* pixels = nullptr;
  int64_t height = 0;
  int64_t width = 0;
};

/// block_mean: where a map shrinks an axis of the picture by a factor of 2 or more, whole blocks
/// are averaged first, so that nothing flickers. none: plain bilinear sampling, as OpenCV's
/// INTER_LINEAR.
enum class Antialias { block_mean, none };

/// Samples the pixels of `out` that lie in `window` and whose centres lie in the picture; the
/// others stay as they are. `to_sample` maps picture to output pixels (the centre of pixel (0, 0)
/// is (0.5, 0.5)) and must be invertible. Bilinear, with the border repeated; weights are whole
/// numbers of 1/32768 and the steps between grey levels 1/64, so that every machine computes the
/// same bytes. The part must hold needed_part().
void warp_into(const PicturePart& picture, const Projection& to_sample, Antialias antialias,
               const PixelRect& window, Canvas out);

/// Pixels of a picture of height x width that hold all that warp_into reads; empty where it reads
/// none.
PixelRect needed_part(int64_t height, int64_t width, const Projection& to_sample,
                      Antialias antialias, const PixelRect& window);

/// Pixels of a block.
struct Blocks {
  int64_t width = 1;
  int64_t height = 1;
};
/// The mean of each block of pixels; those at the right and lower border may be smaller.
Image block_means(const Image& image, const Blocks& blocks);

/// The whole output; `fill` where there is no picture.
Image warp(const Image& image, const Projection& to_sample, int64_t height, int64_t width,
           std::array<uint8_t, 3> fill = {0, 0, 0}, Antialias antialias = Antialias::block_mean);

}  // namespace fovea
