#include "fovea/image/pixel_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>

// The part of this file up to HWY_ONCE is compiled once for each kind of processor.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fovea/image/pixel_kernels.cpp"
#include <hwy/foreach_target.h>
// Must come after it.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Words = hn::ScalableTag<int16_t>;
using Bytes = hn::Rebind<uint8_t, Words>;
using EightWords = hn::Simd<int16_t, 8, 0>;
using FourWords = hn::Simd<int16_t, 4, 0>;
using EightBytes = hn::Simd<uint8_t, 8, 0>;
using SixteenBytes = hn::Simd<uint8_t, 16, 0>;

/// Between a and b, which are less than 2^15 apart.
template <class V>
HWY_INLINE V blend(V a, V b, V weight) {
  return hn::Add(a, hn::MulFixedPoint15(hn::Sub(b, a), weight));
}

/// Four pixels of four words with a fraction each, the fourth one of no meaning, as 12 bytes (16
/// are written).
template <class V>
HWY_INLINE void store_four(V first_two, V last_two, uint8_t* out) {
  const EightWords words;
  const EightBytes bytes;
  const SixteenBytes all;
  alignas(16) static constexpr uint8_t kPlaces[16] = {0,  1,  2,  4,  5,  6,  8,  9,
                                                      10, 12, 13, 14, 15, 15, 15, 15};
  const auto half = hn::Set(words, 1 << (kFraction - 1));
  const auto low = hn::ShiftRight<kFraction>(hn::Add(first_two, half));
  const auto high = hn::ShiftRight<kFraction>(hn::Add(last_two, half));
  const auto packed = hn::Combine(all, hn::DemoteTo(bytes, high), hn::DemoteTo(bytes, low));
  hn::StoreU(hn::TableLookupBytes(packed, hn::Load(all, kPlaces)), all, out);
}

void BlendRows(const uint8_t* a, const uint8_t* b, int16_t weight, int16_t* out, size_t count) {
  const Words words;
  const Bytes bytes;
  const auto w = hn::Set(words, weight);
  for (size_t i = 0; i < count; i += hn::Lanes(words)) {
    const auto above = hn::ShiftLeft<kFraction>(hn::PromoteTo(words, hn::LoadU(bytes, a + i)));
    const auto below = hn::ShiftLeft<kFraction>(hn::PromoteTo(words, hn::LoadU(bytes, b + i)));
    hn::StoreU(blend(above, below, w), words, out + i);
  }
}

/// Two pixels of a row, four words each.
HWY_INLINE auto two_pixels(const int16_t* first, const int16_t* second) {
  const FourWords four;
  return hn::Combine(EightWords(), hn::LoadU(four, second), hn::LoadU(four, first));
}

void BlendColumns(const int16_t* row, const int32_t* first, const int16_t* weights, uint8_t* out,
                  size_t count) {
  const EightWords words;
  for (size_t i = 0; i < count; i += 4, out += 12) {
    const int16_t* p[4] = {row + first[i], row + first[i + 1], row + first[i + 2],
                           row + first[i + 3]};
    const auto low = blend(two_pixels(p[0], p[1]), two_pixels(p[0] + 3, p[1] + 3),
                           hn::LoadU(words, weights + 4 * i));
    const auto high = blend(two_pixels(p[2], p[3]), two_pixels(p[2] + 3, p[3] + 3),
                            hn::LoadU(words, weights + 4 * i + 8));
    store_four(low, high, out);
  }
}

HWY_INLINE auto blended_corner(const uint8_t* pixels, const Corner& corner) {
  const EightWords words;
  const EightBytes bytes;
  const FourWords four;
  const uint8_t* at = pixels + corner.first;
  const auto top = hn::ShiftLeft<kFraction>(hn::PromoteTo(words, hn::LoadU(bytes, at)));
  const auto bottom =
      hn::ShiftLeft<kFraction>(hn::PromoteTo(words, hn::LoadU(bytes, at + corner.below)));
  const auto column = blend(top, bottom, hn::Set(words, corner.weight_y));
  const auto right = hn::ShiftRightBytes<6>(words, column);  // the next pixel
  return hn::LowerHalf(four, blend(column, right, hn::Set(words, corner.weight_x)));
}

