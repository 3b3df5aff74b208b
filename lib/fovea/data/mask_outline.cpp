#include "fovea/data/mask_outline.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace fovea {
namespace {

/// The parts of a mask whose pixels touch along edges: 0 off, otherwise the number of the part.
struct Parts {
  int64_t height;
  int64_t width;
  std::vector<int32_t> number;
  std::vector<int64_t> first;  // place of each part's first pixel, row by row
  std::vector<int64_t> size;   // pixels
  bool has(int64_t x, int64_t y, int32_t part) const {
    return x >= 0 && y >= 0 && x < width && y < height &&
           number[static_cast<size_t>(y * width + x)] == part;
  }
};

void flood(const PixelMask& mask, int64_t start, Parts& parts) {
  const auto part = static_cast<int32_t>(parts.first.size() + 1);
  const auto is_new = [&](int64_t x, int64_t y) {
    return parts.has(x, y, 0) && mask.on[static_cast<size_t>(y * mask.width + x)] != 0;
  };
  std::vector<int64_t> open = {start};
  parts.number[static_cast<size_t>(start)] = part;
  int64_t size = 0;
  while (!open.empty()) {
    const int64_t x = open.back() % mask.width;
    const int64_t y = open.back() / mask.width;
    open.pop_back();
    ++size;
    for (const auto& [dx, dy] : {std::pair(1, 0), {-1, 0}, {0, 1}, {0, -1}}) {
      if (!is_new(x + dx, y + dy)) continue;
      open.push_back((y + dy) * mask.width + x + dx);
      parts.number[static_cast<size_t>(open.back())] = part;
    }
  }
  parts.first.push_back(start);
  parts.size.push_back(size);
}

Parts parts_of(const PixelMask& mask) {
  Parts parts{mask.height, mask.width, std::vector<int32_t>(mask.on.size()), {}, {}};
  for (size_t i = 0; i < mask.on.size(); ++i) {
    if (mask.on[i] != 0 && parts.number[i] == 0) flood(mask, static_cast<int64_t>(i), parts);
  }
  return parts;
}

/// Walks around a part clockwise, its pixels to the right, from the upper left corner of its first
/// pixel; corners only where the way turns.
std::vector<double> outline(const Parts& parts, int32_t part) {
  const int64_t start = parts.first[static_cast<size_t>(part - 1)];
  const int64_t start_x = start % parts.width;
  const int64_t start_y = start / parts.width;
  int64_t x = start_x;
  int64_t y = start_y;
  int64_t dx = 1;
  int64_t dy = 0;
  std::vector<double> corners;
  do {
    corners.insert(corners.end(), {static_cast<double>(x), static_cast<double>(y)});
    bool turned = false;
    while (!turned) {
      x += dx;
      y += dy;
      // The two pixels ahead of the corner (x, y), to the right and to the left of the way.
      const int64_t right_x = x + (dx - dy - 1) / 2;
      const int64_t right_y = y + (dx + dy - 1) / 2;
      const bool right = parts.has(right_x, right_y, part);
      const bool left = parts.has(right_x + dy, right_y - dx, part);
      turned = !right || left;
      if (!right) {
        std::tie(dx, dy) = std::pair(-dy, dx);
      } else if (left) {
        std::tie(dx, dy) = std::pair(dy, -dx);
      }
    }
  } while (x != start_x || y != start_y || dx != 1);
  return corners;
}

/// Area inside a polygon of whole numbers (the shoelace formula).
int64_t enclosed(const std::vector<double>& xy) {
  double twice = 0;
  for (size_t i = 0; i < xy.size(); i += 2) {
    const size_t j = (i + 2) % xy.size();
    twice += xy[i] * xy[j + 1] - xy[j] * xy[i + 1];
  }
  return static_cast<int64_t>(twice / 2);
}

}  // namespace

std::vector<std::vector<double>> outlines_of(const PixelMask& mask) {
  const Parts parts = parts_of(mask);
  std::vector<std::vector<double>> polygons;
  for (size_t i = 0; i < parts.first.size(); ++i) {
    polygons.push_back(outline(parts, static_cast<int32_t>(i + 1)));
    if (enclosed(polygons.back()) != parts.size[i]) return {};
  }
  return polygons;
}

}  // namespace fovea
