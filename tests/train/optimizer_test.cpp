#include "fovea/train/optimizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fovea/train/ema.h"

namespace fovea {
namespace {

/// A 1x2 weight (decays) and a bias of 1 (does not).
struct Line : Module {
  Line() {
    weight = at::tensor({1.0F, -2.0F}).view({1, 2});
    bias = at::tensor({0.5F});
    parameter("weight", weight);
    parameter("bias", bias);
  }
  Tensor weight, bias;
};

void set_gradients(Line& line, float weight, float bias) {
  line.weight.mutable_grad() = at::full({1, 2}, weight);
  line.bias.mutable_grad() = at::full({1}, bias);
}

const Tensor kLoss = at::full({}, 1.0F);

TEST(Optimizer, SgdWithNesterovMomentumFollowsItsFormula) {
  Line line;
  Optimizer sgd(line.named_parameters(), {.kind = OptimizerOptions::Kind::sgd,
                                          .momentum = 0.9,
                                          .weight_decay = 0,
                                          .max_gradient_norm = 0});
  set_gradients(line, 0, 1);
  sgd.step(0.1, kLoss);  // v = 1, step = g + 0.9 v = 1.9
  EXPECT_NEAR(line.bias.item<double>(), 0.5 - 0.19, 1e-6);
  sgd.step(0.1, kLoss);  // v = 1.9, step = 1 + 1.71 = 2.71
  EXPECT_NEAR(line.bias.item<double>(), 0.5 - 0.19 - 0.271, 1e-6);
}

TEST(Optimizer, AdamWFirstStepIsTheLearningRate) {
  Line line;
  Optimizer adamw(line.named_parameters(), {.weight_decay = 0, .max_gradient_norm = 0});
  set_gradients(line, 0.3F, -7);
  adamw.step(0.01, kLoss);
  EXPECT_NEAR(line.bias.item<double>(), 0.51, 1e-6);
  EXPECT_NEAR(line.weight[0][0].item<double>(), 0.99, 1e-6);
}

TEST(Optimizer, AdamWSecondStepFollowsBothBetas) {
  Line line;
  Optimizer adamw(line.named_parameters(),
                  {.momentum = 0.8, .beta2 = 0.95, .weight_decay = 0, .max_gradient_norm = 0});
  const double start = line.bias.item<double>();
  set_gradients(line, 0, 3);
  adamw.step(0.01, kLoss);
  set_gradients(line, 0, -1);
  adamw.step(0.01, kLoss);
  const double mean = (0.8 * 0.2 * 3 - 0.2) / (1 - 0.8 * 0.8);
  const double square = (0.95 * 0.05 * 9 + 0.05) / (1 - 0.95 * 0.95);
  EXPECT_NEAR(line.bias.item<double>(), start - 0.01 - 0.01 * mean / std::sqrt(square), 1e-6);
}

TEST(Optimizer, WeightsDecayAndBiasesDoNot) {
  Line line;
  Optimizer adamw(line.named_parameters(), {.weight_decay = 0.1, .max_gradient_norm = 0});
  set_gradients(line, 0, 0);
  adamw.step(0.5, kLoss);
  EXPECT_NEAR(line.weight[0][1].item<double>(), -2 * (1 - 0.5 * 0.1), 1e-6);
  EXPECT_EQ(line.bias.item<double>(), 0.5);
}

TEST(Optimizer, LongGradientsAreShortened) {
  Line line;
  Optimizer sgd(line.named_parameters(), {.kind = OptimizerOptions::Kind::sgd,
                                          .momentum = 0,
                                          .weight_decay = 0,
                                          .max_gradient_norm = 1});
  set_gradients(line, 0, 4);
  sgd.step(1, kLoss);
  EXPECT_NEAR(line.bias.item<double>(), 0.5 - 1, 1e-6);
  EXPECT_NEAR(sgd.gradient_norm().item<double>(), 4, 1e-6);
}

TEST(Optimizer, AStepThatIsNotFiniteChangesNothing) {
  for (const bool bad_loss : {true, false}) {
    Line line;
    Optimizer adamw(line.named_parameters(), {});
    const float nan = std::numeric_limits<float>::quiet_NaN();
    set_gradients(line, bad_loss ? 1 : nan, 1);
    adamw.step(0.1, bad_loss ? at::full({}, nan) : kLoss);
    EXPECT_EQ(adamw.skipped().item<float>(), 1);
    EXPECT_TRUE(at::equal(line.weight, at::tensor({1.0F, -2.0F}).view({1, 2})));
    for (const auto& [name, tensor] : adamw.state()) {
      EXPECT_EQ(tensor.abs().sum().item<double>(), 0) << name;
    }
  }
}

TEST(Ema, RampsUpAndThenDecays) {
  Line line;
  Ema ema(line, 0.5);
  line.bias.data().fill_(1.5);
  ema.update(0);  // decay min(0.5, 1/10) = 0.1
  EXPECT_NEAR(ema.state()[1].second.item<double>(), 0.5 + 0.9 * 1.0, 1e-6);
  ema.update(1000);  // decay 0.5
  EXPECT_NEAR(ema.state()[1].second.item<double>(), 1.45, 1e-6);
}

TEST(EmaScope, LendsTheAveragesToTheModule) {
  Line line;
  Ema ema(line, 0.9);
  line.bias.data().fill_(3);
  {
    const EmaScope averaged(ema);
    EXPECT_EQ(line.bias.item<double>(), 0.5);
  }
  EXPECT_EQ(line.bias.item<double>(), 3);
  EXPECT_TRUE(line.bias.requires_grad());
}

}  // namespace
}  // namespace fovea
