// From the pixels of a mask to COCO's segmentation.
#pragma once

#include <vector>

#include "fovea/data/rle.h"

namespace fovea {

/// One polygon along the pixel edges for each part of the mask, which pycocotools turns back into
/// exactly these pixels; none at all when a part has a hole, which polygons cannot say.
std::vector<std::vector<double>> outlines_of(const PixelMask& mask);

/// The edges of all parts and of their holes, in the order of their first pixels: one polygon each,
/// which enclose the mask together, by the even-odd rule.
std::vector<std::vector<double>> edges_of(const PixelMask& mask);

}  // namespace fovea
