// The nouns on the tensor side. Tensors begin here, at `collate`; below this header nothing knows
// LibTorch. Shapes: B images, H x W pixels, L locations of a feature pyramid, C classes, N boxes.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fovea/data/vocabulary.h"

namespace fovea {

using at::Tensor;

/// What a network is given. Objects stay plain: a model assigns them to its locations on the host.
struct Batch {
  Tensor images;  // [B,3,H,W] uint8 RGB, channels last in memory
  std::vector<std::vector<Instance>> instances = {};  // boxes in input pixels, crowds included
  std::vector<Frame> frames = {};
  std::vector<int64_t> image_ids = {};
  std::vector<DeferredColour> colours = {};  // that `images` still lack (ops/recolour.h)
};

/// The raw, named outputs of a network; the names are its own (models/fcos.h says which).
using Outputs = std::vector<std::pair<std::string, Tensor>>;
const Tensor& output(const Outputs& outputs, const std::string& name);

/// What every detector is reduced to; the exported graph ends here.
struct Candidates {
  Tensor boxes;   // [B,N,4] float32 left, top, right, bottom in input pixels
  Tensor scores;  // [B,N,C] float32 in [0,1]
};

/// Weighted scalar losses, each [] float32 on the model's device.
struct Losses {
  std::vector<std::pair<std::string, Tensor>> terms = {};
  Tensor total() const;  // []
};

/// Wraps the pixels without copying them: they live as long as the tensor does.
Batch collate(SampleBatch samples);

/// For logs and debuggers: "[2, 3] float cpu min 0 max 5 mean 2.5 nan 0".
std::string describe(const Tensor& tensor);

}  // namespace fovea
