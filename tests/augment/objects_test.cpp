#include "fovea/augment/objects.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "fovea/augment/boxes.h"
#include "fovea/augment/geometry.h"
#include "fovea/augment/sample.h"
#include "fovea/core/random.h"
#include "fovea/data/rle.h"
#include "fovea/image/warp.h"

namespace fovea {
namespace {

using testing::ElementsAre;

constexpr ImageSize kSample = {96, 128};
constexpr Window kAll = {.part = {0, 0, 128, 96}, .sample = kSample};

std::vector<Instance> mapped(const std::vector<Instance>& instances, const Projection& map,
                             ImageSize file, double min_visible = 0,
                             const std::vector<std::string>& keypoints = {},
                             const Window& window = kAll) {
  return ObjectMapper({{.id = 1, .name = "x", .keypoints = keypoints}})
      .map(instances, file, map, window, min_visible);
}

Instance boxed(const Box& box, bool crowd = false) {
  return {.id = 1, .box = box, .crowd = crowd, .area = box.width * box.height};
}

/// A random map of every kind.
Projection any_map(ImageSize file, uint64_t seed, ImageSize sample = kSample) {
  AugmentOptions options;
  options.flip_vertical = options.transpose = 0.5;
  options.rotate = {0.5, 45};
  options.shear = {0.5, 15};
  options.perspective = {0.5, 0.3};
  options.zoom = {.p = 1, .min = 0.7, .max = 1.4, .aspect = 1.2};
  return draw_map(options, {file}, sample, Draws(seed, 0, 0));
}

double overlap_of(const Rle& a, const Rle& b) {
  return overlap(a, b, false);
}

/// A blob with a hole: pixels between two radii around the middle.
PixelMask ring(int64_t height, int64_t width) {
  PixelMask mask{.height = height, .width = width};
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const double r = std::hypot(static_cast<double>(x) + 0.5 - static_cast<double>(width) / 2,
                                  static_cast<double>(y) + 0.5 - static_cast<double>(height) / 2);
      mask.on.push_back(r > 12 && r < 32 ? 1 : 0);
    }
  }
  return mask;
}

/// The mask drawn as a picture, warped as pictures are, and cut at half.
Rle warped_raster(const PixelMask& mask, const Projection& map, ImageSize sample = kSample) {
  Image image = Image::filled(mask.height, mask.width, 0, 0, 0);
  for (size_t i = 0; i < mask.on.size(); ++i) {
    std::fill_n(image.pixels.begin() + static_cast<int64_t>(3 * i), 3,
                static_cast<uint8_t>(mask.on[i] * 255));
  }
  const Image shown = warp(image, map, sample.height, sample.width, {0, 0, 0}, Antialias::none);
  PixelMask raster{.height = sample.height, .width = sample.width};
  for (size_t i = 0; i < shown.pixels.size(); i += 3) raster.on.push_back(shown.pixels[i] > 127);
  return runs_of(raster);
}

TEST(MapRuns, FollowsThePixelsOfTheWarpedPicture) {
  const PixelMask mask = ring(90, 120);
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const Projection map = any_map({90, 120}, seed);
    const Rle expected = warped_raster(mask, map);
    if (area_of(expected) < 300) continue;
    EXPECT_GE(overlap_of(map_runs(runs_of(mask), map, kAll), expected), 0.98) << seed;
  }
}

TEST(ObjectMapper, MovesPolygonsWithThePixels) {
  const std::vector<double> outline = {100, 75, 475, 110, 400, 350, 250, 275, 150, 390};
  const ImageSize file = {450, 600};
  const ImageSize sample = {480, 640};
  const Window window = {.part = {0, 0, 640, 480}, .sample = sample};
  const Rle runs = rle_of({outline}, 450, 600);
  Instance object = boxed(bounds_of(runs));
  object.segmentation.polygons = {outline};
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const Projection map = any_map(file, seed, sample);
    const Rle expected = warped_raster(pixels_of(runs), map, sample);
    const auto moved = mapped({object}, map, file, 0, {}, window);
    if (area_of(expected) < 5000) continue;
    ASSERT_EQ(moved.size(), 1U);
    const Rle got = rle_of(moved[0].segmentation.polygons, sample.height, sample.width);
    EXPECT_GE(overlap_of(got, expected), 0.98) << seed;
  }
}

