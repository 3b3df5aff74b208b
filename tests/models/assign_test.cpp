#include "fovea/models/assign.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace fovea {
namespace {

constexpr int64_t kSide = 128;
const auto kLevels = pyramid_levels(kSide, kSide, 3);  // 16x16, 8x8, 4x4

Instance box(double left, double top, double width, double height, int64_t label = 0) {
  return {.box = {left, top, width, height}, .label = label};
}

std::vector<int64_t> locations(const Assignment& assignment) {
  std::vector<int64_t> found;
  for (const Positive& positive : assignment.positives) found.push_back(positive.location);
  return found;
}

TEST(PyramidLevels, RoundUpAndDoubleTheStride) {
  const auto levels = pyramid_levels(100, 64, 5);
  EXPECT_EQ(levels[0].height, 13);
  EXPECT_EQ(levels[0].width, 8);
  EXPECT_EQ(levels[4].stride, 128);
  EXPECT_EQ(levels[4].height, 1);
}

TEST(Assign, ASmallObjectIsLearnedAroundItsCentreAtTheFinestLevel) {
  // Centre (40, 40): points within 12 pixels of it are 32, 40 and 48.
  const Assignment found = assign({box(20, 20, 40, 40)}, kLevels);
  EXPECT_EQ(locations(found),
            (std::vector<int64_t>{4 * 16 + 4, 4 * 16 + 5, 4 * 16 + 6, 5 * 16 + 4, 5 * 16 + 5,
                                  5 * 16 + 6, 6 * 16 + 4, 6 * 16 + 5, 6 * 16 + 6}));
}

TEST(Assign, ALargeObjectBelongsToACoarserLevel) {
  const Assignment found = assign({box(0, 0, 128, 128)}, kLevels);
  // At the centre (64, 64) every side is 64 away: neither below 64 (stride 8) nor above it.
  for (const Positive& positive : found.positives) EXPECT_GE(positive.stride, 8);
  EXPECT_TRUE(std::any_of(found.positives.begin(), found.positives.end(),
                          [](const Positive& p) { return p.stride == 16; }));
}

TEST(Assign, ThePositionIsInsideTheBoxEvenWhenTheBoxIsTiny) {
  EXPECT_TRUE(locations(assign({box(41, 41, 5, 5)}, kLevels)).empty());  // between two points
  EXPECT_EQ(locations(assign({box(38, 38, 5, 5)}, kLevels)),
            (std::vector<int64_t>{5 * 16 + 5}));  // (40, 40) is inside
}

TEST(Assign, TheSmallerOfTwoObjectsWins) {
  const Assignment found = assign({box(20, 20, 40, 40, 0), box(30, 30, 20, 20, 1)}, kLevels);
  for (const Positive& positive : found.positives) {
    const bool inside_small = positive.point[0] > 30 && positive.point[0] < 50 &&
                              positive.point[1] > 30 && positive.point[1] < 50;
    EXPECT_EQ(positive.label, inside_small ? 1 : 0);
  }
}

TEST(Assign, TheFirstOfTwoEqualObjectsWins) {
  const Assignment found = assign({box(20, 20, 40, 40, 3), box(20, 20, 40, 40, 5)}, kLevels);
  for (const Positive& positive : found.positives) EXPECT_EQ(positive.label, 3);
}

TEST(Assign, ACrowdIsIgnoredWhereNothingIsLearned) {
  Instance crowd = box(0, 0, 64, 64);
  crowd.crowd = true;
  const Assignment found = assign({crowd, box(20, 20, 40, 40)}, kLevels);
  EXPECT_EQ(found.positives.size(), 9U);
  for (const int64_t location : locations(found)) {
    EXPECT_FALSE(std::binary_search(found.ignored.begin(), found.ignored.end(), location));
  }
  // 9x9 points at stride 8, 5x5 at 16, 3x3 at 32 lie in [0, 64]; nine are positive.
  EXPECT_EQ(found.ignored.size(), 81U + 25U + 9U - 9U);
}

TEST(Assign, NothingIsAssignedOutsideTheInput) {
  const Assignment found = assign({box(100, 100, 60, 60)}, kLevels);
  for (const Positive& positive : found.positives) {
    EXPECT_LT(positive.point[0], kSide);
    EXPECT_LT(positive.point[1], kSide);
  }
}

}  // namespace
}  // namespace fovea
