// What a model is, beside its numbers: kept as JSON in the header of a weights file and as
// `fovea.json` in a model file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/data/vocabulary.h"
#include "fovea/deploy/options.h"

namespace fovea {

struct ModelInfo {
  std::string architecture = {};  // "fcos resnet18", for people
  ImageSize input = {};           // pixels; a picture is fitted into it (augment/geometry.h)
  int64_t size_divisor = 1;       // height and width of any input must be multiples of it
  std::vector<Category> categories = {};  // label -> COCO id and name
  SelectOptions select = {};              // thresholds it was evaluated with
  std::string recipe = {};                // YAML
  Metrics metrics = {};                   // of the validation split
  std::string fovea = {};                 // version that wrote it
};

/// The key of a weights file's metadata under which the JSON stands.
inline constexpr const char* kModelInfoKey = "fovea";

std::string to_json(const ModelInfo& info);

/// Error naming `file` and the JSON pointer when something is missing or out of range, or when a
/// later Fovea wrote it in a form unknown to this one.
ModelInfo parse_model_info(std::string_view json, const std::filesystem::path& file);

}  // namespace fovea
