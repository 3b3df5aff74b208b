#include "fovea/augment/objects.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "fovea/augment/boxes.h"
#include "fovea/data/extent.h"
#include "fovea/data/rle.h"

namespace fovea {
namespace {

/// Polygons are tighter than corners once a map turns; both hold the object.
Box map_object_box(const Projection& map, const Instance& instance, const Box& box) {
  const Box corners = map_box(map, box);
  const auto& m = map.m;
  const bool turns = !map.is_affine() || m[0] * m[1] != 0 || m[3] * m[4] != 0;
  if (!turns || instance.segmentation.polygons.empty()) return corners;
  Extent extent;
  for (const std::vector<double>& polygon : instance.segmentation.polygons) {
    for (size_t i = 0; i + 1 < polygon.size(); i += 2) {
      const Point p = map(polygon[i], polygon[i + 1]);
      extent.add(std::array<double, 2>{p.x, p.y});
    }
  }
  const Box tight = common_part(corners, extent.box());
  return area_of(tight) > 0 ? tight : corners;
}

void map_mask(Segmentation& mask, const Projection& to_sample, const Window& window) {
  if (mask.rle) mask.rle = map_runs(*mask.rle, to_sample, window);
  for (std::vector<double>& polygon : mask.polygons) {
    for (size_t i = 0; i + 1 < polygon.size(); i += 2) {
      const Point p = to_sample(polygon[i], polygon[i + 1]);
      polygon[i] = p.x;
      polygon[i + 1] = p.y;
    }
  }
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The name with left and right exchanged, in small letters; the name itself where it has neither.
std::string mirrored_name(const std::string& name) {
  constexpr std::array<std::pair<const char*, const char*>, 2> kWords = {
      {{"left", "right"}, {"right", "left"}}};
  std::string text = lower(name);
  for (const auto& [from, to] : kWords) {
    const size_t at = text.find(from);
    if (at != std::string::npos) return text.replace(at, std::string(from).size(), to);
  }
  const auto is_side = [](char c) { return c == 'l' || c == 'r'; };
  const auto other = [](char c) { return c == 'l' ? 'r' : 'l'; };
  const size_t size = text.size();
  if (size > 2 && is_side(text[0]) && text[1] == '_')
    text[0] = other(text[0]);
  else if (size > 2 && is_side(text[size - 1]) && text[size - 2] == '_') {
    text[size - 1] = other(text[size - 1]);
  }
  return text;
}

}  // namespace

Rle map_runs(const Rle& mask, const Projection& to_sample, const Window& window) {
  const PixelMask from = pixels_of(mask);
  PixelMask to{.height = window.sample.height, .width = window.sample.width};
  to.on.resize(static_cast<size_t>(to.height * to.width));
  const Projection to_file = inverse(to_sample);
  const Box around = common_part(map_box(to_sample, bounds_of(mask)), box_of(window.part));
  const auto end_x = static_cast<int64_t>(std::ceil(around.right()));
  const auto end_y = static_cast<int64_t>(std::ceil(around.bottom()));
  for (auto y = static_cast<int64_t>(around.top); y < end_y; ++y) {
    for (auto x = static_cast<int64_t>(around.left); x < end_x; ++x) {
      const Point at = to_file(static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5);
      const bool inside = at.x >= 0 && at.y >= 0 && at.x < static_cast<double>(from.width) &&
                          at.y < static_cast<double>(from.height);
      if (!inside) continue;
      const int64_t place = static_cast<int64_t>(at.y) * from.width + static_cast<int64_t>(at.x);
      to.on[static_cast<size_t>(y * to.width + x)] = from.on[static_cast<size_t>(place)];
    }
  }
  return runs_of(to);
}

std::vector<size_t> mirror_partners(const std::vector<std::string>& names) {
  std::vector<size_t> partners(names.size());
  std::iota(partners.begin(), partners.end(), size_t{0});
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string wanted = mirrored_name(names[i]);
    for (size_t j = 0; j < names.size(); ++j) {
      if (j != i && lower(names[j]) == wanted) partners[i] = j;
    }
  }
  return partners;
}

ObjectMapper::ObjectMapper(const std::vector<Category>& categories) {
  for (const Category& category : categories) {
    partners_.push_back(mirror_partners(category.keypoints));
  }
}

std::vector<Instance> ObjectMapper::map(const InstanceList& instances, ImageSize file,
                                        const Projection& to_sample, const Window& window,
                                        double min_visible) const {
  const Box shown = box_of(window.part);
  std::vector<Instance> mapped;
  for (const auto& packed : instances) {
    const Box inside = common_part(packed.box, whole_of(file));
    const Box reached = common_part(map_box(to_sample, inside), shown);
    if (reached.width < 1 || reached.height < 1) continue;  // a tighter box reaches no further
    Instance instance = packed;
    const Box whole = map_object_box(to_sample, instance, inside);
    const Box seen = common_part(whole, shown);
    if (seen.width < 1 || seen.height < 1) continue;
    const double visible = area_of(seen) / area_of(whole);
    const double magnified =
        to_sample.magnification(inside.left + inside.width / 2, inside.top + inside.height / 2);
    instance.area *= std::abs(magnified) * visible;
    instance.crowd = instance.crowd || visible < min_visible;
    instance.box = seen;
    map_mask(instance.segmentation, to_sample, window);
    map_keypoints(instance, to_sample, shown, magnified < 0);
    mapped.push_back(std::move(instance));
  }
  return mapped;
}

void ObjectMapper::map_keypoints(Instance& instance, const Projection& to_sample, const Box& window,
                                 bool mirrors) const {
  for (Keypoint& keypoint : instance.keypoints) {
    if (keypoint.visibility == 0) continue;  // has no place
    const Point p = to_sample(keypoint.x, keypoint.y);
    const bool inside =
        p.x >= window.left && p.y >= window.top && p.x <= window.right() && p.y <= window.bottom();
    keypoint = inside ? Keypoint{p.x, p.y, keypoint.visibility} : Keypoint{};
  }
  const auto label = static_cast<size_t>(instance.label);
  if (!mirrors || label >= partners_.size()) return;
  const std::vector<size_t>& partners = partners_[label];
  if (partners.size() != instance.keypoints.size()) return;
  std::vector<Keypoint> renamed(partners.size());
  for (size_t i = 0; i < partners.size(); ++i) renamed[partners[i]] = instance.keypoints[i];
  instance.keypoints = std::move(renamed);
}

}  // namespace fovea
