// Boxes under maps.
#pragma once

#include "fovea/core/options.h"
#include "fovea/data/vocabulary.h"
#include "fovea/image/image.h"
#include "fovea/image/projection.h"

namespace fovea {

Box whole_of(ImageSize picture);  ///< a picture as a box
Box box_of(const PixelRect& rect);
double area_of(const Box& box);
/// What both hold, with sides of 0 when there is nothing.
Box common_part(const Box& a, const Box& b);
/// A box in sample pixels -> the box in file pixels, clipped to the file's picture.
Box to_file(const Frame& frame, const Box& box);
/// The bounding box of the four mapped corners.
Box map_box(const Projection& map, const Box& box);

}  // namespace fovea
