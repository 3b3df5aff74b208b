// Durable training state: a folder a generation, every file under a checksum, the manifest written
// last.
//
//   checkpoints/1200/model.safetensors  ema.safetensors  optimizer.safetensors  progress.json
//                    manifest.json      {"step": 1200, "files": {NAME: {"bytes": .., "xxh3": ..}}}
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fovea/core/log.h"

namespace fovea {

/// What is saved, by file: tensors live in place, so that restoring copies into them.
struct TrainState {
  using Tensors = std::vector<std::pair<std::string, at::Tensor>>;
  int64_t step = 0;                                         // steps done
  std::vector<std::pair<std::string, Tensors>> files = {};  // {"model.safetensors", tensors}
  std::string progress = "{}";  // JSON: everything else that the run must remember
};

/// Writes generation `state.step` beside its name and renames it, unless it is there and whole;
/// then removes the oldest ones beyond `keep`. Error when the disk refuses; older generations are
/// untouched.
void save_checkpoint(const std::filesystem::path& checkpoints, const TrainState& state,
                     int64_t keep);

/// Restores the newest generation that is whole, in place, and returns true. Torn ones are passed
/// over, each with a line in the log. False when no generation was ever written; Error when there
/// are some and none is whole, or when a whole one does not fit these tensors.
bool restore_checkpoint(const std::filesystem::path& checkpoints, TrainState& state, Log& log);

/// Steps done at the newest generation, whole or torn; nothing when there is none.
std::optional<int64_t> newest_step(const std::filesystem::path& checkpoints);

/// Why a generation cannot be used: "ema.safetensors: 4096 bytes, but the manifest says 8192";
/// empty when it is whole.
std::string torn(const std::filesystem::path& generation);

}  // namespace fovea