void BlendCorners(const uint8_t* pixels, const Corner* corners, uint8_t* out, size_t count) {
  const EightWords words;
  for (size_t i = 0; i < count; i += 4, out += 12) {
    const Corner* c = corners + i;
    const auto low = hn::Combine(words, blended_corner(pixels, c[1]), blended_corner(pixels, c[0]));
    const auto high =
        hn::Combine(words, blended_corner(pixels, c[3]), blended_corner(pixels, c[2]));
    store_four(low, high, out);
  }
}

void WeighRows(const uint8_t* const* rows, const int16_t* weights, size_t taps, uint8_t* out,
               size_t count) {
  const Words words;
  const Bytes bytes;
  for (size_t i = 0; i < count; i += hn::Lanes(words)) {
    auto sum = hn::Set(words, 64);
    for (size_t k = 0; k < taps; ++k) {
      const auto value = hn::ShiftLeft<7>(hn::PromoteTo(words, hn::LoadU(bytes, rows[k] + i)));
      sum = hn::SaturatedAdd(sum, hn::MulFixedPoint15(value, hn::Set(words, weights[k])));
    }
    hn::StoreU(hn::DemoteTo(bytes, hn::ShiftRight<7>(sum)), bytes, out + i);
  }
}

// Plain loops, of which the compiler makes vector instructions for each kind of processor.
void MeanBlocks(const uint8_t* from, size_t row_bytes, const BlockRow& row, uint16_t* sums,
                uint8_t* out) {
  const size_t bytes = row.blocks * row.width * 3;
  for (size_t i = 0; i < bytes; ++i) sums[i] = from[i];
  for (size_t y = 1; y < row.height; ++y) {
    const uint8_t* line = from + y * row_bytes;
    for (size_t i = 0; i < bytes; ++i) sums[i] = static_cast<uint16_t>(sums[i] + line[i]);
  }
  // Each place with those of the same colour to its right, also where no block begins.
  uint16_t* const wide = sums + bytes;
  const size_t places = bytes - (row.width - 1) * 3;
  for (size_t i = 0; i < places; ++i) wide[i] = sums[i];
  for (size_t x = 1; x < row.width; ++x) {
    const uint16_t* right = sums + 3 * x;
    for (size_t i = 0; i < places; ++i) wide[i] = static_cast<uint16_t>(wide[i] + right[i]);
  }
  const auto count = static_cast<uint32_t>(row.width * row.height);
  const uint32_t inverse = (1U << 24) / count + 1;  // exact below 256 pixels a block
  auto* const means = reinterpret_cast<uint8_t*>(sums);
  for (size_t i = 0; i < places; ++i) {
    means[i] = static_cast<uint8_t>(((wide[i] + count / 2) * inverse) >> 24);
  }
  for (size_t k = 0; k < row.blocks; ++k) {
    std::memcpy(out + 3 * k, means + 3 * row.width * k, 3);
  }
}

template <class V>
HWY_INLINE auto coloured(const int16_t* m, V red, V green, V blue) {
  const Words words;
  const Bytes bytes;
  auto sum = hn::SaturatedAdd(hn::Set(words, m[3]), hn::MulFixedPoint15(red, hn::Set(words, m[0])));
  sum = hn::SaturatedAdd(sum, hn::MulFixedPoint15(green, hn::Set(words, m[1])));
  sum = hn::SaturatedAdd(sum, hn::MulFixedPoint15(blue, hn::Set(words, m[2])));
  return hn::DemoteTo(bytes, hn::ShiftRight<kOffsetBits>(sum));
}

/// m: factors in 1/2^11, offsets in 1/8 grey level with the half that rounds.
void Recolour(const int16_t* m, uint8_t* pixels, size_t count) {
  const Words words;
  const Bytes bytes;
  const size_t lanes = hn::Lanes(words);
  const auto step = [&](uint8_t* at) {
    hn::Vec<Bytes> r, g, b;
    hn::LoadInterleaved3(bytes, at, r, g, b);
    const auto red = hn::ShiftLeft<7>(hn::PromoteTo(words, r));
    const auto green = hn::ShiftLeft<7>(hn::PromoteTo(words, g));
    const auto blue = hn::ShiftLeft<7>(hn::PromoteTo(words, b));
    hn::StoreInterleaved3(coloured(m, red, green, blue), coloured(m + 4, red, green, blue),
                          coloured(m + 8, red, green, blue), bytes, at);
  };
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) step(pixels + 3 * i);
  if (i == count) return;
  HWY_ALIGN uint8_t rest[3 * hn::MaxLanes(words)] = {};
  std::memcpy(rest, pixels + 3 * i, 3 * (count - i));
  step(rest);
  std::memcpy(pixels + 3 * i, rest, 3 * (count - i));
}

