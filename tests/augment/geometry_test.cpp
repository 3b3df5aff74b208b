#include "fovea/augment/geometry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "fovea/augment/boxes.h"

namespace fovea {
namespace {

constexpr ImageSize kWindow = {96, 128};
constexpr ImageSize kFile = {90, 120};

AugmentOptions turning() {
  AugmentOptions options;
  options.flip_vertical = 0.5;
  options.transpose = 0.5;
  return options;
}

Projection drawn(const AugmentOptions& options, const Subject& subject, ImageSize window,
                 uint64_t seed) {
  return draw_map(options, subject, window, Draws(seed, 0, 0));
}

TEST(Fit, KeepsProportionsInTheUpperLeftCorner) {
  EXPECT_EQ(fit({.height = 600, .width = 800}, {320, 320}), (Affine{0.4, 0, 0, 0, 0.4, 0}));
  EXPECT_EQ(fit({.height = 10, .width = 5}, {100, 100})[0], 10);  // small ones grow
}

TEST(DrawMap, WithoutAugmentationIsTheFit) {
  const Projection map = drawn(no_augmentation(), {kFile}, kWindow, 1);
  EXPECT_EQ(affine_of(map), fit(kFile, kWindow));
}

TEST(DrawMap, ShowsTheCentreOfAnObject) {
  AugmentOptions options = turning();
  options.zoom.min = options.zoom.max = 4;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Projection map = drawn(options, {kFile, Point{106, 76}}, kWindow, seed);
    const Point centre = map(106, 76);
    SCOPED_TRACE(seed);
    EXPECT_GE(centre.x, -1e-9);
    EXPECT_GE(centre.y, -1e-9);
    EXPECT_LE(centre.x, kWindow.width + 1e-9);
    EXPECT_LE(centre.y, kWindow.height + 1e-9);
  }
}

TEST(DrawMap, CoversTheWindowOrStaysInside) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Box covered = map_box(drawn(turning(), {kFile}, kWindow, seed), whole_of(kFile));
    SCOPED_TRACE(seed);
    const bool inside = covered.left >= -1e-9 && covered.right() <= kWindow.width + 1e-9;
    const bool covers = covered.left <= 1e-9 && covered.right() >= kWindow.width - 1e-9;
    EXPECT_TRUE(inside || covers);
  }
}

TEST(DrawMap, ReachesEveryOrientationAndBothEndsOfTheScale) {
  AugmentOptions options = turning();
  options.zoom.aspect = 1;
  std::array<int, 8> orientations = {};
  double least = 1e9;
  double most = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    const Affine a = affine_of(drawn(options, {kFile}, {128, 128}, seed));
    const bool swapped = a[0] == 0;
    const double x = swapped ? a[1] : a[0];
    const double y = swapped ? a[3] : a[4];
    ++orientations[static_cast<size_t>((swapped ? 4 : 0) + (x < 0 ? 2 : 0) + (y < 0 ? 1 : 0))];
    const double scale = std::abs(x) / (128.0 / 120);
    least = std::min(least, scale);
    most = std::max(most, scale);
  }
  for (const int count : orientations) EXPECT_NEAR(count, 250, 75);
  EXPECT_NEAR(least, 0.5, 0.01);
  EXPECT_NEAR(most, 2.0, 0.02);
  EXPECT_LE(most, largest_scale(options, kFile, {128, 128}) / (128.0 / 120) + 1e-9);
}

TEST(DrawMap, StaysBelowTheLargestScale) {
  AugmentOptions options = turning();
  options.rotate = {1, 180};
  options.shear = {0.5, 20};
  options.crop.p = 0.5;
  const ImageSize file = {20, 200};
  const double bound = largest_scale(options, file, kWindow);
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    const Affine a = affine_of(drawn(options, {file}, kWindow, seed));
    EXPECT_LE(std::hypot(a[0], a[3]), bound + 1e-9);
    EXPECT_LE(std::hypot(a[1], a[4]), bound + 1e-9);
  }
}

TEST(DrawMap, MirroredTwiceIsTheIdentity) {
  AugmentOptions options = no_augmentation();
  options.flip = 1;
  const Affine once = affine_of(drawn(options, {kFile}, kFile, 3));
  EXPECT_EQ(once, (Affine{-1, 0, 120, 0, 1, 0}));
  EXPECT_EQ(compose(once, once), (Affine{1, 0, 0, 0, 1, 0}));
}

TEST(DrawMap, FillsTheWindowWithACropOfTheAreaAndAspectThatAreAllowed) {
  AugmentOptions options = no_augmentation();
  options.crop = {.p = 1, .min = 0.2, .max = 0.6, .aspect = 1.5};
  double least = 1;
  double most = 0;
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    const Projection back = inverse(drawn(options, {kFile}, kWindow, seed));
    const Box part = map_box(back, whole_of(kWindow));
    EXPECT_GE(part.left, -1e-9);
    EXPECT_GE(part.top, -1e-9);
    EXPECT_LE(part.right(), 120 + 1e-9);
    EXPECT_LE(part.bottom(), 90 + 1e-9);
    const double share = area_of(part) / (90 * 120);
    least = std::min(least, share);
    most = std::max(most, share);
    EXPECT_LE(std::abs(std::log(part.width / part.height)), std::log(1.5) + 1e-9);
  }
  EXPECT_NEAR(least, 0.2, 0.01);
  EXPECT_NEAR(most, 0.6, 0.01);
}

TEST(DrawMap, ShearKeepsAreas) {
  AugmentOptions options = no_augmentation();
  options.shear = {1, 20};
  options.zoom = {.p = 1, .min = 1, .max = 1, .aspect = 1};
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Affine a = affine_of(drawn(options, {kFile}, kWindow, seed));
    EXPECT_NEAR(a[0] * a[4] - a[1] * a[3], a[0] * a[0], 1e-9);
  }
}

TEST(DrawMap, PerspectiveKeepsTheWholeWindowBeforeTheEye) {
  AugmentOptions options = no_augmentation();
  options.perspective = {1, 0.45};
  double most = 1;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const Projection back = inverse(drawn(options, {kFile}, kWindow, seed));
    for (const double x : {0.0, 128.0}) {
      for (const double y : {0.0, 96.0}) {
        const double d = back.m[6] * x + back.m[7] * y + back.m[8];
        EXPECT_GT(d, 0);
        const double middle = back.m[6] * 64 + back.m[7] * 48 + back.m[8];
        most = std::max(most, d / middle);
      }
    }
  }
  EXPECT_GT(most, 1.3);
}

TEST(DrawMap, DrawsEachThingForItself) {
  AugmentOptions flipping = no_augmentation();
  flipping.flip = 0.5;
  AugmentOptions both = flipping;
  both.rotate = {1, 10};
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Affine a = affine_of(drawn(flipping, {kFile}, kWindow, seed));
    const Affine b = affine_of(drawn(both, {kFile}, kWindow, seed));
    EXPECT_EQ(a[0] < 0, b[0] < 0) << seed;
  }
}

TEST(InverseOfAMap, UndoesIt) {
  const Projection map({0.5, 0.25, 7, -0.125, 2, -3, 0.001, -0.0005, 1});
  const Projection both = compose(inverse(map), map);
  for (const auto& [x, y] : {std::pair{0.0, 0.0}, {10.0, 50.0}, {-3.0, 8.0}}) {
    EXPECT_NEAR(both(x, y).x, x, 1e-9);
    EXPECT_NEAR(both(x, y).y, y, 1e-9);
  }
}

}  // namespace
}  // namespace fovea
