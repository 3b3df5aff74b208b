#include "fovea/formats/picture_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "fovea/core/files.h"
#include "fovea/core/parallel.h"
#include "fovea/core/work_progress.h"
#include "fovea/formats/text.h"
#include "fovea/image/decode.h"
#include "fovea/image/file_name.h"

namespace fovea {
namespace {

void probe(const PictureFile& picture, PictureObjects& objects) {
  const ImageInfo info = probe_image(picture.path);
  if (info.animated) {
    fail(picture.path, "", fmt::format("is an animated or multi-page {}", name_of(info.format)),
         "save one picture of it, or drop it");
  }
  objects.height = info.height;
  objects.width = info.width;
}

}  // namespace

std::vector<PictureFile> pictures_in(const fs::path& folder) {
  std::vector<PictureFile> pictures;
  std::error_code error;
  fs::recursive_directory_iterator entries(folder, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    if (!has_picture_name(entries->path()) || !entries->is_regular_file(error)) continue;
    const fs::path name = entries->path().lexically_relative(folder);
    if (entries->is_symlink() && confined(folder, name).empty()) {
      fail(entries->path(), "", fmt::format("is a link that leaves {}", folder.string()),
           "put the picture itself there");
    }
    pictures.push_back({.path = entries->path(), .name = name.generic_string()});
  }
  if (error) fail(folder, "", "could not be read: " + error.message(), "check its permissions");
  std::sort(pictures.begin(), pictures.end(),
            [](const PictureFile& a, const PictureFile& b) { return a.name < b.name; });
  return pictures;
}

std::vector<PictureObjects> read_pictures(
    const std::vector<PictureFile>& pictures, Reading& reading,
    const std::function<void(size_t, PictureObjects&)>& read) {
  std::vector<PictureObjects> objects(pictures.size());
  std::vector<std::optional<Error>> errors(pictures.size());
  WorkProgress counter("read", "images", static_cast<int64_t>(pictures.size()), reading.log);
  in_parallel(static_cast<int64_t>(pictures.size()), [&](int64_t place) {
    const auto i = static_cast<size_t>(place);
    objects[i].passed.skip = reading.passed.skip;
    try {
      probe(pictures[i], objects[i]);
      read(i, objects[i]);
    } catch (const Error& error) {
      errors[i] = error;
    }
    counter.add();
  });
  for (size_t i = 0; i < pictures.size(); ++i) {
    reading.passed.add(objects[i].passed);
    reading.lost.add(objects[i].lost);
    objects[i].is_bad = !reading.passed.entry([&] {
      if (errors[i]) throw Error(*errors[i]);
    });
  }
  return objects;
}

Split make_split(const std::string& name, const fs::path& file,
                 const std::vector<PictureFile>& pictures, std::vector<PictureObjects>& objects,
                 const std::vector<Category>& categories) {
  Split split{.name = name, .dataset = {.file = file, .categories = categories}};
  int64_t annotation = 0;
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (objects[i].is_bad) continue;
    std::vector<Instance> instances = std::move(objects[i].instances);
    for (Instance& instance : instances) {
      instance.id = ++annotation;
      instance.area =
          object_area(instance.segmentation, instance.box, objects[i].height, objects[i].width);
    }
    split.names.push_back(pictures[i].name);
    split.dataset.records.push_back({.id = static_cast<int64_t>(split.names.size()),
                                     .path = pictures[i].path,
                                     .height = objects[i].height,
                                     .width = objects[i].width,
                                     .instances = instances});
  }
  if (split.names.empty()) {
    fail(file, "", fmt::format("the split `{}` has no picture", name),
         "put pictures there, or take the split out");
  }
  return split;
}

void label_by_name(std::vector<std::vector<PictureObjects>>& splits,
                   std::vector<std::string>& names, const fs::path& list, Reading& reading) {
  if (names.empty()) {
    std::set<std::string> met;
    for (const auto& split : splits) {
      for (const PictureObjects& picture : split) {
        met.insert(picture.classes.begin(), picture.classes.end());
      }
    }
    names.assign(met.begin(), met.end());
  }
  std::unordered_map<std::string, int64_t> labels;
  for (const std::string& name : names) {
    labels.try_emplace(name, static_cast<int64_t>(labels.size()));
  }
  for (auto& split : splits) {
    for (PictureObjects& picture : split) {
      std::vector<Instance> kept;
      for (size_t i = 0; i < picture.classes.size(); ++i) {
        reading.passed.entry([&] {
          const auto label = labels.find(picture.classes[i]);
          if (label == labels.end()) {
            fail(list, "",
                 fmt::format("does not list the class `{}`, of which there are objects",
                             shortened(picture.classes[i])),
                 "add it, or correct the annotation");
          }
          picture.instances[i].label = label->second;
          kept.push_back(std::move(picture.instances[i]));
        });
      }
      picture.instances = std::move(kept);
    }
  }
}

std::string TargetNames::take(const std::string& name, Losses& lost) {
  const std::string extension = fs::path(name).extension().string();
  const std::string stem = name.substr(0, name.size() - extension.size());
  if (taken_.insert(stem).second) return name;
  lost.add(Loss::renamed);
  for (int64_t number = 2;; ++number) {
    const std::string other = fmt::format("{}-{}", stem, number);
    if (taken_.insert(other).second) return other + extension;
  }
}

}  // namespace fovea
