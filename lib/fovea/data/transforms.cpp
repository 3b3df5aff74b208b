#include "fovea/data/transforms.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "fovea/image/pixel_kernels.h"
#include "fovea/image/warp.h"

namespace fovea {
namespace {

Point map_point(const Affine& a, double x, double y) {
  return {a[0] * x + a[1] * y + a[2], a[3] * x + a[4] * y + a[5]};
}

/// Grows around points.
struct Bounds {
  double left = std::numeric_limits<double>::infinity();
  double top = std::numeric_limits<double>::infinity();
  double right = -std::numeric_limits<double>::infinity();
  double bottom = -std::numeric_limits<double>::infinity();
  void add(const Point& p) {
    left = std::min(left, p.x);
    top = std::min(top, p.y);
    right = std::max(right, p.x);
    bottom = std::max(bottom, p.y);
  }
  Box box() const {
    return {.left = left, .top = top, .width = right - left, .height = bottom - top};
  }
};

double area(const Box& box) {
  return box.width * box.height;
}

Box common_part(const Box& a, const Box& b) {
  const double left = std::max(a.left, b.left);
  const double top = std::max(a.top, b.top);
  return {.left = left,
          .top = top,
          .width = std::max(0.0, std::min(a.right(), b.right()) - left),
          .height = std::max(0.0, std::min(a.bottom(), b.bottom()) - top)};
}

/// Between low and high, halving as likely as doubling.
double draw_factor(double low, double high, Rng& rng) {
  return std::exp(rng.uniform(std::log(low), std::log(high)));
}

/// Turn and mirror, no size: the linear part is orthogonal.
Affine draw_orientation(const AugmentOptions& o, Rng& rng) {
  const double x = rng.chance(o.flip) ? -1 : 1;
  const double y = rng.chance(o.flip_vertical) ? -1 : 1;
  const bool swapped = rng.chance(o.transpose);
  const Affine mirror = swapped ? Affine{0, x, 0, y, 0, 0} : Affine{x, 0, 0, 0, y, 0};
  if (o.rotate <= 0) return mirror;
  const double angle = rng.uniform(-o.rotate, o.rotate) * std::numbers::pi / 180;
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  return compose({c, -s, 0, s, c, 0}, mirror);
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

/// The centre of a random object that is not a crowd.
std::optional<Point> draw_centre(const Record& record, Rng& rng) {
  const auto counts = [](const auto& instance) { return !instance.crowd; };
  const auto& all = record.instances;
  const int64_t count = std::count_if(all.begin(), all.end(), counts);
  if (count == 0) return {};
  int64_t left = rng.below(count);
  for (const auto& instance : all) {
    if (instance.crowd || left-- > 0) continue;
    const Box box = clip(instance.box, {record.height, record.width});
    return Point{box.left + box.width / 2, box.top + box.height / 2};
  }
  return {};
}

/// Polygons are tighter than corners once a map turns; both hold the object.
Box map_object_box(const Affine& map, const Instance& instance, const Box& box) {
  const Box corners = map_box(map, box);
  const bool turns = map[0] * map[1] != 0 || map[3] * map[4] != 0;
  if (!turns || instance.segmentation.polygons.empty()) return corners;
  Bounds bounds;
  for (const std::vector<double>& polygon : instance.segmentation.polygons) {
    for (size_t i = 0; i + 1 < polygon.size(); i += 2) {
      bounds.add(map_point(map, polygon[i], polygon[i + 1]));
    }
  }
  const Box tight = common_part(corners, bounds.box());
  return area(tight) > 0 ? tight : corners;
}

void map_shape(const Affine& map, Instance& instance) {
  instance.segmentation.rle.reset();
  for (std::vector<double>& polygon : instance.segmentation.polygons) {
    for (size_t i = 0; i + 1 < polygon.size(); i += 2) {
      const Point p = map_point(map, polygon[i], polygon[i + 1]);
      polygon[i] = p.x;
      polygon[i + 1] = p.y;
    }
  }
  for (Keypoint& keypoint : instance.keypoints) {
    const Point p = map_point(map, keypoint.x, keypoint.y);
    keypoint.x = p.x;
    keypoint.y = p.y;
  }
}

/// First `inner`, then `outer`.
ColourMap compose_colours(const ColourMap& outer, const ColourMap& inner) {
  ColourMap m{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 4; ++column) {
      double sum = column == 3 ? outer[row * 4 + 3] : 0;
      for (size_t k = 0; k < 3; ++k) sum += outer[row * 4 + k] * inner[k * 4 + column];
      m[row * 4 + column] = sum;
    }
  }
  return m;
}

// Grey of an RGB pixel by ITU-R BT.601.
constexpr std::array<double, 3> kGrey = {0.299, 0.587, 0.114};

/// `factor` away from each pixel's own grey; grey stays.
ColourMap saturate(double factor) {
  ColourMap m{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 3; ++column)
      m[row * 4 + column] = (1 - factor) * kGrey[column];
    m[row * 4 + row] += factor;
  }
  return m;
}

/// A turn about the grey axis (1, 1, 1) by Rodrigues' formula; grey stays.
ColourMap turn_hue(double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  const double c = std::cos(angle);
  const double same = (1 - c) / 3;
  const double s = std::sin(angle) / std::numbers::sqrt3;
  return {c + same, same - s, same + s, 0,  //
          same + s, c + same, same - s, 0,  //
          same - s, same + s, c + same, 0};
}

ColourMap scale_and_shift(double factor, double offset) {
  return {factor, 0, 0, offset, 0, factor, 0, offset, 0, 0, factor, offset};
}

/// The mean grey of every fourth pixel.
double mean_grey(std::span<const uint8_t> pixels) {
  std::array<int64_t, 3> sums = {};
  int64_t count = 0;
  for (size_t i = 0; i + 2 < pixels.size(); i += 12, ++count) {
    for (size_t c = 0; c < 3; ++c) sums[c] += pixels[i + c];
  }
  double grey = 0;
  for (size_t c = 0; c < 3; ++c) grey += kGrey[c] * static_cast<double>(sums[c]);
  return count > 0 ? grey / static_cast<double>(count) : 0;
}

}  // namespace

