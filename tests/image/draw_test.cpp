#include "fovea/image/draw.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>

#include "support/test_files.h"

namespace fovea {
namespace {

constexpr Color kRed{255, 0, 0};

Image black(int64_t height, int64_t width) {
  return Image::filled(height, width, 0, 0, 0);
}

/// One character a pixel: '#' where it is not black.
std::string shape(const Image& image) {
  std::string text;
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) text += image.at(x, y)[0] != 0 ? '#' : '.';
    text += '\n';
  }
  return text;
}

TEST(DrawBox, OutlinesThePixelsFromLeftToRight) {
  Image image = black(5, 6);
  draw_box(image, 1, 1, 5, 4, kRed, 1);
  EXPECT_EQ(shape(image), "......\n.####.\n.#..#.\n.####.\n......\n");
}

TEST(DrawBox, CutsOffWhatLiesOutside) {
  Image image = black(3, 4);
  draw_box(image, -5, -5, 2, 1e9, kRed, 1);
  EXPECT_EQ(shape(image), ".#..\n.#..\n.#..\n");
}

TEST(Draw, SurvivesCoordinatesThatAreNoNumbers) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const double far = std::numeric_limits<double>::infinity();
  Image image = black(20, 20);
  draw_box(image, none, -far, far, none, kRed, 1);
  EXPECT_EQ(image.pixels.size(), 20 * 20 * 3U);
}

TEST(ColorOf, NeighboursDiffer) {
  for (int64_t label = 0; label < 100; ++label) {
    const Color a = color_of(label);
    const Color b = color_of(label + 1);
    const int difference =
        std::abs(a.red - b.red) + std::abs(a.green - b.green) + std::abs(a.blue - b.blue);
    EXPECT_GT(difference, 90) << label;
  }
}

TEST(Tile, LaysPicturesOutInRows) {
  const Image white = Image::filled(2, 2, 0, 0, 0);
  const Image sheet = tile({white, white, white}, 2, 1);
  EXPECT_EQ(shape(sheet), "#######\n#..#..#\n#..#..#\n#######\n#..####\n#..####\n#######\n");
  EXPECT_THAT(error_of([] { tile({}, 2, 1); }), testing::HasSubstr("no pictures"));
}

}  // namespace
}  // namespace fovea
