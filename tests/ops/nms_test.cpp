#include "fovea/ops/nms.h"

#include <ATen/Context.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "fovea/ops/safetensors.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using at::Tensor;

std::vector<int64_t> numbers(const Tensor& indices) {
  const auto* first = indices.const_data_ptr<int64_t>();
  return {first, first + indices.numel()};
}

const Tensor& entry(const WeightsFile& file, const std::string& name) {
  const Tensor* tensor = file.find(name);
  if (tensor == nullptr) throw std::runtime_error("no golden tensor " + name);
  return *tensor;
}

double iou(const float* a, const float* b) {
  const float width = std::max(0.0F, std::min(a[2], b[2]) - std::max(a[0], b[0]));
  const float height = std::max(0.0F, std::min(a[3], b[3]) - std::max(a[1], b[1]));
  const float both = width * height;
  return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both);
}

/// The definition, pair by pair: the best left one is kept, what it overlaps is struck out.
std::vector<int64_t> by_definition(const Tensor& boxes, const Tensor& scores, const Tensor& labels,
                                   double threshold) {
  const auto* box = boxes.const_data_ptr<float>();
  const auto* score = scores.const_data_ptr<float>();
  const auto* label = labels.const_data_ptr<int64_t>();
  std::vector<int64_t> kept;
  std::vector<bool> gone(static_cast<size_t>(boxes.size(0)), false);
  for (;;) {
    int64_t best = -1;
    for (int64_t i = 0; i < boxes.size(0); ++i) {
      if (!gone[static_cast<size_t>(i)] && (best < 0 || score[i] > score[best])) best = i;
    }
    if (best < 0) return kept;
    kept.push_back(best);
    gone[static_cast<size_t>(best)] = true;
    for (int64_t i = 0; i < boxes.size(0); ++i) {
      const bool same = label[i] == label[best];
      if (same && iou(box + 4 * best, box + 4 * i) > threshold) gone[static_cast<size_t>(i)] = true;
    }
  }
}

TEST(Nms, KeepsWhatTorchvisionKeeps) {
  const auto file = read_safetensors(source_folder() / "tests/golden/nms.safetensors");
  const int count = std::stoi(file.metadata.at("count"));
  ASSERT_EQ(count, 7);
  for (int i = 0; i < count; ++i) {
    const std::string name = std::to_string(i) + ".";
    const double threshold = std::stod(file.metadata.at(name + "threshold"));
    const Tensor& boxes = entry(file, name + "boxes");
    const Tensor& scores = entry(file, name + "scores");
    EXPECT_EQ(numbers(nms(boxes, scores, threshold)), numbers(entry(file, name + "kept"))) << name;
    EXPECT_EQ(numbers(nms_by_class(boxes, scores, entry(file, name + "labels"), threshold)),
              numbers(entry(file, name + "kept_by_class")))
        << name;
  }
}

TEST(Nms, EqualsTheDefinitionForAnyNumberOfBoxes) {
  at::manual_seed(3);
  for (const int64_t count : {1, 2, 15, 16, 17, 33, 200}) {
    Tensor boxes = at::rand({count, 4}).mul(30).round();
    boxes.slice(1, 2, 4).add_(boxes.slice(1, 0, 2));
    const Tensor scores = at::rand({count}).mul(20).round();
    const Tensor labels = at::randint(3, {count}, at::kLong);
    EXPECT_EQ(numbers(nms_by_class(boxes, scores, labels, 0.3)),
              by_definition(boxes, scores, labels, 0.3));
    EXPECT_EQ(numbers(nms(boxes, scores, 0.3)),
              by_definition(boxes, scores, at::zeros({count}, at::kLong), 0.3));
  }
}

TEST(Nms, KeepsABoxWhoseOverlapIsExactlyTheThreshold) {
  const Tensor boxes = at::tensor({0.F, 0.F, 4.F, 1.F, 0.F, 0.F, 2.F, 1.F}).reshape({2, 4});
  const Tensor scores = at::tensor({0.9F, 0.8F});
  EXPECT_EQ(numbers(nms(boxes, scores, 0.5)), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(numbers(nms(boxes, scores, 0.4999)), (std::vector<int64_t>{0}));
}

TEST(Nms, OfEqualScoresKeepsTheFirst) {
  const Tensor boxes = at::tensor({0.F, 0.F, 4.F, 4.F}).expand({3, 4});
  EXPECT_EQ(numbers(nms(boxes, at::tensor({0.5F, 0.7F, 0.7F}), 0.5)), (std::vector<int64_t>{1}));
}

TEST(Nms, OfNotANumberScoresReturns) {
  const Tensor boxes = at::tensor({0.F, 0.F, 4.F, 4.F}).expand({40, 4});
  const Tensor scores = at::rand({40});
  scores.slice(0, 3, 30).fill_(std::nan(""));
  EXPECT_EQ(numbers(nms(boxes, scores, 0.5)), (std::vector<int64_t>{3}));
}

TEST(Nms, SaysWhichShapeIsWrong) {
  EXPECT_THROW(nms(at::zeros({3, 5}), at::zeros({3}), 0.5), c10::Error);
  EXPECT_THROW(nms(at::zeros({3, 4}), at::zeros({2}), 0.5), c10::Error);
  EXPECT_THROW(nms_by_class(at::zeros({3, 4}), at::zeros({3}), at::zeros({4}), 0.5), c10::Error);
}

}  // namespace
}  // namespace fovea