void BlendInto(uint8_t* pixels, const uint8_t* other, int16_t weight, size_t count) {
  const Words words;
  const Bytes bytes;
  const auto w = hn::Set(words, weight);
  const auto half = hn::Set(words, 1 << (kFraction - 1));
  const auto step = [&](uint8_t* a, const uint8_t* b) {
    const auto mine = hn::ShiftLeft<kFraction>(hn::PromoteTo(words, hn::LoadU(bytes, a)));
    const auto its = hn::ShiftLeft<kFraction>(hn::PromoteTo(words, hn::LoadU(bytes, b)));
    const auto both = hn::ShiftRight<kFraction>(hn::Add(blend(mine, its, w), half));
    hn::StoreU(hn::DemoteTo(bytes, both), bytes, a);
  };
  size_t i = 0;
  for (; i + hn::Lanes(words) <= count; i += hn::Lanes(words)) step(pixels + i, other + i);
  if (i == count) return;
  HWY_ALIGN uint8_t mine[hn::MaxLanes(words)] = {};
  HWY_ALIGN uint8_t its[hn::MaxLanes(words)] = {};
  std::memcpy(mine, pixels + i, count - i);
  std::memcpy(its, other + i, count - i);
  step(mine, its);
  std::memcpy(pixels + i, mine, count - i);
}

}  // namespace
}  // namespace fovea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea {
namespace {

HWY_EXPORT(BlendRows);
HWY_EXPORT(BlendColumns);
HWY_EXPORT(BlendCorners);
HWY_EXPORT(WeighRows);
HWY_EXPORT(MeanBlocks);
HWY_EXPORT(Recolour);
HWY_EXPORT(BlendInto);

int16_t fixed(double value, int bits) {
  return static_cast<int16_t>(
      std::clamp<long>(std::lround(std::ldexp(value, bits)), -32768, 32767));
}

}  // namespace

void blend_rows(const uint8_t* a, const uint8_t* b, int16_t weight, int16_t* out, size_t count) {
  HWY_DYNAMIC_DISPATCH(BlendRows)(a, b, weight, out, count);
}

void blend_columns(const int16_t* row, const int32_t* first, const int16_t* weights, uint8_t* out,
                   size_t count) {
  HWY_DYNAMIC_DISPATCH(BlendColumns)(row, first, weights, out, count);
}

void blend_corners(const uint8_t* pixels, const Corner* corners, uint8_t* out, size_t count) {
  HWY_DYNAMIC_DISPATCH(BlendCorners)(pixels, corners, out, count);
}

void weigh_rows(const uint8_t* const* rows, const int16_t* weights, size_t taps, uint8_t* out,
                size_t count) {
  HWY_DYNAMIC_DISPATCH(WeighRows)(rows, weights, taps, out, count);
}

void mean_blocks(const uint8_t* from, size_t row_bytes, const BlockRow& row, uint16_t* sums,
                 uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(MeanBlocks)(from, row_bytes, row, sums, out);
}

std::array<int16_t, 12> fixed_colours(const ColourMap& map) {
  std::array<int16_t, 12> m = {};
  for (size_t i = 0; i < 12; ++i) {
    const bool is_offset = i % 4 == 3;
    m[i] = is_offset ? fixed(map[i] + 0.5, kOffsetBits) : fixed(map[i], kColourBits);
  }
  return m;
}

void recolour(const ColourMap& map, uint8_t* pixels, size_t count) {
  HWY_DYNAMIC_DISPATCH(Recolour)(fixed_colours(map).data(), pixels, count);
}

void blend_into(uint8_t* pixels, const uint8_t* other, double share, size_t bytes) {
  HWY_DYNAMIC_DISPATCH(BlendInto)(pixels, other, fixed(share, kWeightBits), bytes);
}

void fill_pixels(uint8_t* pixels, const std::array<uint8_t, 3>& colour, size_t count) {
  if (colour[0] == colour[1] && colour[1] == colour[2]) {
    std::memset(pixels, colour[0], 3 * count);
    return;
  }
  for (size_t i = 0; i < count; ++i) std::memcpy(pixels + 3 * i, colour.data(), 3);
}

}  // namespace fovea
#endif
