#include "fovea/data/synthetic_scene.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

namespace fovea {
namespace {

// All lengths are fractions of the picture's side.
constexpr double kSmallest = 0.15;  // diameter of an object
constexpr double kLargest = 0.92;
constexpr double kSmallestInCrowd = 0.055;
constexpr double kLargestInCrowd = 0.075;
constexpr double kInPicture = 0.65;  // of its pixels that an object must show when it comes
constexpr double kVisible = 0.65;    // and when others lie in front of it
constexpr double kMostTurn = 0.13;   // of an object, as the tangent of half the angle: 15 degrees
constexpr double kPictureWithCrowd = 0.1;  // chance
constexpr int64_t kMostObjects = 8;
constexpr double kGroundContrast = 50;  // most that a texture's two colours differ in a channel
constexpr double kObjectContrast = 40;
constexpr int kTries = 40;   // to find a place for an object
constexpr int kSamples = 4;  // a side of a pixel, to find how much of it is covered
constexpr uint8_t kFull = kSamples * kSamples;

using Rgb = std::array<double, 3>;  // 0..255
using Point = std::pair<double, double>;

/// The unit vector at an angle from the tangent of half of it: no sine, no cosine.
Point direction(double half_tangent) {
  const double t = half_tangent;
  const double scale = 1 / (1 + t * t);
  return {(1 - t * t) * scale, 2 * t * scale};
}

/// Any direction; which of two opposite ones makes no difference to a pattern.
Point any_direction(Rng& rng) {
  const Point v = direction(rng.uniform(-1, 1));
  return rng.chance(0.5) ? v : Point{-v.second, v.first};
}

// ---- textures ----

enum class Pattern { blobs, stripes, checks, dots, plain };

struct Texture {
  Pattern pattern = Pattern::plain;
  Rgb first = {};
  Rgb second = {};
  double period = 1;  // pixels
  Point along = {1, 0};
  double grain = 0;  // most that a pixel's noise adds or takes
  uint64_t key = 0;
};

double hashed(uint64_t key, int64_t x, int64_t y) {
  const auto place = static_cast<uint64_t>(x) * 0x9E3779B97F4A7C15U +
                     static_cast<uint64_t>(y) * 0xC2B2AE3D27D4EB4FU;
  return static_cast<double>(Rng::mix(key ^ place) >> 11) * 0x1p-53;
}

/// Smooth noise in [0, 1) with a value of its own at each whole (u, v).
double blobs(uint64_t key, double u, double v) {
  const double floor_u = std::floor(u);
  const double floor_v = std::floor(v);
  const auto x = static_cast<int64_t>(floor_u);
  const auto y = static_cast<int64_t>(floor_v);
  const auto smooth = [](double t) { return t * t * (3 - 2 * t); };
  const double a = smooth(u - floor_u);
  const double b = smooth(v - floor_v);
  const double top = hashed(key, x, y) * (1 - a) + hashed(key, x + 1, y) * a;
  const double bottom = hashed(key, x, y + 1) * (1 - a) + hashed(key, x + 1, y + 1) * a;
  return top * (1 - b) + bottom * b;
}

/// How much of the second colour is at (u, v), in periods.
double share(const Texture& texture, double u, double v) {
  const double in_u = u - std::floor(u);
  const double in_v = v - std::floor(v);
  switch (texture.pattern) {
    case Pattern::blobs:
      return 0.65 * blobs(texture.key, u, v) + 0.35 * blobs(texture.key + 1, u * 2.3, v * 2.3);
    case Pattern::stripes:
      return std::clamp(std::abs(2 * in_u - 1) * 4 - 1.5, 0.0, 1.0);
    case Pattern::checks:
      return (in_u < 0.5) == (in_v < 0.5) ? 1 : 0;
    case Pattern::dots: {
      const double du = in_u - 0.5;
      const double dv = in_v - 0.5;
      return std::clamp(2.5 - (du * du + dv * dv) * 25, 0.0, 1.0);
    }
    case Pattern::plain:
      return 0.4 * blobs(texture.key, u * 0.5, v * 0.5);
  }
  return 0;
}

std::array<uint8_t, 3> color_at(const Texture& texture, int64_t x, int64_t y) {
  const auto px = static_cast<double>(x);
  const auto py = static_cast<double>(y);
  const auto& [c, s] = texture.along;
  const double u = (px * c + py * s) / texture.period;
  const double v = (py * c - px * s) / texture.period;
  const double w = share(texture, u, v);
  const double noise = texture.grain * (2 * hashed(texture.key + 2, x, y) - 1);
  std::array<uint8_t, 3> color = {};
  for (size_t i = 0; i < 3; ++i) {
    const double value = texture.first[i] * (1 - w) + texture.second[i] * w + noise;
    color[i] = static_cast<uint8_t>(std::clamp(value, 0.0, 255.0) + 0.5);
  }
  return color;
}

Rgb random_color(Rng& rng, double low, double high) {
  const double red = rng.uniform(low, high);
  const double green = rng.uniform(low, high);
  return {red, green, rng.uniform(low, high)};
}

double distance(const Rgb& a, const Rgb& b) {
  return std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]);
}

