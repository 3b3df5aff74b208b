#include "fovea/eval/confusion.h"

#include <gmock/gmock.h>

namespace fovea {
namespace {

constexpr Box kLeft{0, 0, 10, 10};
constexpr Box kRight{50, 0, 10, 10};
constexpr Box kElsewhere{200, 200, 10, 10};
constexpr int64_t kBackground = 2;

Dataset one_image(std::vector<Instance> instances) {
  return {.categories = {{1, "cat"}, {2, "dog"}},
          .records = {{.id = 1, .instances = std::move(instances)}}};
}

ConfusionMatrix matrix_of(const Dataset& dataset, const std::vector<Predictions>& found,
                          double score = 0.25) {
  const TruthTable truth = truth_of(dataset);
  return confusion_matrix(truth, found_of(found, truth), coco_options(), {score, score});
}

TEST(ConfusionMatrix, CountsRightConfusedMissedAndInvented) {
  const Dataset truth = one_image({{.box = kLeft, .label = 0}, {.box = kRight, .label = 1}});
  const std::vector<Predictions> found = {
      {.image_id = 1, .found = {{kLeft, 0.9, 0}, {kElsewhere, 0.8, 1}, {kRight, 0.1, 1}}}};
  const ConfusionMatrix strict = matrix_of(truth, found);
  EXPECT_EQ(strict.at(0, 0), 1);
  EXPECT_EQ(strict.at(1, kBackground), 1);  // its detection scores below 0.25
  EXPECT_EQ(strict.at(kBackground, 1), 1);
  EXPECT_EQ(matrix_of(truth, found, 0.05).at(1, 1), 1);
}

TEST(ConfusionMatrix, PairsByOverlapWhateverTheClass) {
  const Dataset truth = one_image({{.box = kLeft, .label = 0}});
  const std::vector<Predictions> found = {
      {.image_id = 1, .found = {{{0, 0, 10, 7}, 0.9, 0}, {kLeft, 0.5, 1}}}};
  const ConfusionMatrix matrix = matrix_of(truth, found);
  EXPECT_EQ(matrix.at(0, 1), 1);
  EXPECT_EQ(matrix.at(kBackground, 0), 1);
}

TEST(ConfusionMatrix, LeavesDetectionsInACrowdOut) {
  const Dataset truth = one_image({{.box = {0, 0, 100, 100}, .label = 0, .crowd = true}});
  const std::vector<Predictions> found = {
      {.image_id = 1, .found = {{kLeft, 0.9, 0}, {kRight, 0.9, 1}}}};
  const ConfusionMatrix matrix = matrix_of(truth, found);
  EXPECT_EQ(matrix.at(kBackground, 0), 0);
  EXPECT_EQ(matrix.at(kBackground, 1), 1);  // a crowd of another class excuses nothing
}

TEST(ConfusionMatrix, CountsImagesWithoutDetectionsAsMissed) {
  EXPECT_EQ(matrix_of(one_image({{.box = kLeft, .label = 0}}), {}).at(0, kBackground), 1);
}

}  // namespace
}  // namespace fovea
