// Weights on disk and in a module, matched by name.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "fovea/nn/module.h"
#include "fovea/ops/safetensors.h"

namespace fovea {

/// A tensor that file and module both name, but not with the same shape or kind of number.
struct Mismatch {
  std::string name;
  std::string in_file;  // "[80, 256, 3, 3] float"
  std::string in_model;
};

/// What became of each name.
struct LoadReport {
  std::vector<std::string> matched = {};     // copied into the module
  std::vector<std::string> missing = {};     // in the module only: left as they were
  std::vector<std::string> unexpected = {};  // in the file only: not used
  std::vector<Mismatch> mismatched = {};     // left as they were
  /// "62 tensors loaded; 2 of another shape (head.weight is [80, 8] in the file and [5, 8] in the
  /// model, ...)": one line.
  std::string describe() const;
  /// Whether at least half of what the module or the file names was copied.
  bool matched_most() const;
};

enum class Match {
  strict,   // every name on both sides, with equal shapes; anything else is an Error
  partial,  // what fits is copied, the rest keeps its initial values
};

/// Copies tensors into the module, in place: types are converted, layouts kept. Batch counters of
/// other libraries ("*.num_batches_tracked") are no weights and are passed over on both sides.
/// Error when nothing at all matches, whatever `match` says.
LoadReport load_by_name(Module& module, const WeightsFile& weights, Match match);

/// The module's tensors, parameters and buffers, under their names.
void save_weights(const std::filesystem::path& file, const Module& module,
                  const std::map<std::string, std::string>& metadata);

}  // namespace fovea
