#include "fovea/formats/voc.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "fovea/core/counted.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/part_folder.h"
#include "fovea/formats/picture_files.h"
#include "fovea/formats/text.h"

namespace fovea {
namespace {

/// The XML files of a split.
struct SplitXml {
  std::string name = {};
  fs::path source = {};    // the list or folder that names them
  fs::path pictures = {};  // the folder of the pictures
  std::vector<fs::path> files = {};
};

bool holds_xml(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return false;
  const std::vector<fs::directory_entry> entries = entries_of(folder);
  return std::any_of(entries.begin(), entries.end(), [](const fs::directory_entry& entry) {
    return entry.path().extension() == ".xml";
  });
}

std::vector<fs::path> xml_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : entries_of(folder)) {
    if (entry.path().extension() == ".xml") files.push_back(entry.path());
  }
  return files;
}

/// The file of a name in a folder: blanks around it belong to it where there is such a file. False
/// when it leaves the folder.
bool find_as_it_stands(const fs::path& folder, std::string_view name, std::string_view extension,
                       fs::path& file) {
  std::error_code error;
  for (const std::string_view word : {name, trimmed(name)}) {
    file = confined(folder, std::string(word).append(extension));
    if (file.empty()) return false;
    if (fs::is_regular_file(file, error)) break;
  }
  return true;
}

/// The files that a list of names stands for.
std::vector<fs::path> listed_in(const fs::path& list, const fs::path& annotations,
                                Reading& reading) {
  const std::string content = read_whole(list);
  std::vector<fs::path> files;
  int64_t number = 0;
  for (const std::string_view line : lines_of(expect_text(content, list))) {
    ++number;
    const std::string_view name = trimmed(line);
    if (name.empty()) continue;
    reading.passed.entry([&] {
      const std::string place = fmt::format("{}", number);
      fs::path file;
      if (!find_as_it_stands(annotations, line, ".xml", file)) {
        fail(list, place, fmt::format("`{}` leaves {}", shortened(name), annotations.string()),
             "name files inside it");
      }
      std::error_code error;
      if (!fs::is_regular_file(file, error)) {
        fail(list, place, fmt::format("there is no file {}", file.string()),
             "correct the name, or take the line out");
      }
      files.push_back(file);
    });
  }
  return files;
}

std::vector<SplitXml> devkit_splits(const fs::path& root, Reading& reading) {
  const fs::path annotations = root / "Annotations";
  const fs::path lists = root / "ImageSets" / "Main";
  std::vector<SplitXml> splits;
  const auto add = [&](const std::string& list_name, const std::string& split) {
    const fs::path list = lists / (list_name + ".txt");
    std::error_code error;
    if (!fs::exists(list, error)) return false;
    for (const SplitXml& other : splits) {
      if (other.name == split) return false;
    }
    splits.push_back({.name = split,
                      .source = list,
                      .pictures = root / "JPEGImages",
                      .files = listed_in(list, annotations, reading)});
    return true;
  };
  for (const char* name : {"train", "val", "valid", "test"}) add(name, usual_split_name(name));
  const bool has_train = !splits.empty() && splits.front().name == "train";
  if (!has_train && add("trainval", "train")) {
    std::rotate(splits.begin(), splits.end() - 1, splits.end());
    reading.remarks.push_back(
        fmt::format("{}: taken as `train`", (lists / "trainval.txt").string()));
  }
  if (!splits.empty()) return splits;
  return {{.name = "train",
           .source = annotations,
           .pictures = root / "JPEGImages",
           .files = xml_in(annotations)}};
}

