// Inside the image library: text as coverage, from libfovea_text.so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

/// How much of each pixel the ink of a text covers.
struct TextMask {
  int64_t height = 0;
  int64_t width = 0;
  std::vector<uint8_t> coverage = {};  // height * width, 255 is all of the pixel
  int64_t unknown_letters = 0;         // that no font has: boxes are drawn for them
};

/// The room of a text.
struct TextRoom {
  double size = 12;       // of the font, pixels
  int64_t max_width = 1;  // pixels; what is longer goes on in the next line
  int64_t max_lines = 1;  // the last one ends in an ellipsis where the text does not fit
};

/// The entry of libfovea_text.so, which alone links Pango: UTF-8 text in a sans-serif font.
using DrawText = void(std::string_view text, const TextRoom& room, TextMask& mask);
inline constexpr const char* kDrawTextName = "fovea_draw_text";

}  // namespace fovea
