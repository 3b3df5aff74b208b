#include "fovea/curate/picture_names.h"

namespace fovea {

std::vector<std::string> picture_names(const CocoText& text) {
  std::vector<std::string> names(text.entries(CocoList::images).size());
  text.read(CocoList::images, [&names](size_t index, JsonNode entry) {
    if (entry.type() != '{') return;
    entry.each_field([&](std::string_view key, JsonNode value) {
      std::string_view name;
      if (key == "file_name" && value.read(name)) names[index] = name;
      return true;
    });
  });
  return names;
}

std::vector<std::string> picture_names(const fs::path& json) {
  return picture_names(CocoText(json));
}

}  // namespace fovea
