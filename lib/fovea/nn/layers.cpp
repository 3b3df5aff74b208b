#include "fovea/nn/layers.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fovea {
namespace {

/// torchvision's 32 groups for 256 channels; narrower layers keep 8 channels in a group. Fewer
/// would see next to no spread where a level has one or two places, and the norm divides by the
/// spread: the last bit of its input would come out 300 times as large.
int64_t groups_for(int64_t channels) {
  constexpr int64_t kGroups = 32;
  constexpr int64_t kLeastChannels = 8;
  return std::gcd(std::gcd(kGroups, channels), std::max<int64_t>(1, channels / kLeastChannels));
}

}  // namespace

Conv2d::Conv2d(int64_t in, int64_t out, const ConvOptions& o) : options(o) {
  weight = at::zeros({out, in, o.kernel, o.kernel});
  parameter("weight", weight);
  if (o.bias) {
    bias = at::zeros({out});
    parameter("bias", bias);
  }
}

Tensor Conv2d::forward(const Tensor& x) const {
  return at::conv2d(x, weight, bias, {options.stride, options.stride},
                    {options.padding, options.padding});
}

Norm2d::Norm2d(int64_t channels, NormKind k) : kind(k), groups(groups_for(channels)) {
  weight = at::ones({channels});
  bias = at::zeros({channels});
  const bool trained = kind != NormKind::frozen;
  if (trained) {
    parameter("weight", weight);
    parameter("bias", bias);
  } else {
    buffer("weight", weight);
    buffer("bias", bias);
  }
  if (kind == NormKind::group) return;
  running_mean = at::zeros({channels});
  running_var = at::ones({channels});
  buffer("running_mean", running_mean);
  buffer("running_var", running_var);
  if (kind == NormKind::batch) {
    num_batches_tracked = at::zeros({}, at::kLong);
    buffer("num_batches_tracked", num_batches_tracked);
  }
}

Tensor Norm2d::forward(const Tensor& x) const {
  constexpr double kMomentum = 0.1;
  constexpr double kEpsilon = 1e-5;
  if (kind == NormKind::group) return at::group_norm(x, groups, weight, bias, kEpsilon);
  const bool batch_statistics = kind == NormKind::batch && is_training();
  if (batch_statistics) {
    const at::NoGradGuard no_gradients;
    Tensor(num_batches_tracked).add_(1);
  }
  return at::batch_norm(x, weight, bias, running_mean, running_var, batch_statistics, kMomentum,
                        kEpsilon, /*cudnn_enabled=*/true);
}

at::Generator weight_generator(uint64_t seed) {
  return at::make_generator<at::CPUGeneratorImpl>(seed);
}

void init_kaiming_normal(Conv2d& conv, at::Generator& generator) {
  const int64_t fan_out = conv.weight.size(0) * conv.options.kernel * conv.options.kernel;
  init_normal(conv, std::sqrt(2.0 / static_cast<double>(fan_out)), 0, generator);
}

void init_kaiming_uniform(Conv2d& conv, at::Generator& generator) {
  const at::NoGradGuard no_gradients;
  const int64_t fan_in = conv.weight.size(1) * conv.options.kernel * conv.options.kernel;
  const double bound = std::sqrt(3.0 / static_cast<double>(fan_in));
  conv.weight.uniform_(-bound, bound, generator);
  if (conv.bias.defined()) conv.bias.zero_();
}

void init_normal(Conv2d& conv, double deviation, double bias, at::Generator& generator) {
  const at::NoGradGuard no_gradients;
  conv.weight.normal_(0, deviation, generator);
  if (conv.bias.defined()) conv.bias.fill_(bias);
}

}  // namespace fovea
