#include "fovea/nn/resnet.h"

#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <fmt/core.h>

#include <cmath>

#include "fovea/core/error.h"

namespace fovea {
namespace {

constexpr ResNetVariant kVariants[] = {
    {"resnet18", {2, 2, 2, 2}, false},
    {"resnet34", {3, 4, 6, 3}, false},
    {"resnet50", {3, 4, 6, 3}, true},
};

int64_t scaled(int64_t channels, double width) {
  const double eighths = std::round(static_cast<double>(channels) * width / 8);
  return std::max<int64_t>(8, 8 * static_cast<int64_t>(eighths));
}

}  // namespace

ResidualBlock::Downsample::Downsample(int64_t in, int64_t out, int64_t stride, NormKind kind)
    : conv(in, out, {.kernel = 1, .stride = stride}), norm(out, kind) {
  child("0", conv);
  child("1", norm);
}

ResidualBlock::ResidualBlock(const Shape& s, NormKind norm) {
  struct Step {
    int64_t in, out, kernel, stride;
  };
  const std::vector<Step> steps =
      s.bottleneck ? std::vector<Step>{{s.in, s.middle, 1, 1},
                                       {s.middle, s.middle, 3, s.stride},
                                       {s.middle, s.out, 1, 1}}
                   : std::vector<Step>{{s.in, s.out, 3, s.stride}, {s.out, s.out, 3, 1}};
  for (const Step& step : steps) {
    const ConvOptions options{
        .kernel = step.kernel, .stride = step.stride, .padding = step.kernel / 2};
    convs.push_back(std::make_unique<Conv2d>(step.in, step.out, options));
    norms.push_back(std::make_unique<Norm2d>(step.out, norm));
    child("conv" + std::to_string(convs.size()), *convs.back());
    child("bn" + std::to_string(norms.size()), *norms.back());
  }
  if (s.stride != 1 || s.in != s.out) {
    downsample = std::make_unique<Downsample>(s.in, s.out, s.stride, norm);
    child("downsample", *downsample);
  }
}

Tensor ResidualBlock::forward(const Tensor& x) const {
  Tensor y = x;
  for (size_t i = 0; i < convs.size(); ++i) {
    y = norms[i]->forward(convs[i]->forward(y));
    if (i + 1 < convs.size()) at::relu_(y);
  }
  y.add_(downsample ? downsample->forward(x) : x);
  return at::relu_(y);
}

const ResNetVariant& resnet_variant(std::string_view name) {
  std::vector<std::string> names;
  for (const ResNetVariant& variant : kVariants) {
    if (variant.name == name) return variant;
    names.emplace_back(variant.name);
  }
  fail(fmt::format("model.backbone: there is no `{}`", name), suggestion(name, names));
}

ResNet::ResNet(const ResNetVariant& variant, double width, NormKind norm, at::Generator& generator)
    : conv1(3, scaled(64, width), {.kernel = 7, .stride = 2, .padding = 3}),
      bn1(scaled(64, width), norm) {
  child("conv1", conv1);
  child("bn1", bn1);
  int64_t in = scaled(64, width);
  for (size_t i = 0; i < 4; ++i) {
    const int64_t middle = scaled(64 << i, width);
    const int64_t out = variant.bottleneck ? 4 * middle : middle;
    for (int64_t block = 0; block < variant.blocks[i]; ++block) {
      const int64_t stride = block == 0 && i > 0 ? 2 : 1;
      layers[i].add(ResidualBlock::Shape{in, middle, out, stride, variant.bottleneck}, norm);
      in = out;
    }
    channels_[i] = out;
    child("layer" + std::to_string(i + 1), layers[i]);
  }
  init_kaiming_normal(conv1, generator);
  for (auto& layer : layers) {
    for (auto& block : layer.parts) {
      for (auto& conv : block->convs) init_kaiming_normal(*conv, generator);
      if (block->downsample) init_kaiming_normal(block->downsample->conv, generator);
    }
  }
}

std::vector<Tensor> ResNet::forward(const Tensor& x) const {
  Tensor y = bn1.forward(conv1.forward(x));  // [B,64,H/2,W/2]
  at::relu_(y);
  y = at::max_pool2d(y, {3, 3}, {2, 2}, {1, 1});  // [B,64,H/4,W/4]
  std::vector<Tensor> stages;
  for (const auto& layer : layers) {
    for (const auto& block : layer.parts) y = block->forward(y);
    stages.push_back(y);
  }
  return stages;
}

}  // namespace fovea
