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

/// Where the images may lie that belong to annotations/instances_...json.
std::vector<fs::path> image_folders(const fs::path& root, const std::string& split) {
  std::vector<fs::path> folders;
  for (const fs::path& parent : {root, root / "images"}) {
    for (const std::string& name : with_year(split)) folders.push_back(parent / name);
  }
  return folders;
}

/// The first that is there; empty when none is.
fs::path image_folder(const fs::path& root, const std::string& split) {
  for (const fs::path& folder : image_folders(root, split)) {
    if (fs::is_directory(folder)) return folder;
  }
  return {};
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

void expect_folder(const fs::path& root, std::string_view remedy) {
  if (fs::is_directory(root)) return;
  fail(root, "", "no such folder (a data set was expected)", remedy);
}

/// The files and the name that the split has there; the images may be absent.
std::pair<SplitFiles, std::string> find_named(const fs::path& root, std::string_view split,
                                              std::string_view remedy) {
  expect_folder(root, remedy);
  std::vector<std::string> tried;
  const auto [file, found_name] = annotations_of(root, split, tried);
  if (!file.empty()) {
    SplitFiles files = files_of(file, {});
    if (files.images.empty()) files.images = image_folder(root, found_name);
    return {std::move(files), found_name};
  }
  const std::vector<std::string> names = names_of(split);
  const bool class_folders = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return has_class_folders(root / name);
  });
  fail(root, "",
       fmt::format("has no split `{}` (looked for {}{})", split, fmt::join(tried, ", "),
                   class_folders ? "; it has one folder a class, but a detector needs boxes" : ""),
       remedy);
}

}  // namespace

SplitFiles files_of(const fs::path& annotations, const fs::path& images) {
  SplitFiles files{.annotations = annotations, .images = images};
  if (!images.empty() || annotations.filename() != "_annotations.coco.json") return files;
  files.images = annotations.has_parent_path() ? annotations.parent_path() : fs::path(".");
  return files;
}

SplitFiles find_annotations(const fs::path& root, std::string_view split, std::string_view remedy) {
  return find_named(root, split, remedy).first;
}

SplitFiles find_split(const fs::path& root, std::string_view split, std::string_view remedy) {
  auto [files, name] = find_named(root, split, remedy);
  if (!files.images.empty()) return std::move(files);
  std::vector<std::string> tried;
  for (const fs::path& folder : image_folders(root, name)) tried.push_back(folder.string());
  fail(root, "",
       fmt::format("has annotations of `{}`, but no folder of its images (looked for {})", name,
                   fmt::join(tried, ", ")),
       fmt::format("put the images there, or {}", remedy));
}

std::vector<std::string> splits_of(const fs::path& root) {
  expect_folder(root, "check the name");
  std::vector<std::string> splits;
  for (const char* split : {"train", "val", "test"}) {
    std::vector<std::string> tried;
    if (!annotations_of(root, split, tried).first.empty()) splits.emplace_back(split);
  }
  return splits;
}

}  // namespace fovea
