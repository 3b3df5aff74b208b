// A model file at work: pictures in, predictions in file pixels out. It knows no model family.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "fovea/deploy/model_file.h"
#include "fovea/deploy/options.h"
#include "fovea/ops/vocabulary.h"

namespace fovea {

struct PredictorOptions {
  at::Device device = at::kCPU;  // from choose_device (ops/cuda_plugin.h)
  int64_t threads = 0;           // of LibTorch on the CPU; 0 leaves its own choice
};

/// How the golden inputs inside a model file came out on this machine.
struct SelfTest {
  int64_t inputs = 0;  // that were run
  Difference worst = {};
  bool passed() const { return worst.boxes_beyond <= kBoxes && worst.scores <= kScores; }
  static constexpr double kBoxes = 0.01;  // pixels, beyond Difference::kRounding of a coordinate
  static constexpr double kScores = 1e-3;
};

class Predictor {
 public:
  /// Loads and freezes the program (constants folded, batch norm merged into convolutions).
  explicit Predictor(const std::filesystem::path& model, const PredictorOptions& options = {});
  explicit Predictor(std::shared_ptr<const ModelFile> model, const PredictorOptions& options = {});
  Predictor(Predictor&&) noexcept;
  ~Predictor();

  const ModelInfo& info() const;

  /// [B,3,H,W] uint8 RGB on any device, H and W multiples of info().size_divisor.
  Candidates forward(const Tensor& images) const;

  /// Pictures of any sizes, fitted into info().input; one Predictions each, in order.
  std::vector<Predictions> predict(std::span<const Image> images,
                                   std::span<const int64_t> image_ids,
                                   const SelectOptions& select) const;
  Predictions predict(const Image& image, int64_t image_id, const SelectOptions& select) const;

  /// Runs the golden inputs and compares.
  SelfTest self_test() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fovea
