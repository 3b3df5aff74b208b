#include "fovea/ops/recolour.h"

#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

#include "fovea/augment/colour.h"
#include "fovea/core/random.h"

namespace fovea {
namespace {

TEST(Recolour, GivesTheBytesOfTheLoadersOwnColours) {
  constexpr int64_t kCount = 40, kHeight = 17, kWidth = 23;
  SampleBatch samples{.height = kHeight,
                      .width = kWidth,
                      .pixels = PixelBlock(PixelBuffer(kCount * kHeight * kWidth * 3))};
  samples.instances.resize(kCount);
  samples.image_ids.resize(kCount);
  Rng rng(1);
  for (uint8_t& value : samples.pixels) value = static_cast<uint8_t>(rng.bits());
  AugmentOptions options;
  options.brightness = {0.8, 0.9};
  options.contrast = {0.8, 0.9};
  options.saturation = {0.8, 1};
  options.hue = {0.8, 180};
  options.grey = 0.1;
  PixelBuffer expected(samples.pixels.begin(), samples.pixels.end());
  for (int64_t i = 0; i < kCount; ++i) {
    const ColourChange change = draw_colour(options, Draws(5, 0, i));
    samples.colours.push_back(deferred(change));
    change_colours(change, {expected.data() + i * kHeight * kWidth * 3, kHeight, kWidth});
  }
  const Batch batch = collate(std::move(samples));
  const Tensor got = recolour(batch.images, batch.colours).permute({0, 2, 3, 1}).contiguous();
  const auto* bytes = got.const_data_ptr<uint8_t>();
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), bytes));
}

TEST(Recolour, KeepsImagesWithoutChanges) {
  const Tensor images = at::empty({2, 3, 4, 4}, at::kByte).fill_(7);
  EXPECT_TRUE(recolour(images, {}).is_same(images));
  EXPECT_TRUE(recolour(images, std::vector<DeferredColour>(2)).equal(images));
  EXPECT_THROW(recolour(images, std::vector<DeferredColour>(3)), c10::Error);
}

}  // namespace
}  // namespace fovea
