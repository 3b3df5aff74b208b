// Areas, lines, discs and transparent pixels on pictures. What lies outside the picture is cut off,
// and a position that is no number draws nothing.
#pragma once

#include <cstdint>

#include "fovea/image/draw.h"
#include "fovea/image/image.h"

namespace fovea {

/// left..right x top..bottom, rounded to whole pixels.
void fill_rectangle(Image& image, double left, double top, double right, double bottom,
                    Color color);

/// `opacity` 0..1 of the colour over pixel (x, y).
void blend(Image& image, int64_t x, int64_t y, Color color, double opacity);

/// A line of `thickness` pixels with round ends.
void draw_line(Image& image, double x0, double y0, double x1, double y1, Color color,
               double thickness);

void draw_disc(Image& image, double x, double y, double radius, Color color);

/// The outline of left..right x top..bottom in dashes, twice as long as the gaps between them.
void draw_dashed_box(Image& image, double left, double top, double right, double bottom,
                     Color color, int64_t thickness);

}  // namespace fovea
