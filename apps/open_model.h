// A model from any of its forms, ready to detect.
#pragma once

#include <memory>
#include <optional>

#include "commands.h"
#include "fovea/deploy/model_info.h"
#include "fovea/models/model.h"
#include "fovea/train/evaluate.h"

namespace fovea {

class Predictor;

/// Either a live network (recipe, run folder, weights) or an exported file.
struct OpenModel {
  Config config = {};   // its recipe with the overrides
  ModelInfo info = {};  // categories and input; empty categories: a recipe without weights
  std::filesystem::path file = {};    // the weights or model file, empty for a bare recipe
  std::unique_ptr<Model> model = {};  // null for an exported file
  std::shared_ptr<const Predictor> predictor = {};  // null for a live network
  at::Device device = at::kCPU;

  Detector detector() const;  ///< valid while this lives
};

/// Where a model is put: on the device that was asked for, or on the CPU whatever was asked for.
enum class Place { chosen, cpu };

/// Error naming what was expected when `source` is none of the four.
OpenModel open_model(const ModelSource& source, Log& log, Place place = Place::chosen);

/// What a recipe says about the network, for the header of its weights: the same wherever the run
/// left its files and on whatever device it ran.
ModelInfo describe_model(const Config& config, const std::vector<Category>& categories,
                         int64_t size_divisor);

/// How `config` evaluates.
EvaluateOptions evaluation_of(const Config& config, int64_t size_divisor);

}  // namespace fovea
