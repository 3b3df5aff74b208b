#include "fovea/data/transforms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "fovea/image/warp.h"

namespace fovea {
namespace {

constexpr ImageSize kOut = {96, 128};

/// 120 x 90 black pixels with a red rectangle, and a record that says where it is.
struct Scene {
  Image image = Image::filled(90, 120, 0, 0, 0);
  Record record = {.id = 1, .height = 90, .width = 120};
};

Scene scene_with(const Box& box) {
  Scene scene;
  for (auto y = static_cast<int64_t>(box.top); y < static_cast<int64_t>(box.bottom()); ++y) {
    for (auto x = static_cast<int64_t>(box.left); x < static_cast<int64_t>(box.right()); ++x) {
      scene.image.at(x, y)[0] = 255;
    }
  }
  scene.record.instances = {{.id = 5, .box = box, .area = box.width * box.height}};
  return scene;
}

/// The extent of what is at least half red (and not fill) in a sample.
Box red_extent(const Image& image) {
  Box box{.left = 1e9, .top = 1e9};
  double right = -1;
  double bottom = -1;
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) {
      const uint8_t* pixel = image.at(x, y);
      if (pixel[0] < 128 || pixel[1] > 64) continue;
      box.left = std::min(box.left, static_cast<double>(x));
      box.top = std::min(box.top, static_cast<double>(y));
      right = std::max(right, static_cast<double>(x + 1));
      bottom = std::max(bottom, static_cast<double>(y + 1));
    }
  }
  box.width = right - box.left;
  box.height = bottom - box.top;
  return box;
}

void expect_near(const Box& a, const Box& b, double tolerance) {
  EXPECT_NEAR(a.left, b.left, tolerance);
  EXPECT_NEAR(a.top, b.top, tolerance);
  EXPECT_NEAR(a.right(), b.right(), tolerance);
  EXPECT_NEAR(a.bottom(), b.bottom(), tolerance);
}

AugmentOptions everything() {
  AugmentOptions options;
  options.flip_vertical = 0.5;
  options.transpose = 0.5;
  return options;
}

Instance boxed(const Box& box, bool crowd = false) {
  return {.id = 1, .box = box, .crowd = crowd, .area = box.width * box.height};
}

TEST(Fit, KeepsProportionsInTheUpperLeftCorner) {
  const Frame frame = fit({.height = 600, .width = 800}, {320, 320});
  EXPECT_EQ(frame.a, (Affine{0.4, 0, 0, 0, 0.4, 0}));
  EXPECT_EQ(frame.file_height, 600);
  EXPECT_EQ(frame.file_width, 800);
  EXPECT_EQ(fit({.height = 10, .width = 5}, {100, 100}).a[0], 10);  // small ones grow
}

TEST(DrawGeometry, WithoutAugmentationIsTheFit) {
  const Scene scene = scene_with({30, 20, 40, 30});
  Rng rng(1);
  const Frame frame = draw_geometry(no_augmentation(), scene.record, kOut, rng);
  EXPECT_EQ(frame.a, fit({.height = 90, .width = 120}, kOut).a);
}

TEST(DrawGeometry, MovesBoxesWithThePixels) {
  const Scene scene = scene_with({30, 20, 40, 30});
  int compared = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Rng rng(seed);
    const Frame frame = draw_geometry(everything(), scene.record, kOut, rng);
    const auto mapped = map_instances(scene.record.instances, frame, kOut, 0);
    if (mapped.empty() || mapped[0].box.width < 4 || mapped[0].box.height < 4) continue;
    const Image sample = warp(scene.image, frame.a, kOut.height, kOut.width, kFill);
    SCOPED_TRACE(seed);
    expect_near(red_extent(sample), mapped[0].box, 1.01);
    ++compared;
  }
  EXPECT_GT(compared, 250);
}

TEST(DrawGeometry, ShowsTheCentreOfAnObject) {
  const Scene scene = scene_with({100, 70, 12, 12});  // in a corner, where most cuts would miss it
  AugmentOptions options = everything();
  options.scale_min = options.scale_max = 4;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Rng rng(seed);
    const Frame frame = draw_geometry(options, scene.record, kOut, rng);
    const Box centre = map_box(frame.a, {.left = 106, .top = 76});
    SCOPED_TRACE(seed);
    EXPECT_GE(centre.left, -1e-9);
    EXPECT_GE(centre.top, -1e-9);
    EXPECT_LE(centre.left, kOut.width + 1e-9);
    EXPECT_LE(centre.top, kOut.height + 1e-9);
  }
}

TEST(DrawGeometry, CoversTheWindowOrStaysInside) {
  const Record record{.height = 90, .width = 120};
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Rng rng(seed);
    const Frame frame = draw_geometry(everything(), record, kOut, rng);
    const Box covered = map_box(frame.a, {.width = 120, .height = 90});
    SCOPED_TRACE(seed);
    const bool inside = covered.left >= -1e-9 && covered.right() <= kOut.width + 1e-9;
    const bool covers = covered.left <= 1e-9 && covered.right() >= kOut.width - 1e-9;
    EXPECT_TRUE(inside || covers);
  }
}

