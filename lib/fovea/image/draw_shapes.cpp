#include "fovea/image/draw_shapes.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace fovea {
namespace {

struct Span {
  int64_t begin;
  int64_t end;
};

/// `position` rounded and kept in 0..most; 0 for what is no number.
int64_t whole(double position, int64_t most) {
  return position > 0
             ? static_cast<int64_t>(std::min(std::round(position), static_cast<double>(most)))
             : 0;
}

/// Pixels from begin to end that are in 0..size.
Span clipped(double begin, double end, int64_t size) {
  const int64_t low = whole(begin, size);
  return {low, std::max(low, whole(end, size))};
}

struct Point {
  double x = 0;
  double y = 0;
};

/// Calls paint(x, y) for the pixels of the picture in left..right x top..bottom.
template <class Paint>
void each_pixel(const Image& image, double left, double top, double right, double bottom,
                const Paint& paint) {
  if (!(left <= right) || !(top <= bottom)) return;  // also what is no number
  const auto inside = [](double position, int64_t size) {
    return static_cast<int64_t>(std::clamp(position, 0.0, static_cast<double>(size)));
  };
  const int64_t end_x = inside(std::ceil(right), image.width);
  const int64_t end_y = inside(std::ceil(bottom), image.height);
  for (int64_t y = inside(std::floor(top), image.height); y < end_y; ++y) {
    for (int64_t x = inside(std::floor(left), image.width); x < end_x; ++x) paint(x, y);
  }
}

/// From the centre of a pixel to the nearest point of a line.
double distance(Point pixel, Point from, Point to) {
  const double dx = to.x - from.x;
  const double dy = to.y - from.y;
  const double length = dx * dx + dy * dy;
  const double along =
      length > 0 ? ((pixel.x - from.x) * dx + (pixel.y - from.y) * dy) / length : 0;
  const double part = std::clamp(along, 0.0, 1.0);
  return std::hypot(pixel.x - from.x - part * dx, pixel.y - from.y - part * dy);
}

}  // namespace

void fill_rectangle(Image& image, double left, double top, double right, double bottom,
                    Color color) {
  const Span xs = clipped(left, right, image.width);
  const Span ys = clipped(top, bottom, image.height);
  for (int64_t y = ys.begin; y < ys.end; ++y) {
    for (int64_t x = xs.begin; x < xs.end; ++x) {
      uint8_t* pixel = image.at(x, y);
      pixel[0] = color.red;
      pixel[1] = color.green;
      pixel[2] = color.blue;
    }
  }
}

void blend(Image& image, int64_t x, int64_t y, Color color, double opacity) {
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return;
  const std::array<double, 3> ink = {static_cast<double>(color.red),
                                     static_cast<double>(color.green),
                                     static_cast<double>(color.blue)};
  uint8_t* pixel = image.at(x, y);
  for (size_t c = 0; c < 3; ++c) {
    const double mixed = pixel[c] * (1 - opacity) + ink[c] * opacity;
    pixel[c] = static_cast<uint8_t>(std::lround(mixed));
  }
}

void draw_line(Image& image, double x0, double y0, double x1, double y1, Color color,
               double thickness) {
  const double reach = thickness / 2 + 1;
  const auto [left, right] = std::minmax(x0, x1);
  const auto [top, bottom] = std::minmax(y0, y1);
  each_pixel(image, left - reach, top - reach, right + reach, bottom + reach,
             [&](int64_t x, int64_t y) {
               const Point middle = {static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5};
               const double away = distance(middle, {x0, y0}, {x1, y1});
               const double cover = std::clamp(thickness / 2 + 0.5 - away, 0.0, 1.0);
               if (cover > 0) blend(image, x, y, color, cover);
             });
}

void draw_disc(Image& image, double x, double y, double radius, Color color) {
  draw_line(image, x, y, x, y, color, 2 * radius);
}

void draw_dashed_box(Image& image, double left, double top, double right, double bottom,
                     Color color, int64_t thickness) {
  const auto t = static_cast<double>(thickness);
  const int64_t period = 9 * thickness;
  each_pixel(image, std::round(left), std::round(top), std::round(right), std::round(bottom),
             [&](int64_t x, int64_t y) {
               const double from_left = static_cast<double>(x) - std::round(left);
               const double from_top = static_cast<double>(y) - std::round(top);
               const bool on_row = from_top < t || std::round(bottom) - static_cast<double>(y) <= t;
               const bool on_column =
                   from_left < t || std::round(right) - static_cast<double>(x) <= t;
               if (!on_row && !on_column) return;
               const double along = on_row ? from_left : from_top;
               const auto place = static_cast<int64_t>(along) % period;
               if (place < 6 * thickness) blend(image, x, y, color, 1);
             });
}

}  // namespace fovea
