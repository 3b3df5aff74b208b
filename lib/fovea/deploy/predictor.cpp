#include "fovea/deploy/predictor.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/codegen/fuser/interface.h>
#include <torch/csrc/jit/passes/tensorexpr_fuser.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include "fovea/augment/input_size.h"
#include "fovea/augment/sample.h"
#include "fovea/deploy/select.h"

namespace fovea {
namespace {

/// Shapes vary from picture to picture: the executor that studies each new shape for two runs and
/// then compiles for it would stall on every one. In its absence an older fuser would compile CUDA
/// code while running on a GPU: it is switched off as well.
void settle_libtorch(int64_t threads) {
  torch::jit::getProfilingMode() = false;
  torch::jit::setTensorExprFuserEnabled(false);
  torch::jit::overrideCanFuseOnGPU(false);
  if (threads > 0) at::set_num_threads(static_cast<int>(threads));
}

/// The input that a picture needs.
ImageSize input_of(const Image& image, const ModelInfo& info) {
  return input_for({.height = image.height, .width = image.width}, info.input, info.size_divisor);
}

/// Pictures that need the same input, as evaluation shows them.
SampleBatch fit_all(std::span<const Image> images, std::span<const int64_t> image_ids,
                    const ModelInfo& info) {
  const ImageSize input = input_of(images.front(), info);
  SampleBatch batch{.height = input.height, .width = input.width};
  const auto bytes = static_cast<size_t>(input.height * input.width * 3);
  batch.pixels = PixelBlock(PixelBuffer(bytes * images.size()));
  for (size_t i = 0; i < images.size(); ++i) {
    batch.frames.push_back(fit_into(images[i], info.input, input, batch.pixels.data() + bytes * i));
  }
  batch.instances.resize(images.size());
  batch.image_ids.assign(image_ids.begin(), image_ids.end());
  return batch;
}

}  // namespace

struct Predictor::State {
  State(std::shared_ptr<const ModelFile> model, at::Device where)
      : file(std::move(model)), device(where), program(freeze(file->program(where))) {}

  static torch::jit::Module freeze(torch::jit::Module program) {
    program.eval();
    return torch::jit::freeze(program);
  }

  std::shared_ptr<const ModelFile> file;
  at::Device device;
  mutable torch::jit::Module program;  // `forward` of a frozen module changes nothing
};

Predictor::Predictor(const std::filesystem::path& model, const PredictorOptions& options)
    : Predictor(std::make_shared<const ModelFile>(model), options) {}

Predictor::Predictor(std::shared_ptr<const ModelFile> model, const PredictorOptions& options) {
  settle_libtorch(options.threads);
  state_ = std::make_unique<State>(std::move(model), options.device);
}

Predictor::Predictor(Predictor&&) noexcept = default;
Predictor::~Predictor() = default;

const ModelInfo& Predictor::info() const {
  return state_->file->info();
}

Candidates Predictor::forward(const Tensor& images) const {
  const c10::InferenceMode inference;
  const auto answer = state_->program.forward({images.to(state_->device)}).toTuple();
  return {.boxes = answer->elements().at(0).toTensor(),
          .scores = answer->elements().at(1).toTensor()};
}

std::vector<Predictions> Predictor::predict(std::span<const Image> images,
                                            std::span<const int64_t> image_ids,
                                            const SelectOptions& select) const {
  std::vector<Predictions> all;
  for (size_t first = 0; first < images.size();) {
    const ImageSize input = input_of(images[first], info());
    size_t end = first + 1;
    while (end < images.size() && input_of(images[end], info()) == input) ++end;
    const Batch batch = collate(
        fit_all(images.subspan(first, end - first), image_ids.subspan(first, end - first), info()));
    for (Predictions& found :
         fovea::select(forward(batch.images), batch.frames, batch.image_ids, select)) {
      all.push_back(std::move(found));
    }
    first = end;
  }
  return all;
}

Predictions Predictor::predict(const Image& image, int64_t image_id,
                               const SelectOptions& select) const {
  return predict(std::span(&image, 1), std::span(&image_id, 1), select).front();
}

SelfTest Predictor::self_test() const {
  SelfTest test;
  for (const Golden& golden : state_->file->golden()) {
    test.worst = worst(test.worst, difference(forward(golden.images), golden.expected));
    ++test.inputs;
  }
  return test;
}

}  // namespace fovea
