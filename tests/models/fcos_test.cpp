#include "fovea/models/fcos.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <string_view>

#include "fovea/core/random.h"
#include "fovea/deploy/select.h"
#include "fovea/ops/safetensors.h"
#include "support/test_files.h"

namespace fovea {
namespace {

// ---- parity with torchvision: tests/golden/make_fcos.py made the numbers ----

/// Numbers in [-1, 1) that the golden script computes from the same names.
Tensor uniform(std::string_view name, int64_t count) {
  uint64_t key = 0xCBF29CE484222325U;
  for (const char letter : name) key = (key ^ static_cast<uint8_t>(letter)) * 0x100000001B3U;
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(Rng::mix(key + i) >> 40) * 0x1p-23F - 1;
  }
  return at::tensor(values, at::kFloat);
}

void fill(const NamedTensor& entry) {
  const at::NoGradGuard no_gradients;
  Tensor& tensor = *entry.tensor;
  if (entry.name.ends_with("num_batches_tracked") || entry.name.starts_with("normalize.")) return;
  Tensor values = uniform(entry.name, tensor.numel()).view(tensor.sizes());
  if (tensor.dim() == 4) {
    values.mul_(static_cast<float>(std::sqrt(6.0 / static_cast<double>(tensor[0].numel()))));
  } else if (entry.name.ends_with("running_var")) {
    values.mul_(0.25).add_(1);
  } else if (entry.name.ends_with("weight")) {
    values.mul_(0.125).add_(1);
  } else {
    values.mul_(0.125);
  }
  tensor.copy_(values);
}

constexpr int64_t kHeight = 256;
constexpr int64_t kWidth = 384;

Instance object(std::array<double, 4> corners, int64_t label) {
  return {.box = {corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1]},
          .label = label};
}

struct Parity : testing::Test {
  Parity() : generator(weight_generator(0)), model(options(), 3, generator) {
    for (const NamedTensor& entry : model.named_tensors()) fill(entry);
    const Tensor pixels = (uniform("pixels", 2 * kHeight * kWidth * 3) * 127.5 + 127.5);
    batch.images = pixels.to(at::kByte).view({2, kHeight, kWidth, 3}).permute({0, 3, 1, 2});
    batch.instances = {{object({10, 8, 50, 61}, 0), object({100.5, 20.25, 340, 220}, 2),
                        object({30, 30, 60, 50}, 1)},
                       {object({0, 0, 384, 256}, 1), object({5, 70, 33, 100}, 0)}};
  }
  static ModelOptions options() {
    return {.backbone = "resnet18", .fpn_channels = 256, .levels = 5, .head_convs = 2};
  }
  const Tensor& golden(const std::string& name) const {
    const Tensor* tensor = file.find(name);
    if (tensor == nullptr) throw std::runtime_error("no golden tensor " + name);
    return *tensor;
  }
  at::Generator generator;
  Fcos model;
  Batch batch;
  WeightsFile file = read_safetensors(source_folder() / "tests/golden/fcos.safetensors");
};