TEST(DrawGeometry, ReachesEveryOrientationAndBothEndsOfTheScale) {
  const Record record{.height = 90, .width = 120};
  AugmentOptions options = everything();
  options.aspect = 1;
  std::array<int, 8> orientations = {};
  double least = 1e9;
  double most = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    Rng rng(seed);
    const Affine a = draw_geometry(options, record, {128, 128}, rng).a;
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
  EXPECT_LE(most, largest_scale(options, {90, 120}, {128, 128}) / (128.0 / 120) + 1e-9);
}

TEST(DrawGeometry, StaysBelowTheLargestScale) {
  AugmentOptions options = everything();
  options.rotate = 180;
  const Record record{.height = 20, .width = 200};
  const double bound = largest_scale(options, {20, 200}, kOut);
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    Rng rng(seed);
    const Affine a = draw_geometry(options, record, kOut, rng).a;
    EXPECT_LE(std::hypot(a[0], a[3]), bound + 1e-9);
    EXPECT_LE(std::hypot(a[1], a[4]), bound + 1e-9);
  }
}

TEST(DrawGeometry, TurnedTwiceByFlipsIsTheIdentity) {
  AugmentOptions options = no_augmentation();
  options.flip = 1;
  const Record record{.height = 90, .width = 120};
  Rng rng(3);
  const Affine once = draw_geometry(options, record, {90, 120}, rng).a;
  EXPECT_EQ(once, (Affine{-1, 0, 120, 0, 1, 0}));
  EXPECT_EQ(compose(once, once), (Affine{1, 0, 0, 0, 1, 0}));
}

TEST(DrawGeometry, TurnsPolygonsMoreTightlyThanCorners) {
  AugmentOptions options = no_augmentation();
  options.rotate = 45;
  Scene scene = scene_with({40, 30, 40, 40});
  std::vector<double> circle;
  for (int i = 0; i < 64; ++i) {
    circle.push_back(60 + 20 * std::cos(i * 0.0981747704));
    circle.push_back(50 + 20 * std::sin(i * 0.0981747704));
  }
  Instance object = scene.record.instances[0];
  object.segmentation.polygons = {circle};
  scene.record.instances = {object};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    const Frame frame = draw_geometry(options, scene.record, kOut, rng);
    const auto mapped = map_instances(scene.record.instances, frame, kOut, 0);
    ASSERT_EQ(mapped.size(), 1U);
    const double diameter = 40 * std::hypot(frame.a[0], frame.a[3]);
    EXPECT_NEAR(mapped[0].box.width, diameter, 0.01 * diameter);
    EXPECT_NEAR(mapped[0].box.height, diameter, 0.01 * diameter);
  }
}

TEST(MapInstances, ClipsToTheSample) {
  const Frame frame{.a = {1, 0, -50, 0, 1, 0}, .file_height = 90, .file_width = 200};
  const auto mapped = map_instances({boxed({40, 10, 20, 10})}, frame, kOut, 0.25);
  ASSERT_EQ(mapped.size(), 1U);
  EXPECT_EQ(mapped[0].box, (Box{0, 10, 10, 10}));
  EXPECT_EQ(mapped[0].area, 100);
  EXPECT_FALSE(mapped[0].crowd);
}

TEST(MapInstances, TurnsAnObjectThatIsMostlyCutAwayIntoACrowd) {
  const Frame frame{.a = {1, 0, -50, 0, 1, 0}, .file_height = 90, .file_width = 200};
  const auto kept = map_instances({boxed({35, 10, 20, 10})}, frame, kOut, 0.25);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_FALSE(kept[0].crowd);  // a quarter is left, exactly
  const auto cut = map_instances({boxed({34, 10, 20, 10})}, frame, kOut, 0.25);
  ASSERT_EQ(cut.size(), 1U);
  EXPECT_TRUE(cut[0].crowd);
}

TEST(MapInstances, DropsWhatIsOutsideOrThinnerThanAPixel) {
  const Frame shifted{.a = {1, 0, -50, 0, 1, 0}, .file_height = 90, .file_width = 200};
  EXPECT_TRUE(map_instances({boxed({10, 10, 40.5, 10})}, shifted, kOut, 0).empty());
  const Frame small{.a = {0.1, 0, 0, 0, 0.1, 0}, .file_height = 90, .file_width = 200};
  EXPECT_TRUE(map_instances({boxed({10, 10, 9, 50})}, small, kOut, 0).empty());
  EXPECT_EQ(map_instances({boxed({10, 10, 10, 50})}, small, kOut, 0).size(), 1U);
}

TEST(MapInstances, KeepsCrowdsAsCrowds) {
  const Frame frame{.a = {1, 0, -50, 0, 1, 0}, .file_height = 90, .file_width = 200};
  const auto mapped = map_instances({boxed({0, 0, 60, 80}, true)}, frame, kOut, 0);
  ASSERT_EQ(mapped.size(), 1U);
  EXPECT_TRUE(mapped[0].crowd);
  EXPECT_EQ(mapped[0].box, (Box{0, 0, 10, 80}));
}

