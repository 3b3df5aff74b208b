#include "fovea/loader/order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace fovea {
namespace {

/// `rare` images have class 1, all of them class 0; every third is high.
Dataset made_up(int64_t images, int64_t rare) {
  Dataset dataset;
  dataset.categories = {{.id = 1, .name = "common"}, {.id = 2, .name = "rare"}};
  for (int64_t i = 0; i < images; ++i) {
    std::vector<Instance> objects = {{.box = {0, 0, 5, 5}, .label = 0}};
    if (i < rare) objects.push_back({.box = {0, 0, 5, 5}, .label = 1});
    const bool is_high = i % 3 == 0;
    dataset.records.push_back(
        {.id = i, .height = is_high ? 100 : 80, .width = is_high ? 80 : 100, .instances = objects});
  }
  return dataset;
}

std::map<int64_t, int64_t> counts(RecordOrder& order, int64_t epoch) {
  std::map<int64_t, int64_t> times;
  for (int64_t i = 0; i < order.length(); ++i) ++times[order.at(epoch * order.length() + i)];
  return times;
}

TEST(RecordOrder, ShowsEveryRecordOnceAnEpoch) {
  const Dataset dataset = made_up(50, 5);
  for (const bool same_shape : {false, true}) {
    RecordOrder order(dataset, {.same_shape = same_shape}, 3, 8);
    EXPECT_EQ(order.length(), 50);
    for (int64_t epoch = 0; epoch < 6; ++epoch) {
      const auto times = counts(order, epoch);
      EXPECT_EQ(times.size(), 50U);
    }
  }
}

TEST(RecordOrder, IsAFunctionOfSeedAndPlace) {
  const Dataset dataset = made_up(40, 4);
  const LoaderOptions options = {.order = Order::repeat_factor, .repeat_threshold = 0.5};
  RecordOrder forwards(dataset, options, 7, 4);
  RecordOrder backwards(dataset, options, 7, 4);
  std::vector<int64_t> records;
  for (int64_t place = 0; place < 200; ++place) records.push_back(forwards.at(place));
  for (int64_t place = 199; place >= 0; --place) {
    EXPECT_EQ(backwards.at(place), records[static_cast<size_t>(place)]);
  }
}

TEST(RecordOrder, RepeatsImagesOfRareClassesByTheRootOfTheirRarity) {
  const Dataset dataset = made_up(100, 4);
  RecordOrder order(dataset, {.order = Order::repeat_factor, .repeat_threshold = 0.16}, 1, 4);
  EXPECT_EQ(order.length(), 104);  // 4 of them come sqrt(0.16 / 0.04) = 2 times
  std::map<int64_t, int64_t> times;
  for (int64_t epoch = 0; epoch < 20; ++epoch) {
    for (const auto& [record, count] : counts(order, epoch)) times[record] += count;
  }
  for (int64_t i = 0; i < 100; ++i)
    EXPECT_NEAR(static_cast<double>(times[i]), i < 4 ? 40 : 20, 1) << i;
}

TEST(RecordOrder, ShowsRareClassesMoreOftenWhenBalanced) {
  const Dataset dataset = made_up(100, 10);
  RecordOrder order(dataset, {.order = Order::class_balanced}, 1, 4);
  EXPECT_EQ(order.length(), 100);
  int64_t rare = 0;
  for (const auto& [record, count] : counts(order, 0)) rare += record < 10 ? count : 0;
  // Weights 1/10 against 1/100: 10 x 10 of 10 x 10 + 90.
  EXPECT_NEAR(static_cast<double>(rare), 100 * 100.0 / 190, 1);
}

TEST(RecordOrder, FillsWholeBatchesWithOneShape) {
  const Dataset dataset = made_up(90, 0);  // 30 high, 60 wide
  RecordOrder order(dataset, {.same_shape = true}, 5, 8);
  int64_t mixed = 0;
  for (int64_t batch = 0; batch < 90; ++batch) {  // 8 epochs
    int64_t high = 0;
    for (int64_t i = 0; i < 8; ++i) high += order.at(batch * 8 + i) % 3 == 0 ? 1 : 0;
    mixed += high > 0 && high < 8 ? 1 : 0;
  }
  EXPECT_LE(mixed, 3 * 8);  // what is left of both shapes at the ends of 8 epochs
}

}  // namespace
}  // namespace fovea
