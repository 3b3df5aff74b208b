#include "fovea/eval/comparison.h"

#include <gmock/gmock.h>

#include "fovea/core/random.h"
#include "fovea/eval/coco_eval.h"
#include "fovea/eval/coco_report.h"

namespace fovea {
namespace {

/// `images` images with three objects each; a detector finds each with probability `skill` and
/// invents one now and then.
struct World {
  explicit World(int32_t images) {
    truth.categories = {{1, "cat"}, {2, "dog"}};
    truth.pieces.emplace_back();
    Rng random(1);
    for (int32_t image = 0; image < images; ++image) {
      truth.image_ids.push_back(image);
      truth.image_sizes.push_back({});
      for (int i = 0; i < 3; ++i) {
        truth.pieces[0].rows.push_back({.box = {100.0 * i, 0, 50, random.uniform(20, 60)},
                                        .area = 2000,
                                        .image = image,
                                        .label = static_cast<int32_t>(random.below(2)),
                                        .crowd = false});
      }
    }
  }

  FoundTable found(double skill, uint64_t seed) const {
    FoundTable table;
    table.pieces.emplace_back();
    Rng random(seed);
    for (const TruthRow& row : truth.pieces[0].rows) {
      if (random.chance(skill)) add(table, row, row.box, random.uniform(0.3, 1));
      Box wrong = row.box;
      wrong.top += 200;
      if (random.chance(0.2)) add(table, row, wrong, random.uniform(0, 0.7));
    }
    return table;
  }
  static void add(FoundTable& table, const TruthRow& of, Box box, double score) {
    box.left += 2;
    table.pieces[0].rows.push_back({.box = box,
                                    .area = box.width * box.height,
                                    .score = score,
                                    .image = of.image,
                                    .label = of.label});
  }

  TruthTable truth;
};

TEST(Compare, GivesTheFiguresOfEachFile) {
  const World world(60);
  const FoundTable weak = world.found(0.5, 2);
  const FoundTable strong = world.found(0.9, 3);
  const ScoringOptions options = coco_options();
  const auto figures = compare(world.truth, weak, strong, options, {.resamples = 10});
  ASSERT_EQ(figures.size(), 3);
  const CocoMetrics first = score(world.truth, weak, options);
  const CocoMetrics second = score(world.truth, strong, options);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(figures[i].first, first.stats[i], 1e-12) << figures[i].name;
    EXPECT_NEAR(figures[i].second, second.stats[i], 1e-12);
  }
}

TEST(Compare, TellsSkillFromLuck) {
  const World world(80);
  const FoundTable weak = world.found(0.6, 2);
  const ScoringOptions options = coco_options();
  const Comparison better = compare(world.truth, weak, world.found(0.9, 3), options)[0];
  EXPECT_GT(better.low, 0);
  EXPECT_LT(better.low, better.difference());
  EXPECT_GT(better.high, better.difference());
  const Comparison same = compare(world.truth, weak, weak, options)[0];
  EXPECT_EQ(same.low, 0);
  EXPECT_EQ(same.high, 0);
  const Comparison as_good = compare(world.truth, weak, world.found(0.6, 9), options)[0];
  EXPECT_LT(as_good.low, 0);
  EXPECT_GT(as_good.high, 0);
}

TEST(Compare, OfTwoDrawsOfTheSameDetectorIsWideAsTheSpreadOfSuchDraws) {
  // The interval should hold zero for about 95 of 100 pairs of equal detectors.
  const World world(50);
  const ScoringOptions options = coco_options();
  int held = 0;
  for (uint64_t i = 0; i < 60; ++i) {
    const Comparison one = compare(world.truth, world.found(0.7, 2 * i),
                                   world.found(0.7, 2 * i + 1), options, {.resamples = 200})[0];
    held += one.low <= 0 && one.high >= 0 ? 1 : 0;
  }
  EXPECT_GE(held, 51);
}

TEST(ComparisonTable, SaysWhereTwoFilesDoNotDiffer) {
  const World world(20);
  const FoundTable found = world.found(0.5, 2);
  const auto same = compare(world.truth, found, found, coco_options(), {.resamples = 10});
  const std::string table = comparison_table(same, "other.json");
  EXPECT_THAT(table, testing::HasSubstr("no difference"));
  EXPECT_THAT(table, testing::Not(testing::HasSubstr("chance")));
}

TEST(Compare, IsAFunctionOfTheSeed) {
  const World world(20);
  const FoundTable a = world.found(0.5, 2);
  const FoundTable b = world.found(0.7, 3);
  const auto low = [&](uint64_t seed) {
    return compare(world.truth, a, b, coco_options(), {.resamples = 50, .seed = seed})[0].low;
  };
  EXPECT_EQ(low(1), low(1));
  EXPECT_NE(low(1), low(2));
}

}  // namespace
}  // namespace fovea
