#include "fovea/formats/yolo.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "fovea/core/counted.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/part_folder.h"
#include "fovea/formats/picture_files.h"
#include "fovea/formats/text.h"
#include "fovea/formats/yolo_yaml.h"

namespace fovea {
namespace {

/// Finds what data.yaml names.
class Layout {
 public:
  Layout(const fs::path& file, const YoloData& data, Reading& reading)
      : file_(file), reading_(reading), root_(folder_of(file)) {
    if (data.path.empty()) return;
    const fs::path named = (root_ / data.path).lexically_normal();
    std::error_code error;
    if (fs::is_directory(named, error)) {
      root_ = named;
    } else {
      reading.remarks.push_back(fmt::format("{}: there is no folder `path: {}`; {} is taken",
                                            file.string(), shortened(data.path), root_.string()));
    }
  }

  const fs::path& root() const { return root_; }

  std::vector<PictureFile> pictures_of(const std::string& split,
                                       const std::vector<std::string>& entries) const {
    std::vector<PictureFile> pictures;
    for (const std::string& entry : entries) {
      const fs::path path = find(split, entry);
      const bool is_list = !fs::is_directory(path);
      std::vector<PictureFile> more = is_list ? listed_in(path) : pictures_in(path);
      if (more.empty()) fail(path, "", "holds no picture", "put some there, or take it out");
      std::move(more.begin(), more.end(), std::back_inserter(pictures));
    }
    return pictures;
  }

 private:
  static fs::path folder_of(const fs::path& file) {
    return file.has_parent_path() ? file.parent_path() : fs::path(".");
  }

  /// An entry inside the root. One with ../ in front that leads nowhere is looked for without it.
  fs::path find(const std::string& split, const std::string& entry) const {
    const fs::path name(entry);
    std::error_code error;
    fs::path path = (root_ / name).lexically_normal();
    if (!fs::exists(path, error)) {
      fs::path inner;
      for (const fs::path& part : name) {
        if (!inner.empty() || (part != ".." && part != ".")) inner /= part;
      }
      if (!name.is_absolute()) path = root_ / inner;
    }
    if (entry.empty() || !fs::exists(path, error)) {
      fail(file_, split, fmt::format("there is no `{}` in {}", shortened(entry), root_.string()),
           "correct the entry, or `path:` (labels are read with their pictures, which "
           "`--pictures none` leaves out)");
    }
    fs::path folder = path.filename().empty() ? path.parent_path() : path;
    const fs::path inside = inside_root(folder);
    if (inside.empty() || *inside.begin() == "..") {
      fail(file_, split, fmt::format("`{}` leaves {}", shortened(entry), root_.string()),
           "name a folder inside it, or set `path:` to the folder that holds all");
    }
    return folder;
  }

  /// Relative to the root; empty or beginning with ".." when it is not inside.
  fs::path inside_root(const fs::path& path) const {
    const fs::path root = fs::absolute(root_).lexically_normal();
    return fs::absolute(path).lexically_normal().lexically_relative(
        root.has_filename() ? root : root.parent_path());
  }

  /// The pictures that a list names, a line each.
  std::vector<PictureFile> listed_in(const fs::path& list) const {
    const std::string content = read_whole(list);
    std::vector<PictureFile> pictures;
    int64_t number = 0;
    for (const std::string_view line : lines_of(expect_text(content, list))) {
      ++number;
      const std::string_view name = trimmed(line);
      if (name.empty()) continue;
      reading_.passed.entry([&] { pictures.push_back(picture_named(name, list, number)); });
    }
    return pictures;
  }

  PictureFile picture_named(std::string_view text, const fs::path& list, int64_t number) const {
    const std::string place = fmt::format("{}", number);
    fs::path name(text);
    if (text.starts_with("./")) name = list.parent_path() / name;
    if (text.starts_with("./") || name.is_absolute()) name = inside_root(name);
    const fs::path path = confined(root_, name);
    if (path.empty()) {
      fail(list, place, fmt::format("`{}` leaves {}", shortened(text), root_.string()),
           "name pictures inside it");
    }
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
      fail(list, place, fmt::format("there is no picture {}", path.string()),
           "correct the name, or take the line out");
    }
    return {.path = path, .name = short_name(name)};
  }

  /// Without images/SPLIT/ in front, or else all folders.
  static std::string short_name(const fs::path& name) {
    std::vector<fs::path> parts(name.begin(), name.end());
    const auto images = std::find(parts.begin(), parts.end(), "images");
    const auto known = images == parts.end() ? 0 : std::distance(parts.begin(), images) + 2;
    fs::path rest;
    const auto last = static_cast<std::ptrdiff_t>(parts.size()) - 1;
    for (auto i = std::min(known, last); i <= last; ++i) rest /= parts[static_cast<size_t>(i)];
    return rest.generic_string();
  }

