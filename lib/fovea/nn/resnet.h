// ResNet (He et al. 2016) as torchvision builds and names it, with the stride in the 3x3
// convolution of a bottleneck ("v1.5").
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "fovea/nn/layers.h"

namespace fovea {

/// conv3x3, norm, ReLU, conv3x3, norm, + identity, ReLU; or with 1x1, 3x3, 1x1 (bottleneck).
/// [B,in,H,W] -> [B,out,H/stride,W/stride].
struct ResidualBlock : Module {
  struct Shape {
    int64_t in = 0;
    int64_t middle = 0;
    int64_t out = 0;
    int64_t stride = 1;
    bool bottleneck = false;
  };
  ResidualBlock(const Shape& shape, NormKind norm);
  Tensor forward(const Tensor& x) const;
  std::vector<std::unique_ptr<Conv2d>> convs;  // conv1, conv2 (, conv3)
  std::vector<std::unique_ptr<Norm2d>> norms;  // bn1, bn2 (, bn3)
  struct Downsample : Module {                 // of the identity, where the shape changes
    Downsample(int64_t in, int64_t out, int64_t stride, NormKind norm);
    Tensor forward(const Tensor& x) const { return norm.forward(conv.forward(x)); }
    Conv2d conv;
    Norm2d norm;
  };
  std::unique_ptr<Downsample> downsample;
};

struct ResNetVariant {
  std::string_view name;
  std::array<int64_t, 4> blocks;
  bool bottleneck;
};
/// Error naming the known ones when `name` is none of them.
const ResNetVariant& resnet_variant(std::string_view name);

/// [B,3,H,W] float -> {C2, C3, C4, C5}: strides 4, 8, 16, 32; no average pool, no fc.
struct ResNet : Module {
  /// `width` multiplies every channel count, rounded to a multiple of 8.
  ResNet(const ResNetVariant& variant, double width, NormKind norm, at::Generator& generator);
  std::vector<Tensor> forward(const Tensor& x) const;
  std::array<int64_t, 4> channels() const { return channels_; }  ///< of C2 .. C5
  Conv2d conv1;
  Norm2d bn1;
  std::array<ModuleList<ResidualBlock>, 4> layers;

 private:
  std::array<int64_t, 4> channels_ = {};
};

}  // namespace fovea