TEST(ObjectMapper, MovesBoxesToTenThousandthsOfAPixel) {
  Rng rng(3);
  int64_t compared = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Projection map = any_map({90, 120}, seed);
    const Box box = {rng.uniform(0, 60), rng.uniform(0, 45), rng.uniform(8, 50),
                     rng.uniform(8, 40)};
    // The four corners, one by one and in more digits.
    long double low_x = 1e9, low_y = 1e9, high_x = -1e9, high_y = -1e9;
    for (const long double x : {box.left + 0.0L, box.left + 0.0L + box.width}) {
      for (const long double y : {box.top + 0.0L, box.top + 0.0L + box.height}) {
        const long double d = map.m[6] * x + map.m[7] * y + map.m[8];
        const long double u = (map.m[0] * x + map.m[1] * y + map.m[2]) / d;
        const long double v = (map.m[3] * x + map.m[4] * y + map.m[5]) / d;
        low_x = std::min(low_x, u);
        high_x = std::max(high_x, u);
        low_y = std::min(low_y, v);
        high_y = std::max(high_y, v);
      }
    }
    if (low_x < 0 || low_y < 0 || high_x > 128 || high_y > 96) continue;  // would be clipped
    const auto moved = mapped({boxed(box)}, map, {90, 120});
    ASSERT_EQ(moved.size(), 1U);
    EXPECT_NEAR(moved[0].box.left, static_cast<double>(low_x), 1e-4);
    EXPECT_NEAR(moved[0].box.top, static_cast<double>(low_y), 1e-4);
    EXPECT_NEAR(moved[0].box.right(), static_cast<double>(high_x), 1e-4);
    EXPECT_NEAR(moved[0].box.bottom(), static_cast<double>(high_y), 1e-4);
    ++compared;
  }
  EXPECT_GT(compared, 50);
}

TEST(ObjectMapper, MovesBoxesWithThePixels) {
  const Box box = {30, 20, 40, 30};
  for (uint64_t seed = 0; seed < 200; ++seed) {
    AugmentOptions options;
    options.flip_vertical = options.transpose = 0.5;
    const Projection map = draw_map(options, {{90, 120}}, kSample, Draws(seed, 0, 0));
    const auto moved = mapped({boxed(box)}, map, {90, 120});
    PixelMask mask{.height = 90, .width = 120};
    mask.on.resize(90 * 120);
    for (int64_t y = 20; y < 50; ++y) std::fill_n(mask.on.begin() + y * 120 + 30, 40, uint8_t{1});
    const Box seen = bounds_of(warped_raster(mask, map));
    if (seen.width < 4 || seen.height < 4) continue;
    ASSERT_EQ(moved.size(), 1U);
    EXPECT_NEAR(moved[0].box.left, seen.left, 1.01);
    EXPECT_NEAR(moved[0].box.top, seen.top, 1.01);
    EXPECT_NEAR(moved[0].box.right(), seen.right(), 1.01);
    EXPECT_NEAR(moved[0].box.bottom(), seen.bottom(), 1.01);
  }
}

TEST(ObjectMapper, ClipsToTheWindow) {
  const Window right_half = {.part = {64, 0, 64, 96}, .sample = kSample};
  const auto cut =
      mapped({boxed({50, 10, 20, 10})}, {1, 0, 0, 0, 1, 0}, {90, 200}, 0.25, {}, right_half);
  ASSERT_EQ(cut.size(), 1U);
  EXPECT_EQ(cut[0].box, (Box{64, 10, 6, 10}));
  EXPECT_NEAR(cut[0].area, 60, 1e-9);
}

