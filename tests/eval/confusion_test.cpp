#include "fovea/eval/confusion.h"

#include <gmock/gmock.h>

namespace fovea {
namespace {

constexpr Box kLeft{0, 0, 10, 10};
constexpr Box kRight{50, 0, 10, 10};
constexpr Box kElsewhere{200, 200, 10, 10};
constexpr int64_t kBackground = 2;

Dataset truth_of(std::vector<Instance> instances) {
  return {.categories = {{1, "cat"}, {2, "dog"}},
          .records = {{.id = 1, .instances = std::move(instances)}}};
}

TEST(ConfusionMatrix, CountsRightConfusedMissedAndInvented) {
  const Dataset truth = truth_of({{.box = kLeft, .label = 0}, {.box = kRight, .label = 1}});
  const std::vector<Predictions> found = {
      {.image_id = 1, .found = {{kLeft, 0.9, 0}, {kElsewhere, 0.8, 1}, {kRight, 0.1, 1}}}};
  const ConfusionMatrix strict = confusion_matrix(truth, found);
  EXPECT_EQ(strict.at(0, 0), 1);
  EXPECT_EQ(strict.at(1, kBackground), 1);  // its detection scores below 0.25
  EXPECT_EQ(strict.at(kBackground, 1), 1);
  EXPECT_EQ(confusion_matrix(truth, found, {.score = 0.05}).at(1, 1), 1);
}

TEST(ConfusionMatrix, PairsByOverlapWhateverTheClass) {
  const Dataset truth = truth_of({{.box = kLeft, .label = 0}});
  const std::vector<Predictions> found = {
      {.image_id = 1, .found = {{{0, 0, 10, 7}, 0.9, 0}, {kLeft, 0.5, 1}}}};
  const ConfusionMatrix matrix = confusion_matrix(truth, found);
  EXPECT_EQ(matrix.at(0, 1), 1);
  EXPECT_EQ(matrix.at(kBackground, 0), 1);
}

TEST(ConfusionMatrix, LeavesDetectionsInACrowdOut) {
  const Dataset truth = truth_of({{.box = {0, 0, 100, 100}, .label = 0, .crowd = true}});
  const std::vector<Predictions> found = {
      {.image_id = 1, .found = {{kLeft, 0.9, 0}, {kRight, 0.9, 1}}}};
  const ConfusionMatrix matrix = confusion_matrix(truth, found);
  EXPECT_EQ(matrix.at(kBackground, 0), 0);
  EXPECT_EQ(matrix.at(kBackground, 1), 1);  // a crowd of another class excuses nothing
}

TEST(ConfusionMatrix, CountsImagesWithoutDetectionsAsMissed) {
  EXPECT_EQ(confusion_matrix(truth_of({{.box = kLeft, .label = 0}}), {}).at(0, kBackground), 1);
}

}  // namespace
}  // namespace fovea
