#include "fovea/augment/geometry.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "fovea/augment/boxes.h"

namespace fovea {
namespace {

constexpr double kRadians = std::numbers::pi / 180;

/// Between low and high, halving as likely as doubling.
double draw_factor(double low, double high, Rng& rng) {
  return std::exp(rng.uniform(std::log(low), std::log(high)));
}

/// Turn, mirror and slant, about any point.
Affine draw_orientation(const AugmentOptions& o, const Draws& draws, int64_t place) {
  Rng mirrors = draws.of(Draw::orientation, place);
  const double x = mirrors.chance(o.flip) ? -1 : 1;
  const double y = mirrors.chance(o.flip_vertical) ? -1 : 1;
  Affine map = mirrors.chance(o.transpose) ? Affine{0, x, 0, y, 0, 0} : Affine{x, 0, 0, 0, y, 0};
  Rng slants = draws.of(Draw::shear, place);
  if (slants.chance(o.shear.p)) {
    const double along_x = std::tan(slants.uniform(-o.shear.amount, o.shear.amount) * kRadians);
    const double along_y = std::tan(slants.uniform(-o.shear.amount, o.shear.amount) * kRadians);
    map = compose({1, along_x, 0, along_y, 1 + along_x * along_y, 0}, map);  // area is kept
  }
  Rng turns = draws.of(Draw::rotate, place);
  if (turns.chance(o.rotate.p)) {
    const double angle = turns.uniform(-o.rotate.amount, o.rotate.amount) * kRadians;
    const double c = std::cos(angle);
    const double s = std::sin(angle);
    map = compose({c, -s, 0, s, c, 0}, map);
  }
  return map;
}

/// Where on one axis the near edge of a picture goes: within the window where it is shorter, else
/// so that it covers the window and `seen` (a place on the picture) is inside.
double draw_offset(double length, double window, std::optional<double> seen, Rng& rng) {
  double low = std::min(0.0, window - length);
  double high = std::max(0.0, window - length);
  if (seen && length > window) {
    low = std::max(low, -*seen);
    high = std::min(high, window - *seen);
  }
  return rng.uniform(low, high);
}

/// Moves what covers `covered` to the origin.
Affine to_origin(const Box& covered) {
  return {1, 0, -covered.left, 0, 1, -covered.top};
}

/// Size and place by scale jitter, or fitted and at the upper left.
Affine draw_zoom(const ZoomOptions& o, const Affine& turned, const Subject& subject,
                 ImageSize window, Rng rng) {
  const Box whole = map_box(turned, whole_of(subject.file));
  const auto window_x = static_cast<double>(window.width);
  const auto window_y = static_cast<double>(window.height);
  const double fitted = std::min(window_x / whole.width, window_y / whole.height);
  const bool zooms = rng.chance(o.p);
  const double size = fitted * (zooms ? draw_factor(o.min, o.max, rng) : 1);
  const double stretch = zooms ? std::sqrt(draw_factor(1 / o.aspect, o.aspect, rng)) : 1;
  Affine map = compose({size * stretch, 0, 0, 0, size / stretch, 0}, turned);
  const Box covered = map_box(map, whole_of(subject.file));
  map = compose(to_origin(covered), map);
  if (!zooms) return map;
  std::optional<double> seen_x;
  std::optional<double> seen_y;
  if (subject.centre) {
    const Point seen = Projection(map)(subject.centre->x, subject.centre->y);
    seen_x = seen.x;
    seen_y = seen.y;
  }
  map[2] += draw_offset(covered.width, window_x, seen_x, rng);
  map[5] += draw_offset(covered.height, window_y, seen_y, rng);
  return map;
}

/// A part of `whole` by torchvision's RandomResizedCrop: ten tries, then the largest in the middle
/// with an aspect that is allowed.
Box draw_part(const CropOptions& o, const Box& whole, Rng& rng) {
  const auto part_of = [&](double width, double height, double x, double y) {
    return Box{.left = whole.left + x, .top = whole.top + y, .width = width, .height = height};
  };
  for (int i = 0; i < 10; ++i) {
    const double area = whole.width * whole.height * rng.uniform(o.min, o.max);
    const double aspect = draw_factor(1 / o.aspect, o.aspect, rng);
    const double width = std::sqrt(area * aspect);
    const double height = std::sqrt(area / aspect);
    if (width > whole.width || height > whole.height) continue;
    const double x = rng.uniform(0, whole.width - width);
    const double y = rng.uniform(0, whole.height - height);
    return part_of(width, height, x, y);
  }
  const double width = std::min(whole.width, whole.height * o.aspect);
  const double height = std::min(whole.height, whole.width * o.aspect);
  return part_of(width, height, (whole.width - width) / 2, (whole.height - height) / 2);
}

/// That part fills the window.
Affine draw_crop(const CropOptions& o, const Affine& turned, const Subject& subject,
                 ImageSize window, Rng& rng) {
  const Box part = draw_part(o, map_box(turned, whole_of(subject.file)), rng);
  const double x = static_cast<double>(window.width) / part.width;
  const double y = static_cast<double>(window.height) / part.height;
  return compose({x, 0, -part.left * x, 0, y, -part.top * y}, turned);
}

/// Divides by a plane through the middle of the window.
Projection draw_perspective(const Variation& o, ImageSize window, Rng rng) {
  if (!rng.chance(o.p)) return {};
  const double x = static_cast<double>(window.width) / 2;
  const double y = static_cast<double>(window.height) / 2;
  // Two axes add up in a corner, where sizes may change by as much.
  const double along_x = rng.uniform(-o.amount, o.amount) / 2 / x;
  const double along_y = rng.uniform(-o.amount, o.amount) / 2 / y;
  const Projection tilt({1, 0, 0, 0, 1, 0, along_x, along_y, 1});
  return compose(Affine{1, 0, x, 0, 1, y}, compose(tilt, Affine{1, 0, -x, 0, 1, -y}));
}

}  // namespace

Affine fit(ImageSize file, ImageSize window) {
  const double scale =
      std::min(static_cast<double>(window.height) / static_cast<double>(file.height),
               static_cast<double>(window.width) / static_cast<double>(file.width));
  return {scale, 0, 0, 0, scale, 0};
}

Projection draw_map(const AugmentOptions& options, const Subject& subject, ImageSize window,
                    const Draws& draws, int64_t place) {
  const Affine turned = draw_orientation(options, draws, place);
  Rng crop = draws.of(Draw::crop, place);
  const Affine map =
      crop.chance(options.crop.p)
          ? draw_crop(options.crop, turned, subject, window, crop)
          : draw_zoom(options.zoom, turned, subject, window, draws.of(Draw::zoom, place));
  return compose(draw_perspective(options.perspective, window, draws.of(Draw::perspective, place)),
                 map);
}

double largest_scale(const AugmentOptions& o, ImageSize file, ImageSize window) {
  double scale = fit(file, window)[0];
  const auto height = static_cast<double>(file.height);
  const auto width = static_cast<double>(file.width);
  if (o.transpose > 0) {
    scale = std::max(scale, fit({.height = file.width, .width = file.height}, window)[0]);
  }
  if (o.rotate.p > 0) {
    // A turned picture is at least its diagonal / sqrt(2) high or wide.
    const double side = static_cast<double>(std::max(window.height, window.width));
    scale = std::max(scale, std::numbers::sqrt2 * side / std::hypot(height, width));
  }
  double factor = 1;
  if (o.zoom.p > 0) factor = std::max(1.0, o.zoom.max) * std::sqrt(o.zoom.aspect);
  scale *= factor;
  if (o.crop.p > 0) {
    // The shortest side that a part has.
    const double side = std::sqrt(width * height * o.crop.min / o.crop.aspect);
    const double most = static_cast<double>(std::max(window.height, window.width));
    scale = std::max(scale, most / side);
  }
  if (o.shear.p > 0) scale *= 1 + std::tan(o.shear.amount * kRadians);
  if (o.perspective.p > 0) scale /= (1 - o.perspective.amount) * (1 - o.perspective.amount);
  return scale;
}

}  // namespace fovea
