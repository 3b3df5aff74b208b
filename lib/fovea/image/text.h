// Inside the image library: text as coverage, from libfovea_text.so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

/// How much of each pixel the ink of a line of text covers.
struct TextMask {
  int64_t height = 0;
  int64_t width = 0;
  std::vector<uint8_t> coverage = {};  // height * width, 255 is all of the pixel
};

/// The entry of libfovea_text.so, which alone links Pango: one line of UTF-8 text in a sans-serif
/// font of `size` pixels, cut with an ellipsis at `max_width` pixels.
using DrawText = void(std::string_view text, double size, int64_t max_width, TextMask& mask);
inline constexpr const char* kDrawTextName = "fovea_draw_text";

}  // namespace fovea
