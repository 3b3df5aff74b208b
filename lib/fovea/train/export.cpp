#include "fovea/train/export.h"

#include <ATen/ops/empty.h>
#include <fmt/core.h>
#include <torch/csrc/jit/api/module.h>

#include <array>
#include <memory>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/random.h"
#include "fovea/deploy/model_file.h"
#include "fovea/deploy/predictor.h"
#include "fovea/nn/trace.h"

namespace fovea {
namespace {

constexpr double kTolerance = 1e-5;  // pixels or scores, between live model and reloaded program

struct Shape {
  int64_t images;
  int64_t height;
  int64_t width;
};

/// Random pixels, a function of the shape alone.
Tensor pixels(const Shape& shape) {
  Tensor images = at::empty({shape.images, 3, shape.height, shape.width}, at::kByte);
  Rng random = rng_for(Stream::synthesize, 0, shape.images, shape.height * 65'536 + shape.width);
  auto* bytes = images.mutable_data_ptr<uint8_t>();
  for (int64_t i = 0; i < images.numel(); ++i) bytes[i] = static_cast<uint8_t>(random.bits() >> 56);
  return images.contiguous(at::MemoryFormat::ChannelsLast);
}

/// Unlike each other in every dimension, and no larger than it takes for the coarsest level to have
/// several places, as it has on photographs: kept inside the file.
std::array<Shape, 2> golden_shapes(int64_t divisor) {
  return {Shape{1, 2 * divisor, 3 * divisor}, Shape{2, 3 * divisor, 2 * divisor}};
}

/// Compared once, while exporting.
std::array<Shape, 6> compared_shapes(const ModelInfo& info) {
  const int64_t d = info.size_divisor;
  const ImageSize full = info.input;
  return {Shape{1, d, d},
          Shape{2, d, d},
          Shape{1, 2 * d, 3 * d},
          {2, 2 * d, 3 * d},
          {1, full.height, full.width},
          {2, full.height, full.width}};
}

std::vector<Golden> golden_of(const Detector& detector, int64_t divisor) {
  std::vector<Golden> golden;
  for (const Shape& shape : golden_shapes(divisor)) {
    const Tensor images = pixels(shape);
    golden.push_back({.images = images, .expected = detector(images)});
  }
  return golden;
}

std::string shape_text(const Shape& shape) {
  return fmt::format("{} images of {}x{} pixels", shape.images, shape.height, shape.width);
}

Candidates answer_of(torch::jit::Module& program, const Tensor& images) {
  const auto answer = program.forward({images}).toTuple();
  return {.boxes = answer->elements().at(0).toTensor(),
          .scores = answer->elements().at(1).toTensor()};
}

/// The worst difference at that shape. A program that fails there (a size was traced as a number)
/// counts as one that answers wrongly.
Difference compare(torch::jit::Module& program, const Detector& detector, const Shape& shape,
                   const fs::path& file) {
  const Tensor images = pixels(shape);
  try {
    return difference(answer_of(program, images), detector(images));
  } catch (const std::exception& error) {
    const std::string_view text = error.what();
    fail(file, "",
         fmt::format("was not written: the exported program fails on {}: {}", shape_text(shape),
                     text.substr(0, text.find('\n'))),
         "the model must not use tensor sizes as numbers in forward or decode");
  }
}

/// Error unless the reloaded program answers as the live model at every shape.
Difference compare_all(const ModelFile& written, const Detector& detector, const fs::path& file) {
  torch::jit::Module program = written.program(at::kCPU);
  Difference largest;
  for (const Shape& shape : compared_shapes(written.info())) {
    const Difference apart = compare(program, detector, shape, file);
    if (apart.boxes_beyond > kTolerance || apart.scores > kTolerance) {
      fail(file, "",
           fmt::format("was not written: on {} the exported program differs by {:.3g} pixels in "
                       "boxes and {:.3g} in scores",
                       shape_text(shape), apart.boxes, apart.scores),
           "the model must not use tensor sizes as numbers in forward or decode");
    }
    largest = worst(largest, apart);
  }
  return largest;
}

void run_self_test(std::shared_ptr<const ModelFile> written, const fs::path& file) {
  const SelfTest test = Predictor(std::move(written)).self_test();
  if (test.passed()) return;
  fail(file, "",
       fmt::format("was not written: its self-test differs by {:.3g} pixels in boxes and {:.3g} in "
                   "scores",
                   test.worst.boxes, test.worst.scores),
       "weights that are not finite, or very large, do this: check the training");
}

}  // namespace

void export_model(Module& module, const Detector& detector, const ModelInfo& info,
                  const fs::path& file, Log& log) {
  const EvalScope evaluating(module);
  const TensorFunction compute = [&detector](const Tensor& images) {
    const Candidates found = detector(images);
    return std::vector<Tensor>{found.boxes, found.scores};
  };
  const Shape example{1, info.size_divisor, 2 * info.size_divisor};
  const torch::jit::Module program = trace(module, compute, pixels(example), "Detector");
  const auto written = std::make_shared<const ModelFile>(
      file, to_model_file(program, info, golden_of(detector, info.size_divisor)));
  const Difference largest = compare_all(*written, detector, file);
  run_self_test(written, file);
  write_whole(file, written->bytes());
  log.line(
      fmt::format("{}: equal to the live model on {} shapes (boxes within {:.2g} pixels, scores "
                  "within {:.2g})",
                  file.string(), compared_shapes(info).size(), largest.boxes, largest.scores));
}

void export_model(Model& model, const ModelInfo& info, const fs::path& file, Log& log) {
  const Detector detector = [&model](const Tensor& images) {
    return model.decode(model.forward(images));
  };
  export_model(model, detector, info, file, log);
}

}  // namespace fovea
