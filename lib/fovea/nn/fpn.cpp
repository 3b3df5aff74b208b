#include "fovea/nn/fpn.h"

#include <ATen/ops/relu.h>
#include <ATen/ops/upsample_nearest2d.h>

namespace fovea {

FeaturePyramid::Extra::Extra(int64_t channels)
    : p6(channels, channels, {.kernel = 3, .stride = 2, .padding = 1, .bias = true}),
      p7(channels, channels, {.kernel = 3, .stride = 2, .padding = 1, .bias = true}) {
  child("p6", p6);
  child("p7", p7);
}

FeaturePyramid::FeaturePyramid(const std::vector<int64_t>& in, int64_t channels, int64_t levels,
                               at::Generator& generator) {
  for (const int64_t width : in) {
    init_kaiming_uniform(
        inner_blocks.add(width, channels, ConvOptions{.kernel = 1, .bias = true}).conv, generator);
    const ConvOptions three{.kernel = 3, .padding = 1, .bias = true};
    init_kaiming_uniform(layer_blocks.add(channels, channels, three).conv, generator);
  }
  child("inner_blocks", inner_blocks);
  child("layer_blocks", layer_blocks);
  if (levels > static_cast<int64_t>(in.size())) {
    extra_blocks = std::make_unique<Extra>(channels);
    init_kaiming_uniform(extra_blocks->p6, generator);
    init_kaiming_uniform(extra_blocks->p7, generator);
    child("extra_blocks", *extra_blocks);
  }
}

std::vector<Tensor> FeaturePyramid::forward(const std::vector<Tensor>& features) const {
  std::vector<Tensor> levels(features.size());
  Tensor merged;  // [B,channels,H,W] of the level above
  for (size_t i = features.size(); i-- > 0;) {
    Tensor lateral = inner_blocks.parts[i]->conv.forward(features[i]);
    if (merged.defined()) {
      // By a factor, not to a size: a traced size would be baked in.
      lateral.add_(at::upsample_nearest2d(merged, std::nullopt, at::ArrayRef<double>({2.0, 2.0})));
    }
    merged = lateral;
    levels[i] = layer_blocks.parts[i]->conv.forward(merged);
  }
  if (extra_blocks) {
    levels.push_back(extra_blocks->p6.forward(levels.back()));
    levels.push_back(extra_blocks->p7.forward(at::relu(levels.back())));
  }
  return levels;
}

}  // namespace fovea