TEST(ObjectMapper, TurnsAnObjectThatIsMostlyCutAwayIntoACrowd) {
  const Projection map = {1, 0, -50, 0, 1, 0};
  const auto kept = mapped({boxed({35, 10, 20, 10})}, map, {90, 200}, 0.25);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_FALSE(kept[0].crowd);  // a quarter is left, exactly
  const auto cut = mapped({boxed({34, 10, 20, 10})}, map, {90, 200}, 0.25);
  ASSERT_EQ(cut.size(), 1U);
  EXPECT_TRUE(cut[0].crowd);
}

TEST(ObjectMapper, DropsWhatIsOutsideOrThinnerThanAPixel) {
  const Projection shifted = {1, 0, -50, 0, 1, 0};
  EXPECT_TRUE(mapped({boxed({10, 10, 40.5, 10})}, shifted, {90, 200}).empty());
  const Projection small = {0.1, 0, 0, 0, 0.1, 0};
  EXPECT_TRUE(mapped({boxed({10, 10, 9, 50})}, small, {90, 200}).empty());
  EXPECT_EQ(mapped({boxed({10, 10, 10, 50})}, small, {90, 200}).size(), 1U);
}

TEST(ObjectMapper, CountsWhatLiesOutsideTheFileAsAbsent) {
  const auto moved = mapped({boxed({50, 10, 40, 10})}, {1, 0, 20, 0, 1, 0}, {90, 60}, 0.25);
  ASSERT_EQ(moved.size(), 1U);
  EXPECT_EQ(moved[0].box, (Box{70, 10, 10, 10}));  // nothing of it on the fill beside the picture
}

TEST(ObjectMapper, TurnsPolygonsMoreTightlyThanCorners) {
  Instance object = boxed({40, 30, 40, 40});
  std::vector<double> circle;
  for (int i = 0; i < 64; ++i) {
    circle.push_back(60 + 20 * std::cos(i * 0.0981747704));
    circle.push_back(50 + 20 * std::sin(i * 0.0981747704));
  }
  object.segmentation.polygons = {circle};
  const double c = std::sqrt(0.5);
  const auto moved = mapped({object}, {c, -c, 60, c, c, -30}, {90, 120});
  ASSERT_EQ(moved.size(), 1U);
  EXPECT_NEAR(moved[0].box.width, 40, 0.1);
  EXPECT_NEAR(moved[0].box.height, 40, 0.1);
}

TEST(ObjectMapper, ExchangesLeftAndRightWhenItMirrors) {
  Instance person = boxed({10, 10, 60, 60});
  person.keypoints = {{40, 20, 2}, {30, 30, 2}, {50, 30, 1}, {0, 0, 0}};
  const std::vector<std::string> names = {"nose", "left_eye", "right_eye", "L_ear"};
  const auto plain = mapped({person}, {1, 0, 0, 0, 1, 0}, {90, 120}, 0, names);
  EXPECT_EQ(plain[0].keypoints[1].x, 30);
  const auto turned = mapped({person}, {-1, 0, 120, 0, 1, 0}, {90, 120}, 0, names);
  EXPECT_EQ(turned[0].keypoints[0].x, 80);
  EXPECT_EQ(turned[0].keypoints[1].x, 70);  // was the right eye
  EXPECT_EQ(turned[0].keypoints[1].visibility, 1);
  EXPECT_EQ(turned[0].keypoints[2].x, 90);
  EXPECT_EQ(turned[0].keypoints[3].visibility, 0);
}

TEST(MirrorPartners, GoByNames) {
  EXPECT_THAT(mirror_partners({"nose", "Left_Eye", "right_eye", "l_hip", "r_hip", "tail_l"}),
              ElementsAre(0, 2, 1, 4, 3, 5));
}

TEST(ToFile, TakesABoxBackToWhereItCameFrom) {
  const Affine a = {0.7, 0, 3, 0, 0.6, 5};
  const Frame frame{.a = a, .file_height = 90, .file_width = 120};
  const Box back = to_file(frame, map_box(a, {30, 20, 40, 30}));
  EXPECT_NEAR(back.left, 30, 1e-9);
  EXPECT_NEAR(back.bottom(), 50, 1e-9);
  EXPECT_EQ(to_file(frame, {.left = 0, .top = 110, .width = 9, .height = 9}).height, 0);
}

}  // namespace
}  // namespace fovea
