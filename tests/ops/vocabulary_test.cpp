#include "fovea/ops/vocabulary.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace fovea {
namespace {

using testing::HasSubstr;

SampleBatch two_samples() {
  SampleBatch samples{.height = 2, .width = 3, .pixels = PixelBlock(PixelBuffer(2 * 2 * 3 * 3))};
  std::iota(samples.pixels.begin(), samples.pixels.end(), uint8_t{0});
  samples.instances.resize(2);
  samples.frames.resize(2);
  samples.image_ids = {7, 9};
  return samples;
}

TEST(Collate, WrapsThePixelsWithoutCopyingThem) {
  SampleBatch samples = two_samples();
  const void* pixels = samples.pixels.data();
  const Batch batch = collate(std::move(samples));
  EXPECT_EQ(batch.images.const_data_ptr(), pixels);
  EXPECT_EQ(batch.images.sizes(), (std::vector<int64_t>{2, 3, 2, 3}));
  EXPECT_TRUE(batch.images.is_contiguous(at::MemoryFormat::ChannelsLast));
  // Image 1, green, second row, third column: ((1 * 2 + 1) * 3 + 2) * 3 + 1.
  EXPECT_EQ(batch.images[1][1][1][2].item<int64_t>(), 34);
  EXPECT_EQ(batch.image_ids, (std::vector<int64_t>{7, 9}));
}

TEST(Collate, RefusesPixelsOfAnotherSize) {
  SampleBatch samples = two_samples();
  samples.pixels = PixelBlock(PixelBuffer(samples.pixels.size() - 1));
  EXPECT_THROW(collate(std::move(samples)), c10::Error);
}

TEST(Losses, TotalIsTheirSum) {
  const Losses losses{.terms = {{"a", at::tensor(1.5F)}, {"b", at::tensor(2.0F)}}};
  EXPECT_EQ(losses.total().item<float>(), 3.5F);
}

TEST(Output, UnknownNameListsTheKnown) {
  const Outputs outputs = {{"boxes", at::tensor(1.F)}};
  EXPECT_EQ(output(outputs, "boxes").item<float>(), 1.F);
  try {
    output(outputs, "masks");
    FAIL();
  } catch (const c10::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no output is named masks; there are: boxes"));
  }
}

TEST(Describe, ShowsShapeRangeAndNotANumbers) {
  EXPECT_EQ(describe(at::tensor({0.F, 5.F, 2.5F})), "[3] Float cpu min 0 max 5 mean 2.5 nan 0");
  EXPECT_THAT(describe(at::tensor({1.F, NAN})), HasSubstr("nan 1"));
  EXPECT_EQ(describe(at::empty({0, 4})), "[0, 4] Float cpu");
}

}  // namespace
}  // namespace fovea
