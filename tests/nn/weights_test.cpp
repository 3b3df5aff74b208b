#include "fovea/nn/weights.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fovea/core/error.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Part : Module {
  explicit Part(int64_t outputs)
      : weight(at::zeros({outputs, 2, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast)),
        mean(at::zeros({outputs})) {
    parameter("weight", weight);
    buffer("mean", mean);
  }
  Tensor weight;
  Tensor mean;
};

struct Whole : Module {
  explicit Whole(int64_t classes) : body(4), head(classes) {
    child("body", body);
    child("head", head);
  }
  Part body;
  Part head;
};

WeightsFile filled(int64_t classes, double value) {
  WeightsFile file{.file = "made.safetensors"};
  for (const char* part : {"body", "head"}) {
    const int64_t outputs = std::string(part) == "body" ? 4 : classes;
    file.tensors.emplace_back(std::string(part) + ".weight", at::full({outputs, 2, 3, 3}, value));
    file.tensors.emplace_back(std::string(part) + ".mean", at::full({outputs}, value));
  }
  return file;
}

bool is_filled(const Tensor& tensor, double value) {
  return at::equal(tensor, at::full(tensor.sizes(), value));
}

TEST(Weights, SavedAndLoadedAreTheSame) {
  const TempFolder folder;
  Whole saved(3);
  load_by_name(saved, filled(3, 1.25), Match::strict);
  save_weights(folder / "w.safetensors", saved, {{"fovea", "{}"}});
  Whole loaded(3);
  const WeightsFile file = read_safetensors(folder / "w.safetensors");
  const LoadReport report = load_by_name(loaded, file, Match::strict);
  EXPECT_EQ(report.describe(), "4 tensors loaded");
  EXPECT_TRUE(is_filled(loaded.body.weight, 1.25));
  EXPECT_TRUE(is_filled(loaded.head.mean, 1.25));
  EXPECT_EQ(file.metadata.at("fovea"), "{}");
}

TEST(Weights, KeepTheModulesTypeLayoutAndGradients) {
  WeightsFile file = filled(3, 0.5);
  for (auto& entry : file.tensors) entry.second = entry.second.to(at::kHalf);
  Whole module(3);
  const void* memory = module.body.weight.const_data_ptr();
  load_by_name(module, file, Match::strict);
  EXPECT_EQ(module.body.weight.const_data_ptr(), memory);
  EXPECT_EQ(module.body.weight.scalar_type(), at::kFloat);
  EXPECT_TRUE(module.body.weight.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(module.body.weight.requires_grad());
  EXPECT_TRUE(is_filled(module.body.weight, 0.5));
}

TEST(Weights, OfAnotherModelNameWhatDiffers) {
  WeightsFile file = filled(5, 1);
  file.tensors.emplace_back("fc.weight", at::zeros({2}));
  file.tensors.erase(file.tensors.begin());  // body.weight
  Whole module(3);
  const std::string message = error_of([&] { load_by_name(module, file, Match::strict); });
  EXPECT_THAT(message, AllOf(HasSubstr("made.safetensors: the weights are of another model"),
                             HasSubstr("head.weight is [5, 2, 3, 3] Float in the file and "
                                       "[3, 2, 3, 3] Float in the model"),
                             HasSubstr("1 missing in the file (body.weight)"),
                             HasSubstr("1 unknown to the model (fc.weight)")));
  EXPECT_TRUE(is_filled(module.body.mean, 0)) << "a refused file changes nothing";
}

TEST(Weights, StartedFromLeaveAloneWhatDoesNotFit) {
  Whole module(3);
  const LoadReport report = load_by_name(module, filled(5, 1), Match::partial);
  EXPECT_THAT(report.matched, ElementsAre("body.weight", "body.mean"));
  ASSERT_EQ(report.mismatched.size(), 2U);
  EXPECT_TRUE(report.matched_most());
  EXPECT_TRUE(is_filled(module.body.weight, 1));
  EXPECT_TRUE(is_filled(module.head.weight, 0));
  EXPECT_THAT(report.describe(), HasSubstr("2 tensors loaded; 2 of another shape (head.weight"));
}

TEST(Weights, OfWhichLessThanHalfFitsAreToldApart) {
  WeightsFile file = filled(3, 1);
  file.tensors.resize(1);
  Whole module(3);
  EXPECT_FALSE(load_by_name(module, file, Match::partial).matched_most());
}

TEST(Weights, WithNothingInCommonAreRefusedInBothWays) {
  WeightsFile file{.file = "other.safetensors"};
  file.tensors.emplace_back("x", at::zeros({1}));
  Whole module(3);
  EXPECT_THAT(error_of([&] { load_by_name(module, file, Match::partial); }),
              HasSubstr("0 tensors match"));
}

TEST(Weights, BatchCountersOfOtherLibrariesArePassedOver) {
  WeightsFile file = filled(3, 1);
  file.tensors.emplace_back("body.norm.num_batches_tracked", at::zeros({}, at::kLong));
  Whole module(3);
  EXPECT_EQ(load_by_name(module, file, Match::strict).unexpected.size(), 0U);
}

}  // namespace
}  // namespace fovea
