#include "fovea/formats/folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/formats/picture_files.h"
#include "fovea/image/file_name.h"

namespace fovea {
namespace {

/// The folders in a folder, sorted; hidden ones are none.
std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code error;
  if (!fs::is_directory(folder, error)) return folders;
  for (const fs::directory_entry& entry : entries_of(folder)) {
    const bool is_hidden = entry.path().filename().string().starts_with(".");
    if (entry.is_directory(error) && !is_hidden) folders.push_back(entry.path());
  }
  return folders;
}

bool holds_picture(const fs::path& folder) {
  const std::vector<fs::directory_entry> entries = entries_of(folder);
  return std::any_of(entries.begin(), entries.end(), [](const fs::directory_entry& entry) {
    return has_picture_name(entry.path());
  });
}

/// Folders that each hold pictures, and are not those of another layout.
bool holds_classes(const fs::path& folder) {
  const std::vector<fs::path> classes = folders_in(folder);
  const auto is_class = [](const fs::path& path) {
    const fs::path name = path.filename();
    return usual_split_name(name.string()) != "val" && name != "train" && name != "test" &&
           name != "images" && name != "labels" && name != "JPEGImages" && holds_picture(path);
  };
  return !classes.empty() && std::all_of(classes.begin(), classes.end(), is_class);
}

/// Error when a folder has no picture itself but folders of pictures, which may be the classes.
void expect_class(const fs::path& folder) {
  if (holds_picture(folder)) return;
  for (const fs::path& inner : folders_in(folder)) {
    if (!holds_picture(inner)) continue;
    fail(folder, "",
         fmt::format("is taken for a class, but holds no pictures, only folders of them, as `{}`",
                     inner.filename().string()),
         "name this folder if those are the classes, or put its pictures into it");
  }
}

/// The splits with their folders; the whole of `root` as `train` when it has none.
std::vector<std::pair<std::string, fs::path>> find_splits(const fs::path& root) {
  std::vector<std::pair<std::string, fs::path>> splits;
  for (const char* name : {"train", "val", "valid", "test"}) {
    if (holds_classes(root / name)) splits.emplace_back(usual_split_name(name), root / name);
  }
  if (splits.empty()) splits.emplace_back("train", root);
  return splits;
}

}  // namespace

bool is_class_folders(const fs::path& root) {
  return holds_classes(root) || holds_classes(root / "train");
}

std::vector<Split> read_class_folders(const fs::path& root, Reading& reading) {
  const auto found = find_splits(root);
  std::set<std::string> classes;
  for (const auto& [name, folder] : found) {
    reading.places.push_back(folder);
    for (const fs::path& path : folders_in(folder)) {
      expect_class(path);
      classes.insert(path.filename().string());
    }
    if (holds_picture(folder)) {
      reading.remarks.push_back(
          fmt::format("{}: pictures outside the folders of classes are left out", folder.string()));
    }
  }
  if (classes.empty()) {
    fail(root, "", "has no folders of classes", "lay the pictures out as SPLIT/CLASS/*.jpg");
  }
  const std::vector<std::string> names(classes.begin(), classes.end());
  std::vector<Split> splits;
  for (const auto& [name, folder] : found) {
    std::vector<PictureFile> pictures;
    std::vector<int64_t> labels;
    for (const fs::path& path : folders_in(folder)) {
      const std::string label = path.filename().string();
      for (PictureFile& picture : pictures_in(path)) {
        picture.name = label + "/" + picture.name;
        pictures.push_back(std::move(picture));
        labels.push_back(std::distance(classes.begin(), classes.find(label)));
      }
    }
    std::vector<PictureObjects> objects =
        read_pictures(pictures, reading, [&](size_t i, PictureObjects& picture) {
          picture.instances = {{.box = {.width = static_cast<double>(picture.width),
                                        .height = static_cast<double>(picture.height)},
                                .label = labels[i]}};
        });
    splits.push_back(make_split(name, folder, pictures, objects, categories_of(names)));
  }
  return splits;
}

}  // namespace fovea
