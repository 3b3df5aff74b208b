#include "fovea/train/schedule.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

TEST(LearningRate, WarmsUpLinearlyThenFallsByACosine) {
  const ScheduleOptions o{.base = 0.1, .final_fraction = 0.01, .warmup_steps = 10};
  EXPECT_DOUBLE_EQ(learning_rate(o, 0, 110), 0.01);
  EXPECT_DOUBLE_EQ(learning_rate(o, 9, 110), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate(o, 60, 110), 0.1 * (0.01 + 0.99 * 0.5));
  EXPECT_NEAR(learning_rate(o, 110, 110), 0.001, 1e-15);
}

TEST(LearningRate, AShortRunWarmsUpForHalfOfItAtMost) {
  const ScheduleOptions o{.base = 0.1, .warmup_steps = 1000};
  EXPECT_DOUBLE_EQ(learning_rate(o, 4, 10), 0.1);
}

TEST(Steps, EveryImageIsSeenEpochsTimes) {
  EXPECT_EQ(steps_for(3, 10, 4), 8);  // 30 images in batches of 4
  EXPECT_EQ(steps_for(1, 8, 4), 2);
}

TEST(Due, CountsStepsAndEpochs) {
  const Cadence steps{.count = 3, .unit = Cadence::Unit::steps};
  const Cadence epochs{.count = 1, .unit = Cadence::Unit::epochs};
  std::vector<int64_t> by_steps, by_epochs;
  for (int64_t step = 0; step <= 8; ++step) {
    if (due(steps, step, 10, 4)) by_steps.push_back(step);
    if (due(epochs, step, 10, 4)) by_epochs.push_back(step);
  }
  EXPECT_EQ(by_steps, (std::vector<int64_t>{3, 6}));
  EXPECT_EQ(by_epochs,
            (std::vector<int64_t>{3, 5, 8}));  // after 12, 20 and 32 of 10 images an epoch
}

TEST(Due, AClockIsNotAFunctionOfTheStep) {
  EXPECT_FALSE(due({.count = 1, .unit = Cadence::Unit::seconds}, 100, 10, 4));
}

}  // namespace
}  // namespace fovea
