#include "fovea/models/model.h"

#include <fmt/core.h>

#include <string_view>

#include "fovea/core/error.h"
#include "fovea/models/fcos.h"

namespace fovea {
namespace {

struct ModelEntry {
  std::string_view name;
  std::unique_ptr<Model> (*make)(const ModelOptions&, int64_t classes, at::Generator&);
};

constexpr ModelEntry kModels[] = {
    {"fcos",
     [](const ModelOptions& options, int64_t classes, at::Generator& generator) {
       return std::unique_ptr<Model>(std::make_unique<Fcos>(options, classes, generator));
     }},
};

}  // namespace

std::unique_ptr<Model> make_model(const ModelOptions& options, int64_t classes, uint64_t seed) {
  at::Generator generator = weight_generator(seed);
  std::vector<std::string> names;
  for (const ModelEntry& entry : kModels) {
    if (entry.name == options.name) return entry.make(options, classes, generator);
    names.emplace_back(entry.name);
  }
  fail(fmt::format("model.name: there is no `{}`", options.name), suggestion(options.name, names));
}

}  // namespace fovea