TEST(MapInstances, CountsWhatLiesOutsideTheFileAsAbsent) {
  const Frame frame{.a = {1, 0, 20, 0, 1, 0}, .file_height = 90, .file_width = 60};
  const auto mapped = map_instances({boxed({50, 10, 40, 10})}, frame, kOut, 0.25);
  ASSERT_EQ(mapped.size(), 1U);
  EXPECT_EQ(mapped[0].box, (Box{70, 10, 10, 10}));  // nothing of it on the fill beside the picture
}

TEST(MapInstances, MovesPolygonsAndKeypoints) {
  Instance instance = boxed({10, 10, 20, 20});
  instance.segmentation.polygons = {{10, 10, 30, 10, 30, 30}};
  instance.segmentation.rle = Rle{};
  instance.keypoints = {{.x = 20, .y = 25, .visibility = 2}};
  const Frame frame{.a = {2, 0, 1, 0, 2, 3}, .file_height = 40, .file_width = 40};
  const auto mapped = map_instances({instance}, frame, kOut, 0);
  ASSERT_EQ(mapped.size(), 1U);
  EXPECT_EQ(mapped[0].segmentation.polygons[0], (std::vector<double>{21, 23, 61, 23, 61, 63}));
  EXPECT_FALSE(mapped[0].segmentation.rle);
  EXPECT_EQ(mapped[0].keypoints[0].x, 41);
  EXPECT_EQ(mapped[0].keypoints[0].y, 53);
  EXPECT_EQ(mapped[0].area, 1600);
}

TEST(ToFile, TakesABoxBackToWhereItCameFrom) {
  AugmentOptions options = everything();
  options.scale_min = options.scale_max = 0.7;  // all of the picture is seen
  const Scene scene = scene_with({30, 20, 40, 30});
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng(seed);
    const Frame frame = draw_geometry(options, scene.record, kOut, rng);
    const auto mapped = map_instances(scene.record.instances, frame, kOut, 0);
    ASSERT_EQ(mapped.size(), 1U);
    expect_near(to_file(frame, mapped[0].box), {30, 20, 40, 30}, 1e-9);
  }
}

TEST(ToFile, ClipsToTheFilesPicture) {
  const Frame frame = fit({.height = 90, .width = 120}, {128, 128});
  const Box box = to_file(frame, {.left = 100, .top = 80, .width = 28, .height = 48});
  EXPECT_NEAR(box.right(), 120, 1e-9);
  EXPECT_EQ(box.bottom(), 90);
  EXPECT_EQ(to_file(frame, {.left = 0, .top = 110, .width = 9, .height = 9}).height, 0);
}

TEST(InverseOfAMap, UndoesIt) {
  const Affine map = {0.5, 0.25, 7, -0.125, 2, -3};
  const Affine both = compose(inverse(map), map);
  const Affine same = {1, 0, 0, 0, 1, 0};
  for (size_t i = 0; i < 6; ++i) EXPECT_NEAR(both[i], same[i], 1e-12);
}

TEST(JitterColour, WithoutReachChangesNothing) {
  Image image = Image::filled(8, 8, 10, 200, 90);
  const Image before = image;
  Rng rng(1);
  jitter_colour(image.pixels, no_augmentation(), rng);
  EXPECT_EQ(image, before);
}

TEST(JitterColour, LeavesGreyGreyWhenOnlyColoursChange) {
  AugmentOptions options = no_augmentation();
  options.saturation = 0.9;
  options.hue = 180;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Image image = Image::filled(4, 4, 77, 77, 77);
    Rng rng(seed);
    jitter_colour(image.pixels, options, rng);
    EXPECT_EQ(image, Image::filled(4, 4, 77, 77, 77));
  }
}

TEST(JitterColour, ScalesBrightnessByItsReach) {
  AugmentOptions options = no_augmentation();
  options.brightness = 0.5;
  int least = 255;
  int most = 0;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Image image = Image::filled(2, 2, 100, 100, 100);
    Rng rng(seed);
    jitter_colour(image.pixels, options, rng);
    least = std::min<int>(least, image.pixels[0]);
    most = std::max<int>(most, image.pixels[0]);
  }
  EXPECT_NEAR(least, 50, 2);
  EXPECT_NEAR(most, 150, 2);
}

TEST(JitterColour, SaturatesInsteadOfWrapping) {
  AugmentOptions options = no_augmentation();
  options.brightness = 1;
  options.contrast = 1;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Image image = Image::filled(1, 8, 255, 255, 255);
    for (size_t i = 0; i < 12; ++i) image.pixels[i] = 0;
    Rng rng(seed);
    jitter_colour(image.pixels, options, rng);
    EXPECT_LE(image.pixels[0], image.pixels[23]);
  }
}

}  // namespace
}  // namespace fovea
