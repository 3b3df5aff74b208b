#include "fovea/data/mask_outline.h"

#include <cstdint>
#include <iterator>
#include <tuple>
#include <utility>

namespace fovea {
namespace {

/// The parts of a mask whose pixels touch along edges: 0 off, otherwise the number of the part.
struct Parts {
  int64_t height;
  int64_t width;
  std::vector<int32_t> number;
  int64_t count = 0;  // of parts
  bool has(int64_t x, int64_t y, int32_t part) const {
    return x >= 0 && y >= 0 && x < width && y < height &&
           number[static_cast<size_t>(y * width + x)] == part;
  }
};

void flood(const PixelMask& mask, int64_t start, Parts& parts) {
  const auto part = static_cast<int32_t>(++parts.count);
  const auto is_new = [&](int64_t x, int64_t y) {
    return parts.has(x, y, 0) && mask.on[static_cast<size_t>(y * mask.width + x)] != 0;
  };
  std::vector<int64_t> open = {start};
  parts.number[static_cast<size_t>(start)] = part;
  while (!open.empty()) {
    const int64_t x = open.back() % mask.width;
    const int64_t y = open.back() / mask.width;
    open.pop_back();
    for (const auto& [dx, dy] : {std::pair(1, 0), {-1, 0}, {0, 1}, {0, -1}}) {
      if (!is_new(x + dx, y + dy)) continue;
      open.push_back((y + dy) * mask.width + x + dx);
      parts.number[static_cast<size_t>(open.back())] = part;
    }
  }
}

Parts parts_of(const PixelMask& mask) {
  Parts parts{mask.height, mask.width, std::vector<int32_t>(mask.on.size())};
  for (size_t i = 0; i < mask.on.size(); ++i) {
    if (mask.on[i] != 0 && parts.number[i] == 0) flood(mask, static_cast<int64_t>(i), parts);
  }
  return parts;
}

/// Walks along an edge of a part, its pixels to the right, from the upper left corner of a pixel at
/// which the way turns: clockwise around the part, or the other way around a hole. Corners only
/// where the way turns. Marks the pixels whose upper sides were passed.
std::vector<double> edge(const Parts& parts, int64_t start, std::vector<char>& passed) {
  const int32_t part = parts.number[static_cast<size_t>(start)];
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
      if (dx == 1) passed[static_cast<size_t>(y * parts.width + x)] = 1;
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

/// Every edge has a pixel without one of its part above it; the first such in a row begins there.
std::vector<std::vector<double>> edges_of(const Parts& parts) {
  std::vector<std::vector<double>> edges;
  std::vector<char> passed(parts.number.size());
  for (int64_t place = 0; place < std::ssize(parts.number); ++place) {
    const int32_t part = parts.number[static_cast<size_t>(place)];
    if (part == 0 || passed[static_cast<size_t>(place)] != 0) continue;
    if (parts.has(place % parts.width, place / parts.width - 1, part)) continue;
    edges.push_back(edge(parts, place, passed));
  }
  return edges;
}

}  // namespace

std::vector<std::vector<double>> outlines_of(const PixelMask& mask) {
  const Parts parts = parts_of(mask);
  std::vector<std::vector<double>> edges = edges_of(parts);
  if (std::ssize(edges) != parts.count) return {};
  return edges;
}

std::vector<std::vector<double>> edges_of(const PixelMask& mask) {
  return edges_of(parts_of(mask));
}

}  // namespace fovea