  const fs::path& file_;
  Reading& reading_;
  fs::path root_;
};

/// "labels" in place of the last "images" among the folders, .txt in place of the extension.
fs::path label_file_of(const fs::path& picture) {
  std::vector<fs::path> parts(picture.begin(), picture.end());
  const auto folder = std::find(parts.rbegin() + 1, parts.rend(), "images");
  if (folder != parts.rend()) *folder = "labels";
  fs::path file;
  for (const fs::path& part : parts) file /= part;
  return file.replace_extension(".txt");
}

Split read_split(const std::string& name, const std::vector<PictureFile>& pictures,
                 const YoloData& data, const fs::path& file, Reading& reading) {
  std::vector<char> labelled(pictures.size());
  std::vector<PictureObjects> objects =
      read_pictures(pictures, reading, [&](size_t i, PictureObjects& picture) {
        const fs::path label_file = label_file_of(pictures[i].path);
        std::error_code error;
        if (!fs::exists(label_file, error)) return;
        labelled[i] = 1;
        picture.instances = parse_yolo_labels(read_whole(label_file), label_file,
                                              {.height = picture.height,
                                               .width = picture.width,
                                               .classes = static_cast<int64_t>(data.names.size()),
                                               .keypoints = data.keypoints,
                                               .keypoint_numbers = data.keypoint_numbers},
                                              picture.passed);
      });
  if (std::find(labelled.begin(), labelled.end(), 1) == labelled.end()) {
    reading.remarks.push_back(fmt::format("{}: `{}` has {} and no label file, as {}", file.string(),
                                          name, counted(std::ssize(pictures), "picture"),
                                          label_file_of(pictures.front().path).string()));
  }
  return make_split(name, file, pictures, objects, categories_of(data.names));
}

}  // namespace

fs::path find_yolo_data(const fs::path& root) {
  std::error_code error;
  const auto is_yaml = [](const fs::path& path) {
    return path.extension() == ".yaml" || path.extension() == ".yml";
  };
  if (!fs::is_directory(root, error)) return is_yaml(root) ? root : fs::path();
  for (const char* name : {"data.yaml", "data.yml", "dataset.yaml"}) {
    if (fs::exists(root / name, error)) return root / name;
  }
  fs::path only;
  for (const fs::directory_entry& entry : entries_of(root)) {
    if (!is_yaml(entry.path())) continue;
    if (!only.empty()) return {};
    only = entry.path();
  }
  return only;
}

std::vector<Split> read_yolo(const fs::path& root, Reading& reading) {
  const fs::path file = find_yolo_data(root);
  if (file.empty()) {
    fail(root, "", "has no data.yaml, which names YOLO's classes and splits",
         "write one with `names:`, `train:` and `val:`, or name the file itself");
  }
  const YoloData data = parse_yolo_data(read_whole(file), file);
  const Layout layout(file, data, reading);
  reading.places.push_back(layout.root());
  std::vector<Split> splits;
  for (const auto& [name, entries] : data.splits) {
    splits.push_back(read_split(name, layout.pictures_of(name, entries), data, file, reading));
  }
  return splits;
}

YoloLines lines_for(const std::vector<Split>& splits) {
  for (const Split& split : splits) {
    for (const Record& record : split.dataset.records) {
      for (const auto& instance : record.instances) {
        if (!instance.crowd && instance.has_mask()) return YoloLines::outlines;
      }
    }
  }
  return YoloLines::boxes;
}

void write_yolo(std::vector<Split> splits, std::optional<YoloLines> lines, Writing& writing) {
  const std::vector<Category> categories = unite_categories(splits, writing.lost);
  if (!lines) lines = lines_for(splits);
  writing.classes = static_cast<int64_t>(categories.size());
  std::vector<std::string> split_names;
  for (const Split& split : splits) {
    writing.written.push_back({.images = std::ssize(split.names)});
    split_names.push_back(split.name);
    TargetNames names;
    for (size_t i = 0; i < split.names.size(); ++i) {
      const Record& record = split.dataset.records[i];
      const std::string name = names.take(split.names[i], writing.lost);
      writing.pictures.push_back(
          {.from = fs::path(record.path), .to = writing.out / "images" / split.name / name});
      const std::string text = yolo_labels_text(record, *lines, writing.lost);
      writing.written.back().objects += std::count(text.begin(), text.end(), '\n');
      write_part(writing.out / label_file_of(writing.pictures.back().to), text);
    }
  }
  write_part(writing.out / "data.yaml", yolo_data_text(split_names, categories));
}

}  // namespace fovea
