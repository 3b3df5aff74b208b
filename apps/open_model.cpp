#include "open_model.h"

#include <ATen/core/grad_mode.h>
#include <fmt/core.h>

#include "datasets.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/deploy/model_file.h"
#include "fovea/deploy/predictor.h"
#include "fovea/nn/weights.h"
#include "fovea/ops/cuda_plugin.h"
#include "version.h"

namespace fovea {
namespace {

/// The weights of a run folder: the best, else the last.
fs::path weights_of_run(const fs::path& run) {
  for (const char* name : {"best.safetensors", "last.safetensors"}) {
    if (fs::exists(run / "weights" / name)) return run / "weights" / name;
  }
  fail(run, "", "holds no weights/best.safetensors or weights/last.safetensors",
       "name a run folder of `fovea train`, a .safetensors or a .pt file");
}

at::Device device_for(const Config& config, Place place, Log& log) {
  return place == Place::cpu ? at::kCPU : choose_device(config.device, 0, log);
}

OpenModel open_weights(const fs::path& file, const ModelSource& source, Place place, Log& log) {
  const WeightsFile weights = read_safetensors(file);
  const auto header = weights.metadata.find(kModelInfoKey);
  if (header == weights.metadata.end()) {
    fail(file, "", "says nothing about its network (no `fovea` entry in its header)",
         "give the recipe instead, with model.weights=" + file.string());
  }
  OpenModel opened;
  opened.info = parse_model_info(header->second, file);
  opened.config = parse_config(opened.info.recipe, file, source.overrides);
  opened.file = file;
  opened.device = device_for(opened.config, place, log);
  opened.model =
      make_model(opened.config.model, static_cast<int64_t>(opened.info.categories.size()), 0);
  load_by_name(*opened.model, weights, Match::strict);
  move_to(*opened.model, opened.device);
  return opened;
}

OpenModel open_exported(const fs::path& file, const ModelSource& source, Place place, Log& log) {
  OpenModel opened;
  opened.info = ModelFile(file).info();
  opened.config = parse_config(opened.info.recipe, file, source.overrides);
  opened.file = file;
  opened.device = device_for(opened.config, place, log);
  opened.predictor = std::make_shared<Predictor>(file, PredictorOptions{.device = opened.device});
  return opened;
}

/// A recipe: random weights unless model.weights names some; the categories are the data set's.
OpenModel open_recipe(const fs::path& file, const ModelSource& source, Place place, Log& log) {
  OpenModel opened;
  opened.config = read_config(file, source.overrides);
  const Dataset train = open_split(opened.config.data, opened.config.data.train, Masks::leave, log);
  opened.device = device_for(opened.config, place, log);
  opened.model = make_model(opened.config.model, static_cast<int64_t>(train.categories.size()),
                            static_cast<uint64_t>(opened.config.train.seed));
  opened.info = describe_model(opened.config, train.categories, opened.model->size_divisor());
  if (!opened.config.model.weights.empty()) {
    opened.file = opened.config.model.weights;
    log.line(load_by_name(*opened.model, read_safetensors(opened.file), Match::strict).describe());
  }
  move_to(*opened.model, opened.device);
  return opened;
}

}  // namespace

Detector OpenModel::detector() const {
  if (predictor) {
    return [this](const Tensor& images) { return predictor->forward(images); };
  }
  return [this](const Tensor& images) {
    const EvalScope evaluating(*model);
    return model->decode(model->forward(images.to(device)));
  };
}

OpenModel open_model(const ModelSource& source, Log& log, Place place) {
  const std::string kind = source.path.extension().string();
  if (fs::is_directory(source.path)) {
    return open_weights(weights_of_run(source.path), source, place, log);
  }
  expect_file(source.path, "a recipe, a run folder, a weights file or an exported file");
  if (kind == ".yaml" || kind == ".yml") return open_recipe(source.path, source, place, log);
  if (kind == ".safetensors") return open_weights(source.path, source, place, log);
  if (kind == ".pt") return open_exported(source.path, source, place, log);
  fail(source.path, "",
       "is neither a recipe (.yaml), a weights file (.safetensors), an exported "
       "file (.pt) nor a run folder",
       "name one of these");
}

ModelInfo describe_model(const Config& config, const std::vector<Category>& categories,
                         int64_t size_divisor) {
  Config recipe = config;
  recipe.run.dir.clear();
  recipe.device = Config().device;
  return {.architecture = config.model.name + " " + config.model.backbone,
          .input = config.model.size,
          .size_divisor = size_divisor,
          .categories = categories,
          .select = config.select,
          .recipe = to_yaml(recipe),
          .fovea = version()};
}

EvaluateOptions evaluation_of(const Config& config, int64_t size_divisor) {
  return {.input = {.size = config.model.size, .divisor = size_divisor},
          .batch = config.train.batch,
          .workers = config.loader.workers,
          .select = config.select,
          .on_error = config.data.on_error};
}

}  // namespace fovea
