// The box around points.
#pragma once

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include "fovea/data/instance.h"

namespace fovea {

class Extent {
 public:
  /// x0, y0, x1, y1, ...
  void add(std::span<const double> xy) {
    for (size_t i = 0; i + 1 < xy.size(); i += 2) {
      left_ = std::min(left_, xy[i]);
      right_ = std::max(right_, xy[i]);
      top_ = std::min(top_, xy[i + 1]);
      bottom_ = std::max(bottom_, xy[i + 1]);
    }
  }
  /// Of at least one point.
  Box box() const {
    return {.left = left_, .top = top_, .width = right_ - left_, .height = bottom_ - top_};
  }

 private:
  double left_ = std::numeric_limits<double>::infinity();
  double top_ = std::numeric_limits<double>::infinity();
  double right_ = -std::numeric_limits<double>::infinity();
  double bottom_ = -std::numeric_limits<double>::infinity();
};

/// The box around polygons, of which there is one at least.
inline Box extent_of(const std::vector<std::vector<double>>& polygons) {
  Extent extent;
  for (const std::vector<double>& polygon : polygons) extent.add(polygon);
  return extent.box();
}

}  // namespace fovea
