#include "fovea/augment/colour.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "fovea/augment/policy.h"
#include "fovea/image/decode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

SamplePixels pixels_of(Image& image) {
  return {image.pixels.data(), image.height, image.width};
}

Image noise(int64_t height, int64_t width, uint64_t seed) {
  Image image = Image::filled(height, width, 0, 0, 0);
  Rng rng(seed);
  for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(rng.bits());
  return image;
}

TEST(ChangeColours, ByNothingKeepsEveryPixel) {
  Image image = noise(8, 8, 1);
  const Image before = image;
  change_colours(draw_colour(no_augmentation(), Draws(1, 0, 0)), pixels_of(image));
  EXPECT_EQ(image, before);
}

TEST(ChangeColours, LeavesGreyGreyWhenOnlyColoursChange) {
  for (const double hue : {-170.0, -20.0, 60.0, 180.0}) {
    Image image = Image::filled(4, 5, 77, 77, 77);
    change_colours({.saturation = 1.9, .hue = hue}, pixels_of(image));
    for (const uint8_t value : image.pixels) EXPECT_NEAR(value, 77, 1);
  }
}

TEST(ChangeColours, IsWithinALevelOfTheSameInDoubles) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed);
    const ColourChange change = {.brightness = rng.uniform(0.4, 1.6),
                                 .contrast = rng.uniform(0.4, 1.6),
                                 .saturation = rng.uniform(0, 2),
                                 .hue = rng.uniform(-180, 180)};
    Image image = noise(7, 9, seed);
    const Image before = image;
    const ColourMap m = colour_map(change, mean_grey(pixels_of(image)));
    change_colours(change, pixels_of(image));
    for (size_t i = 0; i < image.pixels.size(); i += 3) {
      const uint8_t* rgb = before.pixels.data() + i;
      for (size_t c = 0; c < 3; ++c) {
        const double* row = m.data() + 4 * c;
        const double value = row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2] + row[3];
        ASSERT_NEAR(image.pixels[i + c], std::clamp(value, 0.0, 255.0), 1.0);
      }
    }
  }
}

TEST(DrawColour, ReachesBothEndsOfItsRange) {
  AugmentOptions options = no_augmentation();
  options.brightness = {1, 0.5};
  double least = 2;
  double most = 0;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const double factor = draw_colour(options, Draws(seed, 0, 0)).brightness;
    least = std::min(least, factor);
    most = std::max(most, factor);
  }
  EXPECT_NEAR(least, 0.5, 0.01);
  EXPECT_NEAR(most, 1.5, 0.01);
}

TEST(Blur, SpreadsAPointAsAGaussian) {
  Image image = Image::filled(41, 41, 0, 0, 0);
  std::fill_n(image.at(20, 20), 3, uint8_t{255});
  std::fill_n(image.at(21, 20), 3, uint8_t{255});
  const double sigma = 1.5;
  blur(pixels_of(image), sigma);
  const auto weight = [&](double d) { return std::exp(-d * d / 2 / sigma / sigma); };
  double sum = 0;
  for (int i = -5; i <= 5; ++i) sum += weight(i);
  for (int64_t y = 14; y < 27; ++y) {
    for (int64_t x = 14; x < 27; ++x) {
      const double dy = static_cast<double>(y) - 20;
      const double dx = static_cast<double>(x) - 20;
      const double expected = 255 * weight(dy) * (weight(dx) + weight(dx - 1)) / sum / sum;
      EXPECT_NEAR(image.at(x, y)[1], expected, 1.5) << x << ' ' << y;
    }
  }
}

TEST(Blur, KeepsAnEvenPictureAlsoAtItsBorder) {
  Image image = Image::filled(9, 13, 200, 100, 3);
  blur(pixels_of(image), 4);
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    EXPECT_NEAR(image.pixels[i], 200, 1);
    EXPECT_NEAR(image.pixels[i + 1], 100, 1);
  }
}

TEST(AddNoise, HasTheDeviationThatIsAskedFor) {
  Image image = Image::filled(100, 100, 128, 128, 128);
  add_noise(pixels_of(image), 12, Rng(1));
  double sum = 0;
  double squares = 0;
  for (const uint8_t value : image.pixels) {
    sum += value - 128.0;
    squares += (value - 128.0) * (value - 128.0);
  }
  EXPECT_NEAR(sum / 30000, 0, 0.5);
  EXPECT_NEAR(std::sqrt(squares / 30000), 12, 0.3);
}

TEST(Policy, MakesAsManyChangesAsAreAskedFor) {
  AugmentOptions options;
  options.policy = AugmentPolicy::rand;
  options.policy_count = 3;
  size_t most = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const PolicyDraw drawn = draw_policy(options, {100, 100}, Draws(seed, 0, 0));
    most = std::max(most, drawn.changes.size());
    EXPECT_LE(drawn.changes.size(), 3U);
  }
  EXPECT_EQ(most, 3U);
}

/// Rows `from` to `from` + 20 of the golden strip.
Image golden_part(const Image& strip, int64_t from) {
  Image part = Image::filled(20, strip.width, 0, 0, 0);
  std::copy_n(strip.at(0, from), part.pixels.size(), part.pixels.begin());
  return part;
}

TEST(Policy, ChangesPixelsAsTorchvisionDoes) {
  using Kind = PixelChange::Kind;
  const Image strip = decode_image(source_folder() / "tests/golden/augment/policy.png");
  struct Case {
    PixelChange change;
    int tolerance;  // torchvision rounds down, the grey first and the blend then
  };
  const std::vector<Case> cases = {
      {{Kind::brightness, 0.3}, 1}, {{Kind::brightness, 1.7}, 1}, {{Kind::saturation, 0.4}, 2},
      {{Kind::saturation, 1.9}, 2}, {{Kind::contrast, 0.5}, 2},   {{Kind::contrast, 1.6}, 2},
      {{Kind::sharpness, 0.2}, 1},  {{Kind::sharpness, 1.8}, 1},  {{Kind::posterize, 3}, 0},
      {{Kind::posterize, 6}, 0},    {{Kind::solarize, 100}, 0},   {{Kind::stretch, 0}, 0},
      {{Kind::equalize, 0}, 0}};
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(i);
    Image got = golden_part(strip, 0);
    change_pixels(cases[i].change, pixels_of(got));
    const Image expected = golden_part(strip, 20 * (static_cast<int64_t>(i) + 1));
    for (size_t k = 0; k < got.pixels.size(); ++k) {
      ASSERT_NEAR(got.pixels[k], expected.pixels[k], cases[i].tolerance) << k;
    }
  }
}

}  // namespace
}  // namespace fovea