Box map_box(const Affine& map, const Box& box) {
  Bounds bounds;
  for (const double x : {box.left, box.right()}) {
    for (const double y : {box.top, box.bottom()}) bounds.add(map_point(map, x, y));
  }
  return bounds.box();
}

Box clip(const Box& box, ImageSize picture) {
  return common_part(box, {.width = static_cast<double>(picture.width),
                           .height = static_cast<double>(picture.height)});
}

Frame fit(ImageSize file, ImageSize out) {
  const double scale = std::min(static_cast<double>(out.height) / static_cast<double>(file.height),
                                static_cast<double>(out.width) / static_cast<double>(file.width));
  return {.a = {scale, 0, 0, 0, scale, 0}, .file_height = file.height, .file_width = file.width};
}

Frame fit_into(const Image& image, ImageSize out, ImageSize window, uint8_t* pixels) {
  const Frame frame = fit({.height = image.height, .width = image.width}, out);
  fill_pixels(pixels, kFill, static_cast<size_t>(window.height * window.width));
  warp_into(image, frame.a, Antialias::block_mean, {}, {pixels, window.height, window.width});
  return frame;
}

Frame draw_geometry(const AugmentOptions& options, const Record& record, ImageSize out, Rng& rng) {
  const Box picture = {.width = static_cast<double>(record.width),
                       .height = static_cast<double>(record.height)};
  const double window_x = static_cast<double>(out.width);
  const double window_y = static_cast<double>(out.height);
  Affine map = draw_orientation(options, rng);
  const Box turned = map_box(map, picture);
  const double fitted = std::min(window_x / turned.width, window_y / turned.height);
  const bool zoom = rng.chance(options.zoom);
  const double size = fitted * (zoom ? draw_factor(options.scale_min, options.scale_max, rng) : 1);
  const double stretch = zoom ? std::sqrt(draw_factor(1 / options.aspect, options.aspect, rng)) : 1;
  map = compose({size * stretch, 0, 0, 0, size / stretch, 0}, map);

  const Box covered = map_box(map, picture);
  map[2] = -covered.left;
  map[5] = -covered.top;
  if (zoom) {
    const std::optional<Point> centre = draw_centre(record, rng);
    std::optional<double> seen_x;
    std::optional<double> seen_y;
    if (centre) {
      const Point seen = map_point(map, centre->x, centre->y);
      seen_x = seen.x;
      seen_y = seen.y;
    }
    map[2] += draw_offset(covered.width, window_x, seen_x, rng);
    map[5] += draw_offset(covered.height, window_y, seen_y, rng);
  }
  return {.a = map, .file_height = record.height, .file_width = record.width};
}

double largest_scale(const AugmentOptions& options, ImageSize file, ImageSize out) {
  double scale = fit(file, out).a[0];
  if (options.transpose > 0) {
    scale = std::max(scale, fit({.height = file.width, .width = file.height}, out).a[0]);
  }
  if (options.rotate > 0) {
    // A turned picture is at least its diagonal / sqrt(2) high or wide.
    const double diagonal =
        std::hypot(static_cast<double>(file.height), static_cast<double>(file.width));
    const double window = static_cast<double>(std::max(out.height, out.width));
    scale = std::max(scale, std::numbers::sqrt2 * window / diagonal);
  }
  if (options.zoom <= 0 && options.mosaic <= 0) return scale;
  const double quarter = options.mosaic > 0 ? 2 * kLargestQuarter : 1;
  return scale * quarter * std::max(1.0, options.scale_max) * std::sqrt(options.aspect);
}

std::vector<Instance> map_instances(const InstanceList& instances, const Frame& frame,
                                    ImageSize out, double min_visible) {
  const double magnified = std::abs(frame.a[0] * frame.a[4] - frame.a[1] * frame.a[3]);
  std::vector<Instance> mapped;
  for (Instance instance : instances) {
    const Box inside = clip(instance.box, {frame.file_height, frame.file_width});
    const Box whole = map_object_box(frame.a, instance, inside);
    const Box seen = clip(whole, out);
    if (seen.width < 1 || seen.height < 1) continue;
    const double visible = area(seen) / area(whole);
    instance.box = seen;
    instance.crowd = instance.crowd || visible < min_visible;
    instance.area *= magnified * visible;
    map_shape(frame.a, instance);
    mapped.push_back(std::move(instance));
  }
  return mapped;
}

void jitter_colour(std::span<uint8_t> pixels, const AugmentOptions& o, Rng& rng) {
  if (o.brightness <= 0 && o.contrast <= 0 && o.saturation <= 0 && o.hue <= 0) return;
  const auto around_one = [&](double reach) { return rng.uniform(1 - reach, 1 + reach); };
  const double brightness = around_one(o.brightness);
  const double contrast = around_one(o.contrast);
  const double saturation = around_one(o.saturation);
  const double hue = rng.uniform(-o.hue, o.hue);
  const ColourMap colour = compose_colours(saturate(saturation), turn_hue(hue));
  const ColourMap light =
      scale_and_shift(brightness * contrast, brightness * (1 - contrast) * mean_grey(pixels));
  recolour(compose_colours(light, colour), pixels.data(), pixels.size() / 3);
}

Box to_file(const Frame& frame, const Box& box) {
  return clip(map_box(inverse(frame.a), box), {frame.file_height, frame.file_width});
}

}  // namespace fovea