/// The greatest difference, relative to the greatest value.
double relative(const Tensor& a, const Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

TEST_F(Parity, HeadOutputsAreTorchvisions) {
  const EvalScope evaluating(model);
  const Outputs outputs = model.forward(batch.images);
  for (const char* name : {"cls_logits", "bbox_regression", "bbox_ctrness"}) {
    const Tensor mine = output(outputs, name).slice(1, 0, std::nullopt, 7);
    ASSERT_EQ(mine.sizes(), golden(std::string("eval.") + name).sizes());
    EXPECT_LT(relative(mine, golden(std::string("eval.") + name)), 1e-5) << name;
  }
}

TEST_F(Parity, FinalBoxesAndScoresAreTorchvisions) {
  const EvalScope evaluating(model);
  const Frame frame{.file_height = kHeight, .file_width = kWidth};
  const SelectOptions select_options{
      .score_threshold = 0.05, .top_k = 100'000, .nms_iou = 0.6, .max_detections = 100};
  const auto found =
      select(model.decode(model.forward(batch.images)), {frame, frame}, {0, 1}, select_options);
  for (size_t i = 0; i < 2; ++i) {
    const std::string image = "eval." + std::to_string(i);
    const Tensor& boxes = golden(image + ".boxes");
    ASSERT_EQ(static_cast<int64_t>(found[i].found.size()), boxes.size(0));
    for (int64_t k = 0; k < boxes.size(0); ++k) {
      const Prediction& mine = found[i].found[static_cast<size_t>(k)];
      EXPECT_EQ(mine.label, golden(image + ".labels")[k].item<int64_t>());
      EXPECT_NEAR(mine.score, golden(image + ".scores")[k].item<double>(), 1e-3);
      EXPECT_NEAR(mine.box.left, boxes[k][0].item<double>(), 1e-3);
      EXPECT_NEAR(mine.box.top, boxes[k][1].item<double>(), 1e-3);
      EXPECT_NEAR(mine.box.right(), boxes[k][2].item<double>(), 1e-3);
      EXPECT_NEAR(mine.box.bottom(), boxes[k][3].item<double>(), 1e-3);
    }
  }
}

TEST_F(Parity, LossTermsAreTorchvisions) {
  const Losses losses = model.loss(model.forward(batch.images), batch, [](auto&) {});
  for (const auto& [name, value] : losses.terms) {
    const double expected = golden("loss." + name).item<double>();
    EXPECT_NEAR(value.item<double>(), expected, 1e-5 * expected) << name;
  }
}

/// Gradients jump where a ReLU's input is near zero; see the golden script.
void calm(Fcos& model) {
  const at::NoGradGuard no_gradients;
  const std::vector<NamedTensor> tensors = model.named_tensors();
  for (size_t i = 1; i < tensors.size(); ++i) {
    const bool of_norm =
        tensors[i - 1].name.ends_with(".weight") && tensors[i - 1].tensor->dim() == 1;
    if (of_norm && tensors[i].name.ends_with(".bias")) tensors[i].tensor->add_(3);
  }
}

TEST_F(Parity, GradientsAreTorchvisions) {
  calm(model);
  model.eval();  // running statistics
  model.loss(model.forward(batch.images), batch, [](auto&) {}).total().backward();
  for (const NamedTensor& entry : model.named_parameters()) {
    const Tensor gradient = entry.tensor->grad().contiguous().flatten();
    const Tensor& expected = golden("gradient." + entry.name);
    const Tensor places = at::linspace(0, gradient.numel() - 1, expected.numel()).to(at::kLong);
    const double norm = golden("gradient_norm." + entry.name).item<double>();
    EXPECT_NEAR(gradient.norm().item<double>(), norm, 1e-4 * norm) << entry.name;
    // A bias before batch norm has no gradient but rounding: compared with the norm of its weights.
    const double scale = std::max(expected.abs().max().item<double>(), 1e-4 * norm + 1e-6);
    const Tensor mine = gradient.index_select(0, places);
    EXPECT_LT((mine - expected).abs().max().item<double>(), 1e-4 * scale) << entry.name;
  }
}

// ---- behaviour of its own ----

ModelOptions tiny() {
  return {.width = 0.125, .fpn_channels = 16, .levels = 3, .head_convs = 1};
}

struct TinyFcos : testing::Test {
  TinyFcos() : generator(weight_generator(1)), model(tiny(), 2, generator) {
    at::Generator pixels = weight_generator(2);
    batch.images = at::randint(0, 256, {2, 64, 64, 3}, pixels, at::kByte).permute({0, 3, 1, 2});
    batch.instances = {{object({8, 8, 40, 40}, 1)}, {}};
  }
  at::Generator generator;
  Fcos model;
  Batch batch;
};

TEST_F(TinyFcos, ForwardTellsWhereEveryLocationIs) {
  const EvalScope evaluating(model);
  const Outputs outputs = model.forward(batch.images);
  const Tensor places = output(outputs, "locations");  // 8x8, 4x4, 2x2
  ASSERT_EQ(places.size(0), 64 + 16 + 4);
  EXPECT_TRUE(at::equal(places[9], at::tensor({8.F, 8.F, 8.F})));
  EXPECT_TRUE(at::equal(places[64 + 5], at::tensor({16.F, 16.F, 16.F})));
  EXPECT_TRUE(at::equal(places[83], at::tensor({32.F, 32.F, 32.F})));
}

TEST_F(TinyFcos, CrowdRegionsAreNotBackground) {
  const auto loss_of = [&](const Batch& b) {
    return model.loss(model.forward(b.images), b, [](auto&) {}).terms[0].second.item<double>();
  };
  const EvalScope evaluating(model);
  const double without = loss_of(batch);
  Instance everything = object({0, 0, 64, 64}, 0);
  everything.crowd = true;
  batch.instances[1] = {everything};
  const double with_crowd = loss_of(batch);
  EXPECT_LT(with_crowd, without);  // the second image no longer counts as background
  batch.instances[0].push_back(everything);
  EXPECT_GT(loss_of(batch), 0);  // positives inside a crowd still learn
}

TEST_F(TinyFcos, ABatchWithoutObjectsHasAFiniteLossAndGradients) {
  batch.instances = {{}, {}};
  const Losses losses = model.loss(model.forward(batch.images), batch, [](auto&) {});
  losses.total().backward();
  EXPECT_TRUE(std::isfinite(losses.total().item<double>()));
  for (const NamedTensor& entry : model.named_parameters()) {
    ASSERT_TRUE(entry.tensor->grad().defined()) << entry.name;
    EXPECT_TRUE(entry.tensor->grad().isfinite().all().item<bool>()) << entry.name;
  }
}

TEST_F(TinyFcos, TheLossIsNormalisedOverAllProcesses) {
  const auto total = [&](const SumOverProcesses& sum) {
    const EvalScope evaluating(model);
    return model.loss(model.forward(batch.images), batch, sum).total().item<double>();
  };
  const double alone = total([](auto&) {});
  const double of_two = total([](std::vector<double>& counts) {
    for (double& count : counts) count *= 2;  // the other process has as many positives
  });
  EXPECT_NEAR(of_two, alone, 1e-6 * alone);
}

TEST_F(TinyFcos, TheSameSeedDrawsTheSameWeights) {
  const auto a = make_model(tiny(), 2, 5), b = make_model(tiny(), 2, 5),
             c = make_model(tiny(), 2, 6);
  const auto first = a->named_tensors(), second = b->named_tensors(), third = c->named_tensors();
  bool differs = false;
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_TRUE(at::equal(*first[i].tensor, *second[i].tensor)) << first[i].name;
    differs |= !at::equal(*first[i].tensor, *third[i].tensor);
  }
  EXPECT_TRUE(differs);
}

TEST_F(TinyFcos, TheLowestLossIsTheEntropyOfTheCentreness) {
  // One object whose only positive locations can be listed: floor > 0 as they are off centre.
  EXPECT_GT(model.lowest_loss(batch), 0);
  batch.instances = {{}, {}};
  EXPECT_EQ(model.lowest_loss(batch), 0);
}

TEST(MakeModel, AnUnknownBackboneIsNamedWithTheKnownOnes) {
  const std::string message = error_of([] { make_model({.backbone = "resnet19"}, 2, 0); });
  EXPECT_EQ(message, "model.backbone: there is no `resnet19`; known: resnet18, resnet34, resnet50");
}

}  // namespace
}  // namespace fovea
