#include "fovea/image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace fovea {
namespace {

constexpr int32_t kOne = 2048;  // the weight 1: 2 x 11 bits and 8 bits of grey fit 31
constexpr int32_t kHalf = kOne * kOne / 2;
constexpr int kShift = 22;

/// Pixels to sample from. Blocks at the right and lower border may be cut: the extent in pixels
/// that the picture really covers is then a fraction.
struct Pixels {
  const uint8_t* data = nullptr;
  int64_t height = 0;
  int64_t width = 0;
  double covered_height = 0;
  double covered_width = 0;
};

/// The two neighbours that one output place blends along one axis.
struct Tap {
  int32_t first = 0;
  int32_t second = 0;
  int32_t weight = 0;   // of second, 0..kOne; of first kOne - weight
  bool inside = false;  // the centre lies in the picture
};

/// `position` in input pixels, whose centres are at k + 0.5; the border is repeated.
Tap tap_at(double position, int64_t size, double covered) {
  if (!(position >= 0 && position < covered)) return {};
  const double place = std::clamp(position - 0.5, 0.0, static_cast<double>(size - 1));
  const auto first = static_cast<int32_t>(place);
  const auto weight = static_cast<int32_t>((place - first) * kOne + 0.5);  // NOLINT: not negative
  const auto last = static_cast<int32_t>(size - 1);
  return {first, std::min(first + 1, last), weight, true};
}

std::vector<Tap> taps(double scale, double offset, int64_t count, int64_t size, double covered) {
  std::vector<Tap> all(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const double position = scale * (static_cast<double>(i) + 0.5) + offset;
    all[static_cast<size_t>(i)] = tap_at(position, size, covered);
  }
  return all;
}

void fill_pixels(uint8_t* to, int64_t count, const std::array<uint8_t, 3>& fill) {
  for (int64_t i = 0; i < count; ++i, to += 3) std::memcpy(to, fill.data(), 3);
}

/// First and last + 1 of the taps that are inside; an affine map keeps them together.
std::pair<int64_t, int64_t> inside_range(const std::vector<Tap>& all) {
  const auto inside = [](const Tap& tap) { return tap.inside; };
  const auto first = std::ranges::find_if(all, inside);
  const auto last = std::find_if_not(first, all.end(), inside);
  return {first - all.begin(), last - all.begin()};
}

/// Rows of the input blended along x, kept for the next output row that needs them.
class BlendedRows {
 public:
  BlendedRows(const Pixels& in, const std::vector<Tap>& columns, int64_t begin, int64_t end)
      : in_(in), columns_(columns), begin_(begin), end_(end) {
    for (auto& row : rows_) row.resize(static_cast<size_t>(end - begin) * 3);
  }
  const int32_t* row(int32_t y) {
    const size_t slot = static_cast<size_t>(y) & 1;  // neighbours never share a slot
    if (held_[slot] != y) {
      blend(in_.data + y * in_.width * 3, rows_[slot].data());
      held_[slot] = y;
    }
    return rows_[slot].data();
  }

