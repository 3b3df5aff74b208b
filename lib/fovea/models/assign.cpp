#include "fovea/models/assign.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace fovea {
namespace {

constexpr float kCentreRadius = 1.5F;  // strides

/// The whole numbers j with low < j * stride < high, clipped to [0, count).
std::pair<int64_t, int64_t> between(float low, float high, int64_t stride, int64_t count) {
  const auto s = static_cast<float>(stride);
  const auto first = static_cast<int64_t>(std::floor(low / s));  // one too many is checked later
  const auto last = static_cast<int64_t>(std::ceil(high / s));
  return {std::max<int64_t>(first, 0), std::min(last + 1, count)};
}

struct Claim {
  Positive positive;
  double area;
};

/// Lets `instance` claim its locations of one level; `first` is the level's first location.
void claim(const Instance& instance, const PyramidLevel& level, int64_t first, float least,
           float most, std::map<int64_t, Claim>& claims) {
  const std::array<float, 4> box = {
      static_cast<float>(instance.box.left), static_cast<float>(instance.box.top),
      static_cast<float>(instance.box.right()), static_cast<float>(instance.box.bottom())};
  const float centre_x = (box[0] + box[2]) / 2;
  const float centre_y = (box[1] + box[3]) / 2;
  const float radius = kCentreRadius * static_cast<float>(level.stride);
  const double area = static_cast<double>(box[2] - box[0]) * (box[3] - box[1]);
  const auto rows = between(centre_y - radius, centre_y + radius, level.stride, level.height);
  const auto columns = between(centre_x - radius, centre_x + radius, level.stride, level.width);
  for (int64_t i = rows.first; i < rows.second; ++i) {
    const auto y = static_cast<float>(i * level.stride);
    if (std::abs(y - centre_y) >= radius) continue;
    for (int64_t j = columns.first; j < columns.second; ++j) {
      const auto x = static_cast<float>(j * level.stride);
      if (std::abs(x - centre_x) >= radius) continue;
      const auto [nearest, farthest] =
          std::minmax({x - box[0], y - box[1], box[2] - x, box[3] - y});
      if (nearest <= 0 || farthest <= least || farthest >= most) continue;
      const int64_t location = first + i * level.width + j;
      const auto found = claims.find(location);
      if (found != claims.end() && found->second.area <= area) continue;
      claims[location] = {{location, instance.label, box, {x, y}, static_cast<float>(level.stride)},
                          area};
    }
  }
}

/// Adds the locations of one level inside `crowd` that nobody claimed.
void ignore(const Box& crowd, const PyramidLevel& level, int64_t first,
            const std::map<int64_t, Claim>& claims, std::vector<int64_t>& ignored) {
  for (int64_t i = 0; i < level.height; ++i) {
    const auto y = static_cast<double>(i * level.stride);
    if (y < crowd.top || y > crowd.bottom()) continue;
    for (int64_t j = 0; j < level.width; ++j) {
      const auto x = static_cast<double>(j * level.stride);
      if (x < crowd.left || x > crowd.right()) continue;
      const int64_t location = first + i * level.width + j;
      if (!claims.contains(location)) ignored.push_back(location);
    }
  }
}

}  // namespace

std::vector<PyramidLevel> pyramid_levels(int64_t height, int64_t width, int64_t levels) {
  std::vector<PyramidLevel> pyramid;
  int64_t stride = 8;
  for (int64_t i = 0; i < levels; ++i, stride *= 2) {
    pyramid.push_back({(height + stride - 1) / stride, (width + stride - 1) / stride, stride});
  }
  return pyramid;
}

Assignment assign(const std::vector<Instance>& instances, const std::vector<PyramidLevel>& levels) {
  std::map<int64_t, Claim> claims;
  int64_t first = 0;
  for (size_t k = 0; k < levels.size(); ++k) {
    const auto stride = static_cast<float>(levels[k].stride);
    const float least = k == 0 ? 0 : 4 * stride;
    const float most = k + 1 == levels.size() ? std::numeric_limits<float>::infinity() : 8 * stride;
    for (const Instance& instance : instances) {
      if (!instance.crowd) claim(instance, levels[k], first, least, most, claims);
    }
    first += levels[k].height * levels[k].width;
  }
  Assignment result;
  first = 0;
  for (const PyramidLevel& level : levels) {
    for (const Instance& instance : instances) {
      if (instance.crowd) ignore(instance.box, level, first, claims, result.ignored);
    }
    first += level.height * level.width;
  }
  std::sort(result.ignored.begin(), result.ignored.end());
  result.ignored.erase(std::unique(result.ignored.begin(), result.ignored.end()),
                       result.ignored.end());
  for (const auto& [location, entry] : claims) result.positives.push_back(entry.positive);
  return result;
}

}  // namespace fovea
