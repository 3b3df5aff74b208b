#include "fovea/nn/module.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include "fovea/nn/fpn.h"
#include "fovea/nn/layers.h"
#include "fovea/nn/resnet.h"
#include "support/test_files.h"

namespace fovea {
namespace {

struct Pair : Module {
  Pair() : conv(1, 2, {.kernel = 3, .bias = true}), norm(2, NormKind::batch) {
    child("conv", conv);
    child("norm", norm);
  }
  Conv2d conv;
  Norm2d norm;
};

std::vector<std::string> names(const std::vector<NamedTensor>& tensors) {
  std::vector<std::string> found;
  for (const NamedTensor& entry : tensors) found.push_back(entry.name);
  return found;
}

TEST(Module, NamesItsTensorsByTheirPlaceInTheTree) {
  const Pair pair;
  EXPECT_EQ(names(pair.named_tensors()),
            (std::vector<std::string>{"conv.weight", "conv.bias", "norm.weight", "norm.bias",
                                      "norm.running_mean", "norm.running_var",
                                      "norm.num_batches_tracked"}));
  EXPECT_EQ(pair.named_parameters().size(), 4U);
  EXPECT_EQ(parameter_count(pair), 2 * 9 + 2 + 2 + 2);
}

TEST(Module, TrainingModeReachesTheWholeTree) {
  Pair pair;
  pair.eval();
  EXPECT_FALSE(pair.norm.is_training());
  pair.train();
  EXPECT_TRUE(pair.norm.is_training());
}

TEST(EvalScope, RestoresModeAndGradients) {
  Pair pair;
  {
    const EvalScope evaluating(pair);
    EXPECT_FALSE(pair.conv.is_training());
    EXPECT_FALSE(at::GradMode::is_enabled());
  }
  EXPECT_TRUE(pair.conv.is_training());
  EXPECT_TRUE(at::GradMode::is_enabled());
}

TEST(Norm2d, FrozenStatisticsNeitherMoveNorLearn) {
  Norm2d norm(3, NormKind::frozen);
  EXPECT_TRUE(norm.parameters().empty());
  norm.forward(at::ones({2, 3, 4, 4}) * 5);
  EXPECT_EQ(norm.running_mean.sum().item<double>(), 0);
}

TEST(Norm2d, BatchStatisticsMoveInTrainingOnly) {
  Norm2d norm(3, NormKind::batch);
  norm.forward(at::ones({2, 3, 4, 4}) * 5);
  EXPECT_NEAR(norm.running_mean[0].item<double>(), 0.5, 1e-6);  // momentum 0.1
  EXPECT_EQ(norm.num_batches_tracked.item<int64_t>(), 1);
  norm.eval();
  norm.forward(at::ones({2, 3, 4, 4}) * 5);
  EXPECT_EQ(norm.num_batches_tracked.item<int64_t>(), 1);
}

TEST(ResNet, GivesFourStagesAtStrides4To32) {
  at::Generator generator = weight_generator(0);
  const ResNet net(resnet_variant("resnet50"), 0.25, NormKind::batch, generator);
  const at::NoGradGuard no_gradients;
  const auto stages = net.forward(at::ones({1, 3, 64, 96}));
  EXPECT_EQ(stages[0].sizes(), (std::vector<int64_t>{1, 64, 16, 24}));
  EXPECT_EQ(stages[3].sizes(), (std::vector<int64_t>{1, 512, 2, 3}));
}

TEST(ResNet, HasTorchvisionsParameterCounts) {
  // torchvision's counts less its fc layer: 11,689,512 - 513,000 and 25,557,032 - 2,049,000.
  at::Generator generator = weight_generator(0);
  EXPECT_EQ(parameter_count(ResNet(resnet_variant("resnet18"), 1, NormKind::batch, generator)),
            11'176'512);
  EXPECT_EQ(parameter_count(ResNet(resnet_variant("resnet50"), 1, NormKind::batch, generator)),
            23'508'032);
}

TEST(FeaturePyramid, AddsTwoLevelsWhereFiveAreWanted) {
  at::Generator generator = weight_generator(0);
  const FeaturePyramid fpn({8, 16, 32}, 8, 5, generator);
  const at::NoGradGuard no_gradients;
  const auto levels =
      fpn.forward({at::ones({1, 8, 12, 8}), at::ones({1, 16, 6, 4}), at::ones({1, 32, 3, 2})});
  ASSERT_EQ(levels.size(), 5U);
  EXPECT_EQ(levels[3].sizes(), (std::vector<int64_t>{1, 8, 2, 1}));
  EXPECT_EQ(levels[4].sizes(), (std::vector<int64_t>{1, 8, 1, 1}));
}

TEST(Norm2d, KeepsEightChannelsInAGroup) {
  const auto groups = [](int64_t channels) { return Norm2d(channels, NormKind::group).groups; };
  EXPECT_EQ(groups(256), 32) << "as torchvision";
  EXPECT_EQ(groups(64), 8);
  EXPECT_EQ(groups(32), 4);
  EXPECT_EQ(groups(4), 1);
  for (int64_t channels = 1; channels < 300; ++channels) {
    EXPECT_EQ(channels % groups(channels), 0) << channels;
  }
}

}  // namespace
}  // namespace fovea
