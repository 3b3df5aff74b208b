#include "fovea/deploy/select.h"

#include <ATen/Context.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fovea/deploy/picks.h"

namespace fovea {
namespace {

constexpr SelectOptions kAll{
    .score_threshold = 0, .top_k = 1000, .nms_iou = 0.5, .max_detections = 100};

/// A picture of 100 x 80 pixels seen as it is.
Frame plain() {
  return {.file_height = 80, .file_width = 100};
}

/// One image: boxes as rows of 4, scores as rows of C.
Candidates candidates(const std::vector<float>& boxes, const std::vector<float>& scores) {
  const auto count = static_cast<int64_t>(boxes.size()) / 4;
  return {.boxes = at::tensor(boxes).reshape({1, count, 4}),
          .scores = at::tensor(scores).reshape({1, count, -1})};
}

std::vector<Prediction> found(const Candidates& c, const Frame& frame, const SelectOptions& o) {
  return select(c, {frame}, {1}, o).front().found;
}

TEST(Select, GivesTheBestFirstWithLabelAndImageId) {
  const Candidates c = candidates({10, 20, 30, 60, 50, 10, 70, 20}, {0.F, 0.5F, 0.75F, 0.F});
  const auto results = select(c, {plain()}, {42}, kAll);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].image_id, 42);
  ASSERT_EQ(results[0].found.size(), 2U);
  EXPECT_EQ(results[0].found[0].box, (Box{.left = 50, .top = 10, .width = 20, .height = 10}));
  EXPECT_EQ(results[0].found[0].score, 0.75);
  EXPECT_EQ(results[0].found[0].label, 0);
  EXPECT_EQ(results[0].found[1].box, (Box{.left = 10, .top = 20, .width = 20, .height = 40}));
  EXPECT_EQ(results[0].found[1].label, 1);
}

TEST(Select, KeepsOnlyScoresAboveTheThreshold) {
  const Candidates c = candidates({0, 0, 9, 9, 20, 0, 29, 9, 40, 0, 49, 9}, {0.25F, 0.26F, NAN});
  SelectOptions options = kAll;
  options.score_threshold = 0.25;
  const auto result = found(c, plain(), options);
  ASSERT_EQ(result.size(), 1U);
  EXPECT_EQ(result[0].box.left, 20);
}

TEST(Select, OneLocationMayBeSeveralClasses) {
  const auto result = found(candidates({0, 0, 9, 9}, {0.5F, 0.6F, 0.7F}), plain(), kAll);
  ASSERT_EQ(result.size(), 3U);
  EXPECT_EQ(result[0].label, 2);
}

TEST(Select, SuppressesWithinAClassOnly) {
  const Candidates c =
      candidates({0, 0, 10, 10, 0, 0, 10, 9, 0, 0, 10, 8}, {0.9F, 0.F, 0.8F, 0.F, 0.F, 0.7F});
  const auto result = found(c, plain(), kAll);
  ASSERT_EQ(result.size(), 2U);
  EXPECT_EQ(result[0].label, 0);
  EXPECT_EQ(result[1].label, 1);
}

TEST(Select, EqualScoresComeInTheOrderOfTheirPlace) {
  std::vector<float> boxes;
  std::vector<float> scores;
  for (int i = 0; i < 40; ++i) {
    const auto x = static_cast<float>(2 * i);
    boxes.insert(boxes.end(), {x, 0, x + 1, 1});
    scores.push_back(0.5F);
  }
  SelectOptions options = kAll;
  options.top_k = 7;
  options.max_detections = 5;
  const auto result = found(candidates(boxes, scores), plain(), options);
  ASSERT_EQ(result.size(), 5U);
  for (size_t i = 0; i < result.size(); ++i) {
    EXPECT_EQ(result[i].box.left, 2.0 * static_cast<double>(i));
  }
}

TEST(Select, TopKComesBeforeSuppression) {
  // The two best overlap; with top_k 2 the third never gets its chance.
  const Candidates c = candidates({0, 0, 10, 10, 0, 0, 10, 9, 50, 0, 60, 10}, {0.9F, 0.8F, 0.7F});
  SelectOptions options = kAll;
  options.top_k = 2;
  EXPECT_EQ(found(c, plain(), options).size(), 1U);
  options.top_k = 3;
  EXPECT_EQ(found(c, plain(), options).size(), 2U);
}

TEST(Select, MapsThroughALetterboxAndClipsToThePicture) {
  // 100 x 80 shown at half size, 7 pixels from the left and 12 from the top.
  const Frame frame{.a = {0.5, 0, 7, 0, 0.5, 12}, .file_height = 80, .file_width = 100};
  const Candidates c = candidates({17, 22, 27, 32, -5, 0, 400, 400}, {0.9F, 0.8F});
  const auto result = found(c, frame, kAll);
  ASSERT_EQ(result.size(), 2U);
  EXPECT_EQ(result[0].box, (Box{.left = 20, .top = 20, .width = 20, .height = 20}));
  EXPECT_EQ(result[1].box, (Box{.left = 0, .top = 0, .width = 100, .height = 80}));
}

