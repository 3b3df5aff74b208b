#include "fovea/curate/picture_sketch.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace fovea {
namespace {

constexpr int64_t kSide = PictureSketch::kSide;
constexpr int64_t kCosines = 8;  // lowest frequencies along each axis
// Standard deviation in grey levels of the thumbnail below which JPEG noise decides about it.
constexpr double kFlat = 2.0;

using Grid = std::array<double, kSide * kSide>;

/// A pixel's share in a cell of the thumbnail.
struct Share {
  int64_t pixel;
  double weight;
};

/// Which pixels make up each of kSide cells along an axis of `covered` pixels; weights of a cell
/// sum to 1.
std::vector<std::vector<Share>> shares_of(double covered, int64_t size) {
  std::vector<std::vector<Share>> cells(kSide);
  const double step = covered / static_cast<double>(kSide);
  for (int64_t cell = 0; cell < kSide; ++cell) {
    const double begin = step * static_cast<double>(cell);
    const double end = begin + step;
    const auto last = std::min(size - 1, static_cast<int64_t>(std::ceil(end)) - 1);
    for (auto pixel = static_cast<int64_t>(begin); pixel <= last; ++pixel) {
      const double low = std::max(begin, static_cast<double>(pixel));
      const double high = std::min(end, static_cast<double>(pixel + 1));
      if (high > low) cells[static_cast<size_t>(cell)].push_back({pixel, (high - low) / step});
    }
  }
  return cells;
}

/// The mean of each of kSide x kSide cells.
Grid shrink(const GreyImage& picture) {
  const auto rows = shares_of(picture.covered_height, picture.height);
  const auto columns = shares_of(picture.covered_width, picture.width);
  Grid grid = {};
  std::vector<double> line(static_cast<size_t>(picture.width));
  for (size_t v = 0; v < kSide; ++v) {
    std::fill(line.begin(), line.end(), 0.0);
    for (const Share& row : rows[v]) {
      const uint8_t* pixels = picture.pixels.data() + row.pixel * picture.width;
      for (size_t x = 0; x < line.size(); ++x) line[x] += row.weight * pixels[x];
    }
    for (size_t u = 0; u < kSide; ++u) {
      for (const Share& column : columns[u]) {
        grid[v * kSide + u] += column.weight * line[static_cast<size_t>(column.pixel)];
      }
    }
  }
  return grid;
}

double deviation_of(const Grid& grid) {
  double sum = 0;
  double squares = 0;
  for (const double value : grid) {
    sum += value;
    squares += value * value;
  }
  const double mean = sum / static_cast<double>(grid.size());
  return std::sqrt(std::max(0.0, squares / static_cast<double>(grid.size()) - mean * mean));
}

/// cos(pi / kSide * (x + 1/2) * u), by u and x.
const std::array<double, kCosines * kSide>& cosines() {
  static const auto table = [] {
    std::array<double, kCosines* kSide> cos = {};
    for (int64_t u = 0; u < kCosines; ++u) {
      for (int64_t x = 0; x < kSide; ++x) {
        const double angle = std::numbers::pi / static_cast<double>(kSide) *
                             (static_cast<double>(x) + 0.5) * static_cast<double>(u);
        cos[static_cast<size_t>(u * kSide + x)] = std::cos(angle);
      }
    }
    return cos;
  }();
  return table;
}

uint64_t hash_of(const Grid& grid) {
  const auto& cos = cosines();
  std::array<double, kCosines* kSide> rows = {};  // by u and y: cosines along x
  for (size_t u = 0; u < kCosines; ++u) {
    for (size_t y = 0; y < kSide; ++y) {
      for (size_t x = 0; x < kSide; ++x) {
        rows[u * kSide + y] += cos[u * kSide + x] * grid[y * kSide + x];
      }
    }
  }
  uint64_t hash = 0;
  for (size_t v = 0; v < kCosines; ++v) {
    for (size_t u = 0; u < kCosines; ++u) {
      double sum = 0;
      for (size_t y = 0; y < kSide; ++y) sum += cos[v * kSide + y] * rows[u * kSide + y];
      if (sum > 0 && (u != 0 || v != 0)) hash |= uint64_t{1} << (v * kCosines + u);
    }
  }
  return hash;
}

Thumbnail stretched(const Grid& grid) {
  const auto [low, high] = std::minmax_element(grid.begin(), grid.end());
  const double scale = *high > *low ? 255 / (*high - *low) : 0;
  Thumbnail thumbnail;
  std::transform(grid.begin(), grid.end(), thumbnail.begin(), [&](double value) {
    return static_cast<uint8_t>(std::lround((value - *low) * scale));
  });
  return thumbnail;
}

/// Products of the differences between neighbours along rows (step 1) or columns (step kSide).
struct Products {
  int64_t ab = 0;
  int64_t aa = 0;
  int64_t bb = 0;
};

void add_differences(const uint8_t* a, const uint8_t* b, int64_t step, int64_t count,
                     Products& total) {
  int32_t ab = 0;  // of one row: at most 32 * 255 * 255
  int32_t aa = 0;
  int32_t bb = 0;
  for (int64_t x = 0; x < count; ++x) {
    const int32_t da = a[x + step] - a[x];
    const int32_t db = b[x + step] - b[x];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  total.ab += ab;
  total.aa += aa;
  total.bb += bb;
}

}  // namespace

PictureSketch sketch_of(const GreyImage& picture) {
  const Grid grid = shrink(picture);
  return {
      .hash = hash_of(grid), .thumbnail = stretched(grid), .is_flat = deviation_of(grid) < kFlat};
}

uint64_t oriented(uint64_t hash, int orientation) {
  constexpr uint64_t kOddColumns = 0xAAAA'AAAA'AAAA'AAAA;
  constexpr uint64_t kOddRows = 0xFF00'FF00'FF00'FF00;
  if ((orientation & 1) != 0) hash ^= kOddColumns;
  if ((orientation & 2) != 0) hash ^= kOddRows;
  if ((orientation & 4) == 0) return hash;
  // Rows and columns of the 8 x 8 bits swap by exchanging the off-diagonal quarters, then those of
  // each quarter, and so on.
  const auto exchange = [&](int shift, uint64_t mask) {
    const uint64_t differing = (hash ^ (hash >> shift)) & mask;
    hash ^= differing ^ (differing << shift);
  };
  exchange(28, 0x0000'0000'F0F0'F0F0);
  exchange(14, 0x0000'CCCC'0000'CCCC);
  exchange(7, 0x00AA'00AA'00AA'00AA);
  return hash;
}

Thumbnail oriented(const Thumbnail& thumbnail, int orientation) {
  Thumbnail turned;
  for (int64_t y = 0; y < kSide; ++y) {
    for (int64_t x = 0; x < kSide; ++x) {
      int64_t column = (orientation & 4) != 0 ? y : x;
      int64_t row = (orientation & 4) != 0 ? x : y;
      if ((orientation & 1) != 0) column = kSide - 1 - column;
      if ((orientation & 2) != 0) row = kSide - 1 - row;
      turned[static_cast<size_t>(y * kSide + x)] =
          thumbnail[static_cast<size_t>(row * kSide + column)];
    }
  }
  return turned;
}

double likeness(const Thumbnail& a, const Thumbnail& b) {
  Products total;
  for (int64_t y = 0; y < kSide; ++y) {
    const uint8_t* row_a = a.data() + y * kSide;
    const uint8_t* row_b = b.data() + y * kSide;
    add_differences(row_a, row_b, 1, kSide - 1, total);
    if (y + 1 < kSide) add_differences(row_a, row_b, kSide, kSide, total);
  }
  if (total.aa == 0 || total.bb == 0) return 0;
  return static_cast<double>(total.ab) /
         std::sqrt(static_cast<double>(total.aa) * static_cast<double>(total.bb));
}

}  // namespace fovea
