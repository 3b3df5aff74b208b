// The inner loops over pixels, written once with Highway and chosen for the processor at run time
// (SSE4, AVX2, AVX-512, NEON). Whole numbers throughout: every processor computes the same bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace fovea {

// Grey levels in between two neighbours carry kFraction more bits than a byte; weights are in
// 1/2^15.
inline constexpr int kFraction = 6;
inline constexpr int kWeightBits = 15;
inline constexpr int kColourBits = 11;  // of a factor of a ColourMap
inline constexpr int kOffsetBits = 3;   // of its offsets

/// out[i] = (a[i] (1 - w) + b[i] w) 2^kFraction, i < count. `out` has room for 64 more.
void blend_rows(const uint8_t* a, const uint8_t* b, int16_t weight, int16_t* out, size_t count);

/// Pixel i of `out` blends the pixels at row + first[i] and at row + first[i] + 3 by weights[4 i]
/// (four times the same). `row`, `first` and `weights` can be read for four pixels more.
void blend_columns(const int16_t* row, const int32_t* first, const int16_t* weights, uint8_t* out,
                   size_t count);

/// What a pixel of the output blends: 2 x 2 pixels, the upper left one at `first`, the ones below
/// `below` bytes after it.
struct Corner {
  int32_t first;
  int32_t below;
  int16_t weight_x;
  int16_t weight_y;
};
/// Of each corner 8 bytes are read in two rows.
void blend_corners(const uint8_t* pixels, const Corner* corners, uint8_t* out, size_t count);

/// out[i] = the sum of rows[k][i] weights[k] / 2^15 over `taps` rows; the weights add up to 2^15 -
/// 1 or less. Of each row 64 bytes more are read, and written to `out`.
void weigh_rows(const uint8_t* const* rows, const int16_t* weights, size_t taps, uint8_t* out,
                size_t count);

/// Blocks side by side, of less than 256 pixels each.
struct BlockRow {
  size_t blocks = 0;
  size_t width = 1;  // of a block
  size_t height = 1;
};
/// out: the RGB mean of each block, rounded. `from` is the first pixel of lines of `row_bytes`;
/// `sums` has room for blocks * width * 6 words.
void mean_blocks(const uint8_t* from, size_t row_bytes, const BlockRow& row, uint16_t* sums,
                 uint8_t* out);

/// RGB -> RGB: three rows of three factors (below 16 in size) and an offset in grey levels.
using ColourMap = std::array<double, 12>;
/// The whole numbers that recolour() reckons with: factors times 2^kColourBits, offsets and the
/// half that rounds times 2^kOffsetBits.
std::array<int16_t, 12> fixed_colours(const ColourMap& map);
/// Rounded to the nearest level within 1/4, and clamped.
void recolour(const ColourMap& map, uint8_t* pixels, size_t count);

/// pixels[i] becomes a blend with other[i] of this share, 0 to 1.
void blend_into(uint8_t* pixels, const uint8_t* other, double share, size_t bytes);

/// `count` pixels of one colour.
void fill_pixels(uint8_t* pixels, const std::array<uint8_t, 3>& colour, size_t count);

}  // namespace fovea