/// A colour near `base`.
Rgb shifted(const Rgb& base, double most, Rng& rng) {
  Rgb color = base;
  for (double& value : color) value = std::clamp(value + rng.uniform(-most, most), 0.0, 255.0);
  return color;
}

Texture random_texture(const Rgb& base, double period, double contrast, Rng& rng) {
  constexpr std::array kPatterns = {Pattern::blobs, Pattern::stripes, Pattern::checks,
                                    Pattern::dots, Pattern::plain};
  Texture texture;
  texture.pattern = kPatterns[static_cast<size_t>(rng.below(std::ssize(kPatterns)))];
  texture.first = base;
  texture.second = shifted(base, contrast, rng);
  texture.period = period * rng.uniform(0.7, 1.6);
  texture.along = any_direction(rng);
  texture.grain = rng.uniform(3, 10);
  texture.key = rng.bits();
  return texture;
}

/// Of some random colours the one that is farthest from the ground's and, a little less strictly,
/// from those of the objects.
Rgb contrasting_color(const Texture& ground, const std::vector<Rgb>& objects, Rng& rng) {
  Rgb best = {};
  double best_distance = -1;
  for (int i = 0; i < 20; ++i) {
    const Rgb color = random_color(rng, 10, 245);
    double nearest = std::min(distance(color, ground.first), distance(color, ground.second));
    for (const Rgb& other : objects) nearest = std::min(nearest, 1.4 * distance(color, other));
    if (nearest > best_distance) best = color;
    best_distance = std::max(best_distance, nearest);
  }
  return best;
}

// ---- shapes ----

using Polygon = std::vector<Point>;

/// In the unit circle.
const Polygon& triangle() {
  static const Polygon corners = {{0.0, -1.0}, {0.8660, 0.5}, {-0.8660, 0.5}};
  return corners;
}

