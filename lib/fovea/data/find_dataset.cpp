#include "fovea/data/find_dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string>
#include <vector>

#include "fovea/core/error.h"
#include "fovea/core/files.h"

namespace fovea {
namespace {

/// "val" is also looked for as "valid", and the other way round.
std::vector<std::string> names_of(std::string_view split) {
  if (split == "val") return {"val", "valid"};
  if (split == "valid") return {"valid", "val"};
  return {std::string(split)};
}

std::vector<std::string> with_year(const std::string& name) {
  return {name, name + "2017"};
}

constexpr std::string_view kNameFiles =
    "name the files with data.train.images and data.train.annotations (data.val.images and "
    "data.val.annotations)";

/// The folder of the images that belong to annotations/instances_...json.
fs::path image_folder(const fs::path& root, const std::string& split) {
  std::vector<std::string> tried;
  for (const fs::path& parent : {root, root / "images"}) {
    for (const std::string& name : with_year(split)) {
      if (fs::is_directory(parent / name)) return parent / name;
      tried.push_back((parent / name).string());
    }
  }
  fail(root, "",
       fmt::format("has annotations of `{}`, but no folder of its images (looked for {})", split,
                   fmt::join(tried, ", ")),
       fmt::format("put the images there, or {}", kNameFiles));
}

/// Not the folders of YOLO's layout.
bool has_class_folders(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const fs::path name = entry.path().filename();
    if (entry.is_directory() && name != "images" && name != "labels") return true;
  }
  return false;
}

}  // namespace

SplitFiles find_split(const fs::path& root, std::string_view split) {
  if (!fs::is_directory(root)) {
    fail(root, "", "no such folder (a data set was expected)", "check data.root");
  }
  std::vector<std::string> tried;
  for (const std::string& name : names_of(split)) {
    for (const std::string& dated : with_year(name)) {
      const fs::path file = root / "annotations" / ("instances_" + dated + ".json");
      if (fs::exists(file)) return {.annotations = file, .images = image_folder(root, name)};
      tried.push_back("annotations/" + file.filename().string());
    }
  }
  bool class_folders = false;
  for (const std::string& name : names_of(split)) {
    const fs::path file = root / name / "_annotations.coco.json";
    if (fs::exists(file)) return {.annotations = file, .images = root / name};
    tried.push_back(name + "/" + file.filename().string());
    class_folders = class_folders || has_class_folders(root / name);
  }
  fail(root, "",
       fmt::format("has no split `{}` (looked for {}{})", split, fmt::join(tried, ", "),
                   class_folders ? "; it has one folder a class, but a detector needs boxes" : ""),
       kNameFiles);
}

}  // namespace fovea
