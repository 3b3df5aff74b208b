#include "fovea/image/warp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fovea/core/random.h"
#include "fovea/image/decode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

Image golden(const std::string& name) {
  return decode_image(source_folder() / "tests/golden/image" / name);
}

int largest_difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.pixels.size(), b.pixels.size());
  int largest = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  }
  return largest;
}

/// Grey values of one row.
Image row(const std::vector<uint8_t>& values) {
  Image image{.height = 1, .width = static_cast<int64_t>(values.size())};
  for (const uint8_t v : values) image.pixels.insert(image.pixels.end(), {v, v, v});
  return image;
}

std::vector<int> reds(const Image& image) {
  std::vector<int> values;
  for (size_t i = 0; i < image.pixels.size(); i += 3) values.push_back(image.pixels[i]);
  return values;
}

TEST(Warp, OfAPureScalingIsWithinOneGreyLevelOfOpenCv) {
  const Image source = golden("resize_source.png");
  for (const std::string name : {"larger", "smaller", "wider"}) {
    const Image expected = golden("resize_" + name + ".png");
    const Affine scaling = {static_cast<double>(expected.width) / 23,  0, 0, 0,
                            static_cast<double>(expected.height) / 17, 0};
    const Image resized = warp(source, scaling, expected.height, expected.width);
    EXPECT_LE(largest_difference(resized, expected), 1) << name;
  }
}

TEST(Warp, ByTheIdentityKeepsEveryPixel) {
  const Image source = golden("resize_source.png");
  EXPECT_EQ(warp(source, {1, 0, 0, 0, 1, 0}, 17, 23), source);
}

TEST(Warp, FillsWhatLiesOutside) {
  const Image moved = warp(row({10, 20, 30}), {1, 0, 1, 0, 1, 1}, 3, 5, {7, 7, 7});
  EXPECT_EQ(reds(moved), (std::vector{7, 7, 7, 7, 7, 7, 10, 20, 30, 7, 7, 7, 7, 7, 7}));
}

TEST(Warp, MirrorsPixelsExactly) {
  EXPECT_EQ(reds(warp(row({10, 20, 30}), {-1, 0, 3, 0, 1, 0}, 1, 3)), (std::vector{30, 20, 10}));
}

TEST(Warp, BlendsBetweenPixelCentres) {
  EXPECT_EQ(reds(warp(row({0, 100}), {2, 0, 0, 0, 1, 0}, 1, 4)), (std::vector{0, 25, 75, 100}));
  EXPECT_EQ(reds(warp(row({0, 100, 200}), {1, 0, -0.5, 0, 1, 0}, 1, 2)), (std::vector{50, 150}));
}

TEST(Warp, OfAnyMapIsWithinOneGreyLevelOfOpenCv) {
  const Image source = golden("warped_source.png");
  const std::vector<std::pair<std::string, Projection>> maps = {
      {"turned", Projection({0.9, -0.5, 14.3, 0.45, 0.8, -3.6, 0, 0, 1})},
      {"slanted", Projection({1.7, 0.35, -20.25, -0.2, 1.3, 5.5, 0, 0, 1})},
      {"mirrored", Projection({-1.25, 0.1, 66.0, 0.3, -0.9, 40.7, 0, 0, 1})},
      {"tilted", Projection({1.1, 0.2, -4.0, 0.1, 1.2, -6.5, 0.004, -0.003, 1.0})},
      {"tilted_more", Projection({0.8, -0.3, 16.0, 0.35, 0.7, -2.0, -0.002, 0.006, 1.0})}};
  for (const auto& [name, map] : maps) {
    SCOPED_TRACE(name);
    const Image expected = golden("warped_" + name + ".png");
    const Image got =
        warp(source, map, expected.height, expected.width, {0, 0, 0}, Antialias::none);
    const Projection back = inverse(map);
    int64_t compared = 0;
    for (int64_t y = 0; y < got.height; ++y) {
      for (int64_t x = 0; x < got.width; ++x) {
        const Point at = back(static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5);
        // Outside, OpenCV repeats the border where Fovea fills.
        if (at.x < 0.001 || at.y < 0.001 || at.x > 60.999 || at.y > 46.999) continue;
        ++compared;
        for (size_t c = 0; c < 3; ++c) {
          ASSERT_NEAR(got.at(x, y)[c], expected.at(x, y)[c], 1) << x << ' ' << y;
        }
      }
    }
    EXPECT_GT(compared, 1000);
  }
}