TEST(Select, SuppressesByWhatIsInsideThePicture) {
  // Inside, both are the left half of the picture; outside, they reach to different sides.
  const Candidates c = candidates({-200, 0, 50, 80, 0, 0, 50, 200}, {0.9F, 0.8F});
  EXPECT_EQ(found(c, plain(), kAll).size(), 1U);
}

TEST(Select, DropsWhatLiesWhollyInThePadding) {
  const Frame frame{.a = {1, 0, 0, 0, 1, 0}, .file_height = 80, .file_width = 100};
  const Candidates c =
      candidates({10, 81, 30, 96, 10, 70, 30, 96, 50, 50, 50, 60}, {0.9F, 0.8F, 0.7F});
  const auto result = found(c, frame, kAll);
  ASSERT_EQ(result.size(), 2U) << "a box without area inside the picture stays";
  EXPECT_EQ(result[0].box, (Box{.left = 10, .top = 70, .width = 20, .height = 10}));
}

TEST(Select, MapsThroughAFlip) {
  const Frame frame{.a = {-1, 0, 100, 0, 1, 0}, .file_height = 80, .file_width = 100};
  const auto result = found(candidates({10, 20, 30, 60}, {0.9F}), frame, kAll);
  EXPECT_EQ(result.at(0).box, (Box{.left = 70, .top = 20, .width = 20, .height = 40}));
}

TEST(Select, OfNothingIsNothing) {
  const Candidates none{.boxes = at::zeros({2, 0, 4}), .scores = at::zeros({2, 0, 3})};
  const auto results = select(none, {plain(), plain()}, {1, 2}, kAll);
  ASSERT_EQ(results.size(), 2U);
  EXPECT_TRUE(results[0].found.empty());
  EXPECT_EQ(results[1].image_id, 2);
}

TEST(Select, OfManyEqualsTheImagesOneByOne) {
  at::manual_seed(5);
  const int64_t locations = 300;
  Tensor boxes = at::rand({3, locations, 4}).mul(60);
  boxes.slice(2, 2, 4).add_(boxes.slice(2, 0, 2));
  const Tensor scores = at::rand({3, locations, 4}).mul(50).round().div(50);
  const SelectOptions options{
      .score_threshold = 0.3, .top_k = 100, .nms_iou = 0.5, .max_detections = 30};
  const auto all = select({boxes, scores}, {plain(), plain(), plain()}, {0, 1, 2}, options);
  for (int64_t b = 0; b < 3; ++b) {
    const Candidates one{.boxes = boxes.slice(0, b, b + 1), .scores = scores.slice(0, b, b + 1)};
    const auto alone = found(one, plain(), options);
    const auto& together = all[static_cast<size_t>(b)].found;
    ASSERT_EQ(alone.size(), together.size());
    for (size_t i = 0; i < alone.size(); ++i) {
      EXPECT_EQ(alone[i].box, together[i].box);
      EXPECT_EQ(alone[i].score, together[i].score);
      EXPECT_EQ(alone[i].label, together[i].label);
    }
  }
}

TEST(Picks, OnTheDeviceAreThoseOnTheHost) {
  at::manual_seed(6);
  const Tensor boxes = at::rand({2, 200, 4});
  for (const int64_t levels : {2, 30, 1'000'000}) {  // of scores: many ties, some, none
    const Tensor scores = at::rand({2, 200, 5}).mul(levels).floor().div(levels);
    for (const int64_t top_k : {1, 50, 999, 5000}) {
      const SelectOptions options{.score_threshold = 0.25, .top_k = top_k};
      const auto host = picks_on_host({boxes, scores}, options);
      const auto device = picks_on_device({boxes, scores}, options);
      ASSERT_EQ(host.size(), device.size());
      for (size_t b = 0; b < host.size(); ++b) {
        ASSERT_EQ(host[b].size(), device[b].size());
        for (size_t i = 0; i < host[b].size(); ++i) {
          EXPECT_EQ(host[b][i].score, device[b][i].score);
          EXPECT_EQ(host[b][i].index, device[b][i].index);
          EXPECT_EQ(host[b][i].box, device[b][i].box);
        }
      }
    }
  }
}

TEST(Picks, OfNothingAreNothing) {
  const Candidates none{.boxes = at::zeros({2, 0, 4}), .scores = at::zeros({2, 0, 3})};
  EXPECT_EQ(picks_on_device(none, kAll).size(), 2U);
}

TEST(Select, SaysWhichShapeIsWrong) {
  EXPECT_THROW(select({at::zeros({1, 2, 5}), at::zeros({1, 2, 3})}, {plain()}, {1}, kAll),
               c10::Error);
  EXPECT_THROW(select({at::zeros({1, 2, 4}), at::zeros({1, 3, 3})}, {plain()}, {1}, kAll),
               c10::Error);
  EXPECT_THROW(select({at::zeros({1, 2, 4}), at::zeros({1, 2, 3})}, {}, {}, kAll), c10::Error);
}

}  // namespace
}  // namespace fovea
