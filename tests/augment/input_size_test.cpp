#include "fovea/augment/input_size.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

TEST(InputFor, APictureNeedsNoMoreThanItFills) {
  EXPECT_EQ(input_for({600, 800}, {320, 320}, 32), (ImageSize{256, 320}));
  EXPECT_EQ(input_for({800, 600}, {320, 320}, 32), (ImageSize{320, 256}));
  EXPECT_EQ(input_for({160, 160}, {160, 160}, 32), (ImageSize{160, 160}));
}

TEST(InputFor, AThinPictureStillHasOneDivisor) {
  EXPECT_EQ(input_for({1, 1000}, {320, 320}, 32), (ImageSize{32, 320}));
}

TEST(TrainingInput, HoldsEveryPicture) {
  const Dataset dataset{.records = {{.height = 600, .width = 800}, {.height = 700, .width = 800}}};
  EXPECT_EQ(training_input(dataset, {320, 320}, 32, no_augmentation()), (ImageSize{288, 320}));
}

TEST(TrainingInput, IsSquareWhereSidesMayChangePlaces) {
  const Dataset dataset{.records = {{.height = 600, .width = 800}}};
  AugmentOptions augment;
  augment.transpose = 0.5;
  EXPECT_EQ(training_input(dataset, {320, 320}, 32, augment), (ImageSize{320, 320}));
}

TEST(TrainingInput, APictureOfUnknownSizeMayFillIt) {
  const Dataset dataset{.records = {{.height = 0, .width = 0}}};
  EXPECT_EQ(training_input(dataset, {256, 320}, 32, no_augmentation()), (ImageSize{256, 320}));
}

}  // namespace
}  // namespace fovea
