#include "fovea/curate/picture_names.h"

namespace fovea {

std::vector<std::string> picture_names(const CocoText& text) {
  std::vector<std::string> names(text.entries(CocoList::images).size());
  text.read(CocoList::images, [&names](size_t index, JsonNode entry) {
    if (entry.type() != '{') return;
    std::string_view name;
    if (const auto value = entry.find("file_name"); value && value->read(name)) names[index] = name;
  });
  return names;
}

std::vector<std::string> picture_names(const fs::path& json) {
  return picture_names(CocoText(json));
}

}  // namespace fovea
