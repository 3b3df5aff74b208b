#include "fovea/image/draw.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "fovea/core/error.h"
#include "fovea/image/draw_shapes.h"

namespace fovea {
namespace {

constexpr std::array<Color, 20> kPalette = {{
    {230, 57, 70},   {29, 120, 240},  {46, 160, 67},   {255, 159, 28},  {142, 68, 200},
    {0, 180, 190},   {240, 90, 190},  {140, 95, 50},   {190, 210, 30},  {20, 60, 150},
    {255, 205, 60},  {0, 110, 90},    {255, 130, 110}, {110, 200, 255}, {130, 20, 60},
    {170, 140, 255}, {120, 230, 150}, {100, 100, 110}, {200, 110, 20},  {250, 180, 210},
}};

/// `weight` 0..255 of the colour over the pixel.
void blend(uint8_t* pixel, Color color, int weight) {
  const std::array<int, 3> ink = {color.red, color.green, color.blue};
  for (size_t c = 0; c < 3; ++c) {
    pixel[c] = static_cast<uint8_t>((pixel[c] * (255 - weight) + ink[c] * weight + 127) / 255);
  }
}

}  // namespace

Color color_of(int64_t label) {
  const auto count = static_cast<int64_t>(kPalette.size());
  const Color base = kPalette[static_cast<size_t>(label % count)];
  const auto round = label / count;  // later rounds are mixed with black and white by turns
  if (round == 0) return base;
  std::array<uint8_t, 3> pixel = {base.red, base.green, base.blue};
  const auto end = static_cast<uint8_t>(round % 2 == 0 ? 255 : 0);
  blend(pixel.data(), {end, end, end}, static_cast<int>(std::min<int64_t>(40 + 20 * round, 100)));
  return {pixel[0], pixel[1], pixel[2]};
}

int64_t line_thickness(const Image& image) {
  return std::max<int64_t>(1, (std::max(image.height, image.width) + 160) / 320);
}

void draw_box(Image& image, double left, double top, double right, double bottom, Color color,
              int64_t thickness) {
  const double t = static_cast<double>(thickness);
  fill_rectangle(image, left, top, right, std::min(top + t, bottom), color);
  fill_rectangle(image, left, std::max(bottom - t, top), right, bottom, color);
  fill_rectangle(image, left, top, std::min(left + t, right), bottom, color);
  fill_rectangle(image, std::max(right - t, left), top, right, bottom, color);
}

Image tile(const std::vector<Image>& images, int64_t columns, int64_t gap) {
  if (images.empty()) fail("there are no pictures for a contact sheet", "give at least one");
  const auto count = static_cast<int64_t>(images.size());
  columns = std::clamp<int64_t>(columns, 1, count);
  int64_t height = 0;
  int64_t width = 0;
  for (const Image& image : images) {
    height = std::max(height, image.height);
    width = std::max(width, image.width);
  }
  const int64_t rows = (count + columns - 1) / columns;
  Image sheet =
      Image::filled(rows * (height + gap) + gap, columns * (width + gap) + gap, 255, 255, 255);
  for (int64_t i = 0; i < count; ++i) {
    const Image& image = images[static_cast<size_t>(i)];
    const int64_t left = gap + i % columns * (width + gap) + (width - image.width) / 2;
    const int64_t top = gap + i / columns * (height + gap) + (height - image.height) / 2;
    for (int64_t y = 0; y < image.height; ++y) {
      std::copy_n(image.at(0, y), image.width * 3, sheet.at(left, top + y));
    }
  }
  return sheet;
}

}  // namespace fovea
