// From a live model to a model file that has proved itself.
#pragma once

#include <filesystem>

#include "fovea/core/log.h"
#include "fovea/deploy/model_info.h"
#include "fovea/models/model.h"
#include "fovea/train/evaluate.h"

namespace fovea {

/// Traces `detector`, a computation with the tensors of `module` (all on the CPU), and writes the
/// model file. Before that its bytes are loaded as from a file, its answers are compared with the
/// live ones on random pixels at three sizes, the model's own among them, and two batch
/// sizes, and its self-test is run as `fovea-infer` does. Error naming the shape and the worst
/// difference, and no file, when they are apart by more than 1e-5 of a pixel or a score, beyond
/// rounding (frozen: by the self-test's tolerance).
void export_model(Module& module, const Detector& detector, const ModelInfo& info,
                  const std::filesystem::path& file, Log& log);

/// The same for decode(forward(images)) of a model.
void export_model(Model& model, const ModelInfo& info, const std::filesystem::path& file, Log& log);

}  // namespace fovea
