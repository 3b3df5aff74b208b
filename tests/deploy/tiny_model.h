// A detector small enough to be understood and to be exported in a test: one location every 8
// pixels, two classes. The score of class 0 grows from 0 to 1 as the mean red of the cell grows
// from 127.5 to 255, that of class 1 likewise with its green; the box is the cell itself, grown by
// a parameter of 2 pixels on every side.
#pragma once

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/stack.h>
#include <torch/csrc/jit/api/module.h>

#include <string>
#include <vector>

#include "fovea/deploy/model_file.h"
#include "fovea/nn/module.h"
#include "fovea/nn/trace.h"

namespace fovea {

constexpr int64_t kTinyStride = 8;

struct TinyModel : Module {
  TinyModel() : margin(at::full({1}, 2.0)), scale(at::full({1}, 2.0 / 255)) {
    parameter("margin", margin);
    buffer("scale", scale);
  }

  /// [B,3,H,W] uint8 -> one candidate a cell.
  Candidates detect(const Tensor& images) const {
    const Tensor means = at::avg_pool2d(images.to(at::kFloat), {kTinyStride, kTinyStride});
    const Tensor plane = at::ones_like(means.select(0, 0).select(0, 0));  // [h,w]
    const Tensor centres = at::stack({plane.cumsum(1).sub(0.5), plane.cumsum(0).sub(0.5)}, 2)
                               .flatten(0, 1)
                               .mul(kTinyStride);  // [N,2]
    const Tensor half = margin.add(kTinyStride / 2.0);
    const Tensor boxes =
        at::cat({centres.sub(half), centres.add(half)}, 1).unsqueeze(0);  // [1,N,4]
    const Tensor scores =
        means.slice(1, 0, 2).flatten(2).transpose(1, 2).mul(scale).sub(1).clamp_min(0);  // [B,N,2]
    // The batch's boxes without its size as a number: zeros that follow the scores.
    const Tensor zeros = scores.slice(2, 0, 1).mul(0);  // [B,N,1]
    return {.boxes = boxes.add(zeros), .scores = scores.contiguous()};
  }

  Tensor margin;
  Tensor scale;
};

inline ModelInfo tiny_info() {
  return {.architecture = "tiny",
          .input = {.height = 64, .width = 64},
          .size_divisor = kTinyStride,
          .categories = {{.id = 3, .name = "red"}, {.id = 7, .name = "green thing"}},
          .select = {.score_threshold = 0.3},
          .recipe = "model:\n  name: tiny\n",
          .metrics = {{"AP", 0.5}},
          .fovea = "test"};
}

/// A picture of noise in [0, 255], the same for the same seed.
inline Tensor noise(int64_t images, int64_t height, int64_t width) {
  return at::ones_like(at::full({images, 3, height, width}, 1.0))
      .flatten()
      .cumsum(0)
      .mul(7919)
      .remainder(256)
      .reshape({images, 3, height, width})
      .to(at::kByte);
}

inline std::vector<Golden> tiny_golden(const TinyModel& model) {
  const Tensor images = noise(2, 16, 24);
  return {{.images = images, .expected = model.detect(images)}};
}

inline torch::jit::Module tiny_program(TinyModel& model) {
  const auto compute = [&model](const Tensor& images) {
    const Candidates found = model.detect(images);
    return std::vector<Tensor>{found.boxes, found.scores};
  };
  return trace(model, compute, noise(1, 16, 16), "Tiny");
}

/// The bytes of a model file of the tiny model.
inline std::string tiny_model_file() {
  TinyModel model;
  const EvalScope evaluating(model);
  return to_model_file(tiny_program(model), tiny_info(), tiny_golden(model));
}

}  // namespace fovea
