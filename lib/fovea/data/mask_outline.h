// From the pixels of a mask to COCO's segmentation.
#pragma once

#include <cstdint>
#include <vector>

#include "fovea/data/vocabulary.h"

namespace fovea {

/// Which pixels belong to an object: height * width, row by row, 0 or not.
struct PixelMask {
  int64_t height = 0;
  int64_t width = 0;
  std::vector<uint8_t> on = {};
  int64_t area() const;
  Box bounds() const;  ///< the smallest box of whole pixels around it; all 0 when it is empty
};

/// The runs of the mask.
Rle runs_of(const PixelMask& mask);

/// One polygon along the pixel edges for each part of the mask, which pycocotools turns back into
/// exactly these pixels; none at all when a part has a hole, which polygons cannot say.
std::vector<std::vector<double>> outlines_of(const PixelMask& mask);

}  // namespace fovea