std::vector<SplitXml> find_splits(const fs::path& root, Reading& reading) {
  std::error_code error;
  if (fs::is_directory(root / "Annotations", error)) return devkit_splits(root, reading);
  std::vector<SplitXml> splits;
  for (const char* name : {"train", "val", "valid", "test"}) {
    const fs::path folder = root / name;
    if (!holds_xml(folder)) continue;
    splits.push_back({.name = usual_split_name(name),
                      .source = folder,
                      .pictures = folder,
                      .files = xml_in(folder)});
  }
  if (!splits.empty()) return splits;
  if (holds_xml(root)) {
    return {{.name = "train", .source = root, .pictures = root, .files = xml_in(root)}};
  }
  fail(root, "", "has no Annotations/*.xml and no XML files beside pictures",
       "name the folder that holds Annotations and JPEGImages");
}

/// The picture of an annotation file.
PictureFile picture_of(const VocAnnotation& annotation, const fs::path& file,
                       const std::map<std::string, fs::path>& by_stem, const fs::path& folder) {
  if (!trimmed(annotation.filename).empty()) {
    fs::path path;
    if (!find_as_it_stands(folder, annotation.filename, "", path)) {
      fail(
          file, "",
          fmt::format("<filename> `{}` leaves {}", shortened(annotation.filename), folder.string()),
          "name a picture inside it");
    }
    std::error_code error;
    if (fs::is_regular_file(path, error)) {
      return {.path = path, .name = path.lexically_relative(folder).generic_string()};
    }
  }
  const auto found = by_stem.find(file.stem().string());
  if (found != by_stem.end()) {
    return {.path = found->second, .name = found->second.filename().string()};
  }
  fail(file, "",
       fmt::format("there is no picture `{}` and none called {} in {}",
                   shortened(annotation.filename), file.stem().string(), folder.string()),
       "put it there, or drop the annotation");
}

void expect_size(const VocAnnotation& annotation, const PictureObjects& picture,
                 const fs::path& file) {
  const bool is_stated = annotation.width > 0 && annotation.height > 0;
  if (!is_stated || (annotation.width == picture.width && annotation.height == picture.height)) {
    return;
  }
  fail(file, "",
       fmt::format("<size> is {} x {} pixels, but the picture has {} x {}", annotation.width,
                   annotation.height, picture.width, picture.height),
       "correct it, or put the right picture there");
}

class Reader {
 public:
  Reader(VocCorners corners, Reading& reading) : corners_(corners), reading_(reading) {}

  /// The pictures of a split, and their objects with class names.
  std::pair<std::vector<PictureFile>, std::vector<PictureObjects>> read(const SplitXml& split) {
    std::vector<VocAnnotation> annotations;
    std::vector<PictureFile> pictures;
    std::vector<fs::path> files;  // of the pictures
    std::map<std::string, fs::path> by_stem;
    std::error_code error;
    if (!fs::is_directory(split.pictures, error)) {
      fail(split.pictures, "", "there is no such folder, and VOC is read with its pictures",
           "put them there (`--pictures none` leaves them out)");
    }
    reading_.places.push_back(split.pictures);
    for (const PictureFile& picture : pictures_in(split.pictures)) {
      by_stem.try_emplace(fs::path(picture.name).stem().string(), picture.path);
    }
    for (const fs::path& file : split.files) {
      reading_.passed.entry([&] {
        VocAnnotation annotation =
            parse_voc(read_whole(file), file, corners_, reading_.passed, reading_.lost);
        pictures.push_back(picture_of(annotation, file, by_stem, split.pictures));
        annotations.push_back(std::move(annotation));
        files.push_back(file);
      });
    }
    std::vector<PictureObjects> objects = read_pictures(
        pictures, reading_,
        [&](size_t i, PictureObjects& picture) { take(annotations[i], files[i], picture); });
    return {std::move(pictures), std::move(objects)};
  }

 private:
  static void take(VocAnnotation& annotation, const fs::path& file, PictureObjects& picture) {
    expect_size(annotation, picture, file);
    for (size_t i = 0; i < annotation.instances.size(); ++i) {
      picture.passed.entry([&] {
        expect_sound_box(annotation.instances[i].box, picture.height, picture.width, file,
                         fmt::format("{}", annotation.lines[i]));
        picture.instances.push_back(std::move(annotation.instances[i]));
        picture.classes.push_back(std::move(annotation.classes[i]));
      });
    }
  }

