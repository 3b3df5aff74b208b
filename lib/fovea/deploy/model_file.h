// The model file: a TorchScript program `images -> (boxes, scores)` in a sealed archive, with
// `fovea.json` (what it is) and golden inputs and outputs (what it must answer) inside.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "fovea/deploy/archive.h"
#include "fovea/deploy/model_info.h"
#include "fovea/ops/vocabulary.h"

namespace torch::jit {
struct Module;
}

namespace fovea {

/// An input and the answer that the live model gave for it on the CPU.
struct Golden {
  Tensor images;  // [B,3,H,W] uint8
  Candidates expected;
};

/// How far two answers are apart at worst, by element.
struct Difference {
  double boxes = 0;         // |a - b|, pixels
  double boxes_beyond = 0;  // |a - b| - kRounding |b|, pixels; 0 where all is rounding
  double scores = 0;        // |a - b|
  static constexpr double kRounding = 1e-5;  // of a coordinate: what float32 makes of a large one
};

/// Infinite where shapes differ or one has a NaN that the other has not.
Difference difference(const Candidates& answer, const Candidates& expected);

/// The larger of each figure.
Difference worst(const Difference& a, const Difference& b);

/// The bytes of a model file. The same program and texts give the same bytes.
std::string to_model_file(const torch::jit::Module& program, const ModelInfo& info,
                          const std::vector<Golden>& golden);

/// A model file that was found whole, or its bytes before they are written; `info` and `golden` are
/// read without LibTorch's unpickler.
class ModelFile {
 public:
  /// Error when the file is no model file, damaged, or says something impossible.
  explicit ModelFile(const std::filesystem::path& file);
  ModelFile(const std::filesystem::path& file, std::string bytes);
  const ModelInfo& info() const { return info_; }
  std::vector<Golden> golden() const;
  std::string_view bytes() const { return archive_.bytes(); }
  /// LibTorch reads the program from the bytes that were checked, onto `device`.
  torch::jit::Module program(at::Device device) const;

 private:
  Archive archive_;
  ModelInfo info_;
};

}  // namespace fovea