TEST(BlockMeans, AreThoseOfTheirPixels) {
  Image image = Image::filled(41, 53, 0, 0, 0);
  Rng rng(7);
  for (uint8_t& value : image.pixels)
    value = static_cast<uint8_t>(rng.below(5) == 0 ? 255 : rng.bits());
  for (int64_t width = 1; width < 60; width += width < 20 ? 1 : 7) {
    for (int64_t height = 1; height < 60; height += height < 20 ? 1 : 7) {
      const Image means = block_means(image, {.width = width, .height = height});
      ASSERT_EQ(means.width, (53 + width - 1) / width);
      for (int64_t y = 0; y < means.height; ++y) {
        for (int64_t x = 0; x < means.width; ++x) {
          int64_t sum = 0, count = 0;
          for (int64_t v = y * height; v < std::min<int64_t>(41, (y + 1) * height); ++v) {
            for (int64_t u = x * width; u < std::min<int64_t>(53, (x + 1) * width); ++u) {
              sum += image.at(u, v)[1];
              ++count;
            }
          }
          ASSERT_EQ(means.at(x, y)[1], (sum + count / 2) / count) << width << ' ' << height;
        }
      }
    }
  }
}

TEST(Warp, AveragesWholeBlocksWhereItShrinksByTwoOrMore) {
  EXPECT_EQ(reds(warp(row({0, 100, 50, 250}), {0.5, 0, 0, 0, 1, 0}, 1, 2)), (std::vector{50, 150}));
  EXPECT_EQ(reds(warp(row({0, 90, 30, 9, 9, 9, 4}), {1.0 / 3, 0, 0, 0, 1, 0}, 1, 3)),
            (std::vector{40, 9, 0}));  // the last centre, 2.5 x 3, is outside of 7 pixels
}

TEST(Warp, TurnsAQuarterExactly) {
  // (x, y) -> (2 - y, x): a quarter turn to the right of 3 x 2 pixels.
  Image source = row({1, 2, 3, 4, 5, 6});
  source.height = 2;
  source.width = 3;
  EXPECT_EQ(reds(warp(source, {0, -1, 2, 1, 0, 0}, 3, 2)), (std::vector{4, 1, 5, 2, 6, 3}));
}

TEST(Warp, GivesTheSameByEitherPath) {
  const Image source = golden("resize_source.png");
  const Affine scaling = {1.3, 0, -2.2, 0, 0.8, 1.7};
  const Affine almost = {1.3, 1e-13, -2.2, 0, 0.8, 1.7};  // no longer axis-aligned
  EXPECT_LE(largest_difference(warp(source, scaling, 20, 30), warp(source, almost, 20, 30)), 1);
}

TEST(Warp, WritesNoPixelOutsideItsWindowOrThePicture) {
  std::vector<uint8_t> buffer(2 * 4 * 3 + 2, 99);
  const PixelRect first_column = {0, 0, 1, 2};
  warp_into(row({10, 20}), {1, 0, 0, 0, 1, 0}, Antialias::none, first_column,
            {buffer.data() + 1, 2, 4});
  std::vector<uint8_t> expected(buffer.size(), 99);
  std::fill_n(expected.begin() + 1, 3, 10);
  EXPECT_EQ(buffer, expected);
}

TEST(Warp, RefusesAMapWithoutInverse) {
  EXPECT_THROW(warp(row({1, 2}), {0, 0, 0, 0, 1, 0}, 2, 2), std::invalid_argument);
}

}  // namespace
}  // namespace fovea
