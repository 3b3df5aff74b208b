// The layers that networks are built from, in torchvision's names and with PyTorch's meaning.
#pragma once

#include <ATen/core/Generator.h>

#include <memory>
#include <string>
#include <vector>

#include "fovea/nn/module.h"

namespace fovea {

struct ConvOptions {
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t padding = 0;
  bool bias = false;
};

/// Convolution: [B,in,H,W] -> [B,out,H',W'] with H' = (H + 2 padding - kernel) / stride + 1.
struct Conv2d : Module {
  Conv2d(int64_t in, int64_t out, const ConvOptions& options);
  Tensor forward(const Tensor& x) const;
  Tensor weight;  // [out,in,kernel,kernel]
  Tensor bias;    // [out] or undefined
  ConvOptions options;
};

/// How a normalisation layer gets its statistics.
enum class NormKind {
  batch,   // batch statistics in training, running ones otherwise (BatchNorm2d)
  frozen,  // running statistics always, nothing is trained (FrozenBatchNorm2d)
  group,   // of each image, over groups of channels (GroupNorm: 32 of them, and no fewer than 8
           // channels in each)
};

/// Normalises [B,C,H,W] over channels; the same shape comes out.
struct Norm2d : Module {
  Norm2d(int64_t channels, NormKind kind);
  Tensor forward(const Tensor& x) const;
  NormKind kind;
  int64_t groups = 1;
  Tensor weight;               // [C], ones at first
  Tensor bias;                 // [C], zeros at first
  Tensor running_mean;         // [C], batch and frozen only
  Tensor running_var;          // [C], batch and frozen only
  Tensor num_batches_tracked;  // [] int64, batch only
};

/// Children named "0", "1", ... as torch.nn.Sequential and ModuleList name them.
template <class Part>
struct ModuleList : Module {
  template <class... Arguments>
  Part& add(Arguments&&... arguments) {
    return add_as(std::to_string(parts.size()), std::forward<Arguments>(arguments)...);
  }
  template <class... Arguments>
  Part& add_as(const std::string& name, Arguments&&... arguments) {
    parts.push_back(std::make_unique<Part>(std::forward<Arguments>(arguments)...));
    child(name, *parts.back());
    return *parts.back();
  }
  std::vector<std::unique_ptr<Part>> parts;
};

/// A generator for initial weights; the same seed draws the same weights.
at::Generator weight_generator(uint64_t seed);

/// He et al. 2015: normal, variance 2 / (out * kernel^2), for ReLU.
void init_kaiming_normal(Conv2d& conv, at::Generator& generator);
/// Uniform in +-sqrt(3 / (in * kernel^2)), bias zero (torch kaiming_uniform_ with a = 1).
void init_kaiming_uniform(Conv2d& conv, at::Generator& generator);
/// Normal of the given deviation, every bias element `bias`.
void init_normal(Conv2d& conv, double deviation, double bias, at::Generator& generator);

}  // namespace fovea
