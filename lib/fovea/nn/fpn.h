// Feature pyramid network (Lin et al. 2017) as torchvision builds and names it.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "fovea/nn/layers.h"

namespace fovea {

/// {C3, C4, C5} -> {P3, P4, P5 (, P6, P7)}, each [B,channels,H/stride,W/stride]; the input's height
/// and width are multiples of 32, so that a level is exactly twice the next.
struct FeaturePyramid : Module {
  /// `levels`: 3 (strides 8, 16, 32) or 5 (also 64 and 128, from P5 by strided convolutions).
  FeaturePyramid(const std::vector<int64_t>& in, int64_t channels, int64_t levels,
                 at::Generator& generator);
  std::vector<Tensor> forward(const std::vector<Tensor>& features) const;

  struct Wrapped : Module {  // torchvision wraps each convolution: "inner_blocks.0.0.weight"
    Wrapped(int64_t in, int64_t out, const ConvOptions& options) : conv(in, out, options) {
      child("0", conv);
    }
    Conv2d conv;
  };
  struct Extra : Module {  // LastLevelP6P7
    explicit Extra(int64_t channels);
    Conv2d p6;
    Conv2d p7;
  };
  ModuleList<Wrapped> inner_blocks;  // 1x1, to the common width
  ModuleList<Wrapped> layer_blocks;  // 3x3, on the merged map
  std::unique_ptr<Extra> extra_blocks;
};

}  // namespace fovea
