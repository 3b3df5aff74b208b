#include "fovea/image/draw_shapes.h"

#include <gtest/gtest.h>

#include <limits>

namespace fovea {
namespace {

constexpr Color kRed = {255, 0, 0};

bool is_red(const Image& image, int64_t x, int64_t y) {
  return image.at(x, y)[0] == 255 && image.at(x, y)[1] == 0;
}

TEST(DrawShapes, ALineJoinsItsEnds) {
  Image image = Image::filled(20, 40, 255, 255, 255);
  draw_line(image, 5, 5.5, 35, 5.5, kRed, 3);
  EXPECT_TRUE(is_red(image, 5, 5));
  EXPECT_TRUE(is_red(image, 20, 4));
  EXPECT_TRUE(is_red(image, 34, 6));
  EXPECT_FALSE(is_red(image, 20, 9));
}

TEST(DrawShapes, ADiscIsRound) {
  Image image = Image::filled(40, 40, 255, 255, 255);
  draw_disc(image, 20, 20, 10, kRed);
  EXPECT_TRUE(is_red(image, 20, 11));
  EXPECT_TRUE(is_red(image, 11, 20));
  EXPECT_FALSE(is_red(image, 12, 12));
}

TEST(DrawShapes, DashesLeaveGapsAndTheInsideAlone) {
  Image image = Image::filled(60, 60, 255, 255, 255);
  draw_dashed_box(image, 10, 10, 50, 50, kRed, 2);
  EXPECT_TRUE(is_red(image, 10, 10));
  EXPECT_FALSE(is_red(image, 10 + 12, 10));  // dashes of 12 pixels, gaps of 6
  EXPECT_TRUE(is_red(image, 10 + 18, 10));
  EXPECT_TRUE(is_red(image, 49, 10 + 18));
  EXPECT_FALSE(is_red(image, 30, 30));
}

TEST(DrawShapes, BlendsAndIgnoresWhatLiesOutside) {
  Image image = Image::filled(10, 10, 100, 100, 100);
  blend(image, 3, 3, {200, 0, 100}, 0.5);
  EXPECT_EQ(image.at(3, 3)[0], 150);
  EXPECT_EQ(image.at(3, 3)[1], 50);
  const Image before = image;
  blend(image, -1, 3, kRed, 1);
  blend(image, 3, 10, kRed, 1);
  draw_line(image, -1e300, -50, 1e300, -40, kRed, 3);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  draw_disc(image, nan, 5, 3, kRed);
  draw_dashed_box(image, 5, nan, 8, 9, kRed, 2);
  EXPECT_EQ(image, before);
}

}  // namespace
}  // namespace fovea