 private:
  void blend(const uint8_t* from, int32_t* to) const {
    for (int64_t i = begin_; i < end_; ++i, to += 3) {
      const Tap& tap = columns_[static_cast<size_t>(i)];
      const uint8_t* a = from + static_cast<int64_t>(tap.first) * 3;
      const uint8_t* b = from + static_cast<int64_t>(tap.second) * 3;
      const int32_t rest = kOne - tap.weight;
      for (int c = 0; c < 3; ++c) to[c] = a[c] * rest + b[c] * tap.weight;
    }
  }
  const Pixels& in_;
  const std::vector<Tap>& columns_;
  int64_t begin_;
  int64_t end_;
  std::array<std::vector<int32_t>, 2> rows_;
  std::array<int32_t, 2> held_ = {-1, -1};
};

/// Axis-aligned maps: rows and columns are sampled separately.
void sample_aligned(const Pixels& in, const Affine& to_input, int64_t height, int64_t width,
                    const std::array<uint8_t, 3>& fill, uint8_t* out) {
  const auto columns = taps(to_input[0], to_input[2], width, in.width, in.covered_width);
  const auto lines = taps(to_input[4], to_input[5], height, in.height, in.covered_height);
  const auto [begin, end] = inside_range(columns);
  BlendedRows rows(in, columns, begin, end);
  for (int64_t y = 0; y < height; ++y) {
    uint8_t* to = out + y * width * 3;
    const Tap& line = lines[static_cast<size_t>(y)];
    if (!line.inside || begin == end) {
      fill_pixels(to, width, fill);
      continue;
    }
    fill_pixels(to, begin, fill);
    const int32_t* a = rows.row(line.first);
    const int32_t* b = rows.row(line.second);
    const int32_t rest = kOne - line.weight;
    const int64_t count = (end - begin) * 3;
    for (int64_t i = 0; i < count; ++i) {
      to[begin * 3 + i] =
          static_cast<uint8_t>((a[i] * rest + b[i] * line.weight + kHalf) >> kShift);
    }
    fill_pixels(to + end * 3, width - end, fill);
  }
}

/// Any other map, pixel by pixel.
void sample_general(const Pixels& in, const Affine& to_input, int64_t height, int64_t width,
                    const std::array<uint8_t, 3>& fill, uint8_t* out) {
  for (int64_t y = 0; y < height; ++y) {
    const double v = static_cast<double>(y) + 0.5;
    for (int64_t x = 0; x < width; ++x, out += 3) {
      const double u = static_cast<double>(x) + 0.5;
      const Tap column =
          tap_at(to_input[0] * u + to_input[1] * v + to_input[2], in.width, in.covered_width);
      const Tap line =
          tap_at(to_input[3] * u + to_input[4] * v + to_input[5], in.height, in.covered_height);
      if (!column.inside || !line.inside) {
        fill_pixels(out, 1, fill);
        continue;
      }
      const uint8_t* above = in.data + line.first * in.width * 3;
      const uint8_t* below = in.data + line.second * in.width * 3;
      const int64_t left = static_cast<int64_t>(column.first) * 3;
      const int64_t right = static_cast<int64_t>(column.second) * 3;
      const int32_t rest = kOne - column.weight;
      for (int64_t c = 0; c < 3; ++c) {
        const int32_t top = above[left + c] * rest + above[right + c] * column.weight;
        const int32_t bottom = below[left + c] * rest + below[right + c] * column.weight;
        const int32_t sum = top * (kOne - line.weight) + bottom * line.weight;
        out[c] = static_cast<uint8_t>((sum + kHalf) >> kShift);
      }
    }
  }
}

/// One row of blocks from the sums of their columns.
void average_row(const std::vector<uint32_t>& sums, int64_t columns, int64_t width, int64_t rows,
                 int64_t factor, uint8_t* to) {
  const uint32_t* from = sums.data();
  for (int64_t i = 0; i < columns; ++i) {
    const int64_t size = std::min(factor, width - i * factor);
    const auto count = static_cast<uint32_t>(size * rows);
    std::array<uint32_t, 3> sum = {count / 2, count / 2, count / 2};
    for (int64_t x = 0; x < size; ++x, from += 3) {
      for (size_t c = 0; c < 3; ++c) sum[c] += from[c];
    }
    for (size_t c = 0; c < 3; ++c) *to++ = static_cast<uint8_t>(sum[c] / count);
  }
}

/// Blocks of factor_y x factor_x pixels averaged; those at the right and lower border may be
/// smaller.
Image averaged(const Image& image, int64_t factor_y, int64_t factor_x) {
  Image small{.height = (image.height + factor_y - 1) / factor_y,
              .width = (image.width + factor_x - 1) / factor_x};
  small.pixels.resize(static_cast<size_t>(small.height * small.width * 3));
  std::vector<uint32_t> sums(static_cast<size_t>(image.width) * 3);  // of a column of a block
  for (int64_t y = 0; y < small.height; ++y) {
    const int64_t begin = y * factor_y;
    const int64_t end = std::min(begin + factor_y, image.height);
    std::ranges::fill(sums, 0U);
    for (int64_t row = begin; row < end; ++row) {
      const uint8_t* from = image.at(0, row);
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += from[i];
    }
    average_row(sums, small.width, image.width, end - begin, factor_x, small.at(0, y));
  }
  return small;
}

/// By which whole factor an axis of the input shrinks that a step of length `step` maps to.
int64_t shrink_factor(double step_x, double step_y, int64_t size) {
  const double length = std::sqrt(step_x * step_x + step_y * step_y);
  const double shrink = 1 / length + 1e-9;  // 2 means 2, also after rounding
  return shrink < 2 ? 1 : static_cast<int64_t>(std::min(shrink, static_cast<double>(size)));
}

}  // namespace

void warp_into(const Image& image, const Affine& to_sample, int64_t height, int64_t width,
               std::array<uint8_t, 3> fill, uint8_t* out) {
  if (image.pixels.empty()) throw std::invalid_argument("warp: the image has no pixels");
  Affine to_input = inverse(to_sample);
  const int64_t factor_x = shrink_factor(to_sample[0], to_sample[3], image.width);
  const int64_t factor_y = shrink_factor(to_sample[1], to_sample[4], image.height);
  Pixels in{image.pixels.data(), image.height, image.width, static_cast<double>(image.height),
            static_cast<double>(image.width)};
  Image small;
  if (factor_x > 1 || factor_y > 1) {
    small = averaged(image, factor_y, factor_x);
    const auto fx = static_cast<double>(factor_x);
    const auto fy = static_cast<double>(factor_y);
    in = {small.pixels.data(), small.height, small.width, in.covered_height / fy,
          in.covered_width / fx};
    for (size_t i = 0; i < 3; ++i) {
      to_input[i] /= fx;
      to_input[i + 3] /= fy;
    }
  }
  if (to_input[1] == 0 && to_input[3] == 0) {
    sample_aligned(in, to_input, height, width, fill, out);
  } else {
    sample_general(in, to_input, height, width, fill, out);
  }
}

Image warp(const Image& image, const Affine& to_sample, int64_t height, int64_t width,
           std::array<uint8_t, 3> fill) {
  Image out{.height = height, .width = width};
  out.pixels.resize(static_cast<size_t>(height * width * 3));
  warp_into(image, to_sample, height, width, fill, out.pixels.data());
  return out;
}

}  // namespace fovea