bool is_inside(const Polygon& corners, double x, double y) {
  bool inside = false;
  for (size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++) {
    const auto& [xi, yi] = corners[i];
    const auto& [xj, yj] = corners[j];
    if ((yi > y) != (yj > y) && x < (xj - xi) * (y - yi) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/// True when (x, y), in units of half the diameter, is on the shape.
bool covers(int64_t label, double x, double y) {
  const double radius_squared = x * x + y * y;
  if (radius_squared > 1) return false;
  const double across = std::abs(x);
  const double down = std::abs(y);
  switch (label) {
    case 0:
      return true;
    case 1:
      return across < 0.7071 && down < 0.7071;
    case 2:
      return is_inside(triangle(), x, y);
    case 3:
      return radius_squared > 0.3;
    default:
      return (across < 0.3 && down < 0.95) || (down < 0.3 && across < 0.95);
  }
}

/// How a shape lies in the picture.
struct Placement {
  int64_t label = 0;
  double x = 0;  // centre, pixels
  double y = 0;
  double diameter = 0;
  double squeeze = 1;  // of its height
  Point along = {1, 0};
};

/// Covered samples of each pixel of a square, 0..kFull; it may reach beyond the picture.
struct Stamp {
  int64_t left = 0;
  int64_t top = 0;
  int64_t side = 0;
  std::vector<uint8_t> covered = {};
  int64_t pixels = 0;  // of which at least half is covered, in the picture or not
};

uint8_t covered_samples(const Placement& shape, int64_t px, int64_t py) {
  const double scale = 2 / shape.diameter;
  const auto& [c, s] = shape.along;
  uint8_t count = 0;
  for (int j = 0; j < kSamples; ++j) {
    const double dy = (static_cast<double>(py) + (j + 0.5) / kSamples - shape.y) * scale;
    for (int i = 0; i < kSamples; ++i) {
      const double dx = (static_cast<double>(px) + (i + 0.5) / kSamples - shape.x) * scale;
      const bool on = covers(shape.label, dx * c + dy * s, (dy * c - dx * s) / shape.squeeze);
      count = static_cast<uint8_t>(count + (on ? 1 : 0));
    }
  }
  return count;
}

Stamp stamp_of(const Placement& shape) {
  Stamp stamp;
  stamp.left = static_cast<int64_t>(std::floor(shape.x - shape.diameter / 2));
  stamp.top = static_cast<int64_t>(std::floor(shape.y - shape.diameter / 2));
  stamp.side = static_cast<int64_t>(std::floor(shape.diameter)) + 2;
  stamp.covered.reserve(static_cast<size_t>(stamp.side * stamp.side));
  for (int64_t y = 0; y < stamp.side; ++y) {
    for (int64_t x = 0; x < stamp.side; ++x) {
      stamp.covered.push_back(covered_samples(shape, stamp.left + x, stamp.top + y));
      if (stamp.covered.back() * 2 >= kFull) ++stamp.pixels;
    }
  }
  return stamp;
}

// ---- scenes ----

/// A scene while it is drawn.
class Canvas {
 public:
  Canvas(int64_t size, Rng& rng)
      : size_(size), rng_(rng), owner_(static_cast<size_t>(size * size)) {
    const Rgb base = random_color(rng, 35, 220);
    ground_ = random_texture(base, side() * 0.12, kGroundContrast, rng);
    image_.height = image_.width = size;
    for (int64_t y = 0; y < size; ++y) {
      for (int64_t x = 0; x < size; ++x) {
        const auto color = color_at(ground_, x, y);
        image_.pixels.insert(image_.pixels.end(), color.begin(), color.end());
      }
    }
  }

  double side() const { return static_cast<double>(size_); }

  /// Adds the shape in front of all others, unless it or another would then show too little.
  bool add(const Placement& shape, double visible) {
    const Stamp stamp = stamp_of(shape);
    std::vector<int64_t> shown = shown_;
    shown.push_back(0);
    each_pixel(stamp, [&](size_t place, uint8_t covered) {
      if (covered * 2 < kFull) return;
      if (owner_[place] > 0) --shown[owner_[place] - 1];
      ++shown.back();
    });
    full_.push_back(stamp.pixels);
    for (size_t i = 0; i < shown.size(); ++i) {
      const double share_needed = i + 1 == shown.size() ? visible : kVisible;
      if (static_cast<double>(shown[i]) < share_needed * static_cast<double>(full_[i]) ||
          shown[i] < least_pixels()) {
        full_.pop_back();
        return false;
      }
    }
    shown_ = std::move(shown);
    objects_.push_back({.label = shape.label});
    paint(stamp, object_texture(shape.diameter));
    return true;
  }

  /// Adds a clump of small shapes of one class; the first thing on the ground.
  void add_crowd() {
    const int64_t label = rng_.below(std::ssize(kShapeNames));
    const double radius = side() * rng_.uniform(0.14, 0.26);
    const double center_x = rng_.uniform(radius / 2, side() - radius / 2);
    const double center_y = rng_.uniform(radius / 2, side() - radius / 2);
    const double pitch = side() * kLargestInCrowd * rng_.uniform(0.95, 1.15);
    objects_.push_back({.label = label, .crowd = true});
    const auto cells = static_cast<int64_t>(radius / pitch);
    for (int64_t row = -cells; row <= cells; ++row) {
      for (int64_t column = -cells; column <= cells; ++column) {
        const double dx = pitch * (static_cast<double>(column) + rng_.uniform(-0.3, 0.3));
        const double dy = pitch * (static_cast<double>(row) + rng_.uniform(-0.3, 0.3));
        const Placement shape = turned(label, center_x + dx, center_y + dy,
                                       side() * rng_.uniform(kSmallestInCrowd, kLargestInCrowd));
        if (dx * dx + dy * dy > radius * radius) continue;
        paint(stamp_of(shape), object_texture(shape.diameter));
      }
    }
    const auto pixels = std::count(owner_.begin(), owner_.end(), uint8_t{1});
    shown_.push_back(pixels);
    full_.push_back(pixels);
  }

  Placement turned(int64_t label, double x, double y, double diameter) {
    Placement shape{.label = label, .x = x, .y = y, .diameter = diameter};
    shape.squeeze = rng_.uniform(0.75, 1);
    shape.along = direction(rng_.uniform(-kMostTurn, kMostTurn));
    return shape;
  }

  Scene finish() && {
    for (size_t i = 0; i < objects_.size(); ++i) {
      PixelMask& mask = objects_[i].visible;
      mask = {.height = size_, .width = size_, .on = std::vector<uint8_t>(owner_.size())};
      for (size_t p = 0; p < owner_.size(); ++p) mask.on[p] = owner_[p] == i + 1 ? 1 : 0;
    }
    return {std::move(image_), std::move(objects_)};
  }

 private:
  int64_t least_pixels() const { return std::max<int64_t>(8, size_ * size_ / 400); }

  /// visit(place in the picture, covered samples) for what of the stamp is in the picture.
  template <class Visit>
  void each_pixel(const Stamp& stamp, const Visit& visit) const {
    for (int64_t y = std::max<int64_t>(0, -stamp.top); y < stamp.side && stamp.top + y < size_;
         ++y) {
      for (int64_t x = std::max<int64_t>(0, -stamp.left); x < stamp.side && stamp.left + x < size_;
           ++x) {
        visit(static_cast<size_t>((stamp.top + y) * size_ + stamp.left + x),
              stamp.covered[static_cast<size_t>(y * stamp.side + x)]);
      }
    }
  }

  Texture object_texture(double diameter) {
    const Rgb base = contrasting_color(ground_, colors_, rng_);
    if (!objects_.back().crowd) colors_.push_back(base);
    return random_texture(base, std::max(3.0, diameter * 0.25), kObjectContrast, rng_);
  }

  void paint(const Stamp& stamp, const Texture& texture) {
    const auto number = static_cast<uint8_t>(objects_.size());
    each_pixel(stamp, [&](size_t place, uint8_t covered) {
      if (covered == 0) return;
      const auto at = static_cast<int64_t>(place);
      const auto color = color_at(texture, at % size_, at / size_);
      for (size_t c = 0; c < 3; ++c) {
        uint8_t& value = image_.pixels[place * 3 + c];
        value = static_cast<uint8_t>((value * (kFull - covered) + color[c] * covered + kFull / 2) /
                                     kFull);
      }
      if (covered * 2 >= kFull) owner_[place] = number;
    });
  }

  int64_t size_;
  Rng& rng_;
  Texture ground_;
  std::vector<Rgb> colors_;  // of the objects, crowds left out
  Image image_;
  std::vector<uint8_t> owner_;  // of each pixel: 0 the ground, otherwise the object's index + 1
  std::vector<SceneObject> objects_;
  std::vector<int64_t> shown_;  // pixels of each object that are seen
  std::vector<int64_t> full_;   // and that it would show alone in a wider picture
};

}  // namespace

Scene draw_scene(int64_t size, Rng& rng) {
  Canvas canvas(size, rng);
  const int64_t wanted = 1 + rng.below(kMostObjects);
  int64_t count = 0;
  if (rng.chance(kPictureWithCrowd)) {
    canvas.add_crowd();
    ++count;
  }
  for (int tries = 0; count == 0 || (count < wanted && tries < kTries * wanted); ++tries) {
    const double draw = rng.uniform();  // cubed: more small ones than large ones
    const double diameter =
        canvas.side() * (kSmallest + (kLargest - kSmallest) * draw * draw * draw);
    const int64_t label = rng.below(std::ssize(kShapeNames));
    const double x = canvas.side() * rng.uniform();
    const double y = canvas.side() * rng.uniform();
    if (canvas.add(canvas.turned(label, x, y, diameter), kInPicture)) ++count;
  }
  return std::move(canvas).finish();
}

Scene draw_single(int64_t size, int64_t label, Rng& rng) {
  Canvas canvas(size, rng);
  for (bool done = false; !done;) {
    const double diameter = canvas.side() * rng.uniform(0.35, 0.9);
    const double x = canvas.side() * rng.uniform(0.2, 0.8);
    const double y = canvas.side() * rng.uniform(0.2, 0.8);
    done = canvas.add(canvas.turned(label, x, y, diameter), 0.8);
  }
  return std::move(canvas).finish();
}

}  // namespace fovea
