// Boxes and contact sheets of pictures, for people to look at.
#pragma once

#include <cstdint>
#include <vector>

#include "fovea/image/image.h"

namespace fovea {

struct Color {
  uint8_t red = 0;
  uint8_t green = 0;
  uint8_t blue = 0;
  bool operator==(const Color&) const = default;
};

/// A colour for a label, neighbours clearly different; any label >= 0.
Color color_of(int64_t label);

/// Line thickness in pixels that suits a picture of this size.
int64_t line_thickness(const Image& image);

/// The outline of left..right x top..bottom in pixels; what lies outside the picture is cut off.
void draw_box(Image& image, double left, double top, double right, double bottom, Color color,
              int64_t thickness);

/// A contact sheet: pictures from left to right in rows of `columns`, each centred in a cell of the
/// largest one, `gap` pixels of white around and between. Error when `images` is empty.
Image tile(const std::vector<Image>& images, int64_t columns, int64_t gap);

}  // namespace fovea