  VocCorners corners_;
  Reading& reading_;
};

/// Corners at 0 where counting should begin at 1.
void remark_zeros(const std::vector<Split>& splits, Reading& reading) {
  int64_t zeros = 0;
  for (const Split& split : splits) {
    for (const Record& record : split.dataset.records) {
      for (const auto& instance : record.instances) {
        zeros += instance.box.left == -1 || instance.box.top == -1 ? 1 : 0;
      }
    }
  }
  if (zeros == 0) return;
  reading.remarks.push_back(
      fmt::format("{} at corner 0, but VOC counts from 1: if this data counts from 0, convert it "
                  "with --voc-origin 0",
                  counted(zeros, "box begins", "boxes begin")));
}

}  // namespace

bool is_voc(const fs::path& root) {
  return holds_xml(root / "Annotations") || holds_xml(root / "train") || holds_xml(root / "val") ||
         holds_xml(root / "valid") || holds_xml(root / "test") || holds_xml(root);
}

std::vector<Split> read_voc(const fs::path& root, VocCorners corners, Reading& reading) {
  const std::vector<SplitXml> found = find_splits(root, reading);
  reading.places.push_back(root);
  Reader reader(corners, reading);
  std::vector<std::vector<PictureFile>> pictures;
  std::vector<std::vector<PictureObjects>> objects;
  for (const SplitXml& split : found) {
    auto [files, contents] = reader.read(split);
    pictures.push_back(std::move(files));
    objects.push_back(std::move(contents));
  }
  const fs::path list = root / kClassNames;
  std::vector<std::string> names = read_class_names(list);
  label_by_name(objects, names, list, reading);
  std::vector<Split> splits;
  for (size_t i = 0; i < found.size(); ++i) {
    splits.push_back(
        make_split(found[i].name, found[i].source, pictures[i], objects[i], categories_of(names)));
  }
  if (corners == VocCorners::from_one) remark_zeros(splits, reading);
  return splits;
}

void write_voc(std::vector<Split> splits, bool fractions, Writing& writing) {
  const std::vector<Category> categories = unite_categories(splits, writing.lost);
  writing.classes = static_cast<int64_t>(categories.size());
  std::map<std::string, int64_t> uses;  // of a name without its folders and extension
  const auto flat = [](std::string name) {
    std::replace(name.begin(), name.end(), '/', '_');
    return name;
  };
  const auto stem = [](const std::string& name) { return fs::path(name).stem().string(); };
  for (const Split& split : splits) {
    for (const std::string& name : split.names) ++uses[stem(flat(name))];
  }
  TargetNames names;
  for (const Split& split : splits) {
    writing.written.emplace_back();
    std::string list;
    for (size_t i = 0; i < split.names.size(); ++i) {
      const Record& record = split.dataset.records[i];
      std::string plain = flat(split.names[i]);
      if (uses[stem(plain)] > 1) plain.insert(0, fmt::format("{}_", split.name));
      Losses unused;  // counted once for each picture, below
      const std::string name = names.take(plain, unused);
      if (name != split.names[i]) writing.lost.add(Loss::renamed);
      writing.pictures.push_back(
          {.from = fs::path(record.path), .to = writing.out / "JPEGImages" / name});
      Losses lost;
      write_part(writing.out / "Annotations" / (stem(name) + ".xml"),
                 voc_text(record, name, categories, fractions, lost));
      Writing::Count& count = writing.written.back();
      ++count.images;
      count.objects += std::ssize(record.instances) - lost.of(Loss::outside);
      writing.lost.add(lost);
      list += stem(name) + "\n";
    }
    write_part(writing.out / "ImageSets" / "Main" / (split.name + ".txt"), list);
  }
  write_part(writing.out / std::string(kClassNames), class_names_text(categories));
}

}  // namespace fovea
