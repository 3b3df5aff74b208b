// Text on pictures: the names of boxes, and lines of text. Error when the text library that comes
// with Fovea is missing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/image/draw.h"
#include "fovea/image/image.h"

namespace fovea {

/// The name of a box.
struct Tag {
  double left = 0;  // of the box, pixels of the picture
  double top = 0;
  double right = 0;
  double bottom = 0;
  std::string text = {};
  std::string short_text = {};  // instead, where there is no room for `text`; may be empty
  Color color = {};             // of the ground
};

/// Draws each name at its box, all of it inside the picture, where it hides no other name and as
/// little as possible of other boxes. The first ones have the choice; of the later ones a name is
/// drawn smaller, then short, and at last left out where there is no room, or where names cover a
/// fifth of the picture already. The size of the text suits the picture.
void draw_tags(Image& image, const std::vector<Tag>& tags);

/// UTF-8 text in lines of at most `max_width` pixels, its upper left corner at (x, y), cut with an
/// ellipsis at the end of the last line. What lies outside the picture is cut off.
struct TextBlock {
  double size = 12;  // pixels
  int64_t max_width = 1;
  int64_t max_lines = 1;
  Color ink = {};
};
/// Returns the height of the lines, pixels.
int64_t draw_text(Image& image, int64_t x, int64_t y, std::string_view text,
                  const TextBlock& block);

/// Whether the fonts of this machine have all letters of `text`; boxes are drawn for others.
bool can_be_drawn(std::string_view text);

}  // namespace fovea
