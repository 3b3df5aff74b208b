#include "fovea/data/find_dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>
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
  if (!fs::is_directory(folder, error)) return false;
  const std::vector<fs::directory_entry> entries = entries_of(folder);
  return std::any_of(entries.begin(), entries.end(), [&](const fs::directory_entry& entry) {
    const fs::path name = entry.path().filename();
    return entry.is_directory(error) && name != "images" && name != "labels";
  });
}

}  // namespace

namespace {

/// The annotations of a split and the name that it has there; an empty path when there are none.
/// `tried` gets the names that were looked for.
std::pair<fs::path, std::string> annotations_of(const fs::path& root, std::string_view split,
                                                std::vector<std::string>& tried) {
  for (const std::string& name : names_of(split)) {
    for (const std::string& dated : with_year(name)) {
      const fs::path file = root / "annotations" / ("instances_" + dated + ".json");
      if (fs::exists(file)) return {file, name};
      tried.push_back("annotations/" + file.filename().string());
    }
  }
  for (const std::string& name : names_of(split)) {
    const fs::path file = root / name / "_annotations.coco.json";
    if (fs::exists(file)) return {file, name};
    tried.push_back(name + "/" + file.filename().string());
  }
  return {};
}

void expect_folder(const fs::path& root) {
  if (fs::is_directory(root)) return;
  fail(root, "", "no such folder (a data set was expected)", "check data.root");
}

}  // namespace

SplitFiles find_split(const fs::path& root, std::string_view split) {
  expect_folder(root);
  std::vector<std::string> tried;
  const auto [file, found_name] = annotations_of(root, split, tried);
  if (!file.empty()) {
    const bool is_roboflow = file.filename() == "_annotations.coco.json";
    return {.annotations = file,
            .images = is_roboflow ? file.parent_path() : image_folder(root, found_name)};
  }
  const std::vector<std::string> names = names_of(split);
  const bool class_folders = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return has_class_folders(root / name);
  });
  fail(root, "",
       fmt::format("has no split `{}` (looked for {}{})", split, fmt::join(tried, ", "),
                   class_folders ? "; it has one folder a class, but a detector needs boxes" : ""),
       kNameFiles);
}

std::vector<std::string> splits_of(const fs::path& root) {
  expect_folder(root);
  std::vector<std::string> splits;
  for (const char* split : {"train", "val", "test"}) {
    std::vector<std::string> tried;
    if (!annotations_of(root, split, tried).first.empty()) splits.emplace_back(split);
  }
  return splits;
}

}  // namespace fovea
