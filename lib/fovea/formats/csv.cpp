#include "fovea/formats/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <unordered_map>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/part_folder.h"
#include "fovea/formats/csv_fields.h"
#include "fovea/formats/picture_files.h"
#include "fovea/formats/text.h"

namespace fovea {
namespace {

enum Column { image, xmin, ymin, xmax, ymax, label, kColumns };
constexpr std::array<std::string_view, kColumns> kNames = {"image", "xmin", "ymin",
                                                           "xmax",  "ymax", "label"};

/// Where each column stands in a line.
using Places = std::array<size_t, kColumns>;

/// Which column a name stands for; kColumns when none.
size_t column_named(std::string_view name) {
  if (name == "filename") return image;
  if (name == "class") return label;
  return static_cast<size_t>(std::find(kNames.begin(), kNames.end(), name) - kNames.begin());
}

Places places_of(const CsvLine& header, const fs::path& file) {
  constexpr size_t kAbsent = SIZE_MAX;
  Places places;
  places.fill(kAbsent);
  for (size_t i = 0; i < header.fields.size(); ++i) {
    const size_t column = column_named(trimmed(header.fields[i]));
    if (column == kColumns) continue;
    if (places[column] != kAbsent) {
      fail(file, fmt::format("{}", header.number),
           fmt::format("two columns are called `{}`", kNames[column]), "take one out");
    }
    places[column] = i;
  }
  for (size_t column = 0; column < kColumns; ++column) {
    if (places[column] != kAbsent) continue;
    fail(file, fmt::format("{}", header.number), fmt::format("has no column `{}`", kNames[column]),
         "begin the file with a line that names image,xmin,ymin,xmax,ymax,label");
  }
  return places;
}

/// Reads the lines below the header.
class Rows {
 public:
  Rows(const CsvLine& header, const fs::path& file)
      : file_(file), places_(places_of(header, file)), columns_(header.fields.size()) {}

  CsvObject read(const CsvLine& line) const {
    const std::string place = fmt::format("{}", line.number);
    if (line.fields.size() != columns_) {
      fail(file_, place,
           fmt::format("{} fields, but the first line names {} columns", line.fields.size(),
                       columns_),
           "quote fields that hold commas");
    }
    CsvObject object{.image = field(line, image), .line = line.number};
    if (object.image.empty()) fail(file_, place, "names no image", "name it, or drop the line");
    if (is_empty(line)) return object;
    object.label = field(line, label);
    if (object.label.empty()) fail(file_, place, "has a box but no label", "say what it is");
    const double left = number(line, xmin);
    const double top = number(line, ymin);
    object.box = Box{.left = left,
                     .top = top,
                     .width = number(line, xmax) - left,
                     .height = number(line, ymax) - top};
    return object;
  }

 private:
  /// A file name as it is, other words without blanks around them.
  std::string field(const CsvLine& line, Column column) const {
    const std::string& text = line.fields[places_[column]];
    return column == image ? text : std::string(trimmed(text));
  }
  bool is_empty(const CsvLine& line) const {
    constexpr std::array kBox = {xmin, ymin, xmax, ymax, label};
    return std::all_of(kBox.begin(), kBox.end(),
                       [&](Column column) { return field(line, column).empty(); });
  }
  double number(const CsvLine& line, Column column) const {
    const std::string text = field(line, column);
    const std::optional<double> value = number_of(text);
    constexpr double kMost = 1e7;  // pixels
    if (value && std::abs(*value) <= kMost) return *value;
    fail(file_, fmt::format("{}", line.number),
         fmt::format("{} is `{}`", kNames[column], shortened(text)), "give a place in pixels");
  }

  const fs::path& file_;
  Places places_;
  size_t columns_;
};

/// Finds the pictures that a file names.
class Pictures {
 public:
  Pictures(const fs::path& file, const std::string& split) : file_(file) {
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    root_ = folder;
    for (const fs::path& sub : {fs::path(split), "images" / fs::path(split), fs::path("images")}) {
      std::error_code error;
      if (fs::is_directory(folder / sub, error)) subfolders_.push_back(sub);
    }
  }

  PictureFile find(const CsvObject& object) const {
    if (confined(root_, object.image).empty()) {
      fail(file_, fmt::format("{}", object.line),
           fmt::format("`{}` leaves {}", shortened(object.image), root_.string()),
           "name pictures inside it");
    }
    const fs::path name = fs::path(object.image).lexically_normal();
    if (is_file(root_ / name)) return {.path = root_ / name, .name = without_subfolder(name)};
    for (const fs::path& sub : subfolders_) {
      if (!confined(root_ / sub, name).empty() && is_file(root_ / sub / name)) {
        return {.path = root_ / sub / name, .name = name.generic_string()};
      }
    }
    fail(file_, fmt::format("{}", object.line),
         fmt::format("there is no picture `{}` in {}", shortened(object.image), root_.string()),
         "put it there, or correct the name (a set that was made with `--pictures none` cannot be "
         "read without its pictures)");
  }
  const fs::path& root() const { return root_; }

 private:
  static bool is_file(const fs::path& path) {
    std::error_code error;
    return fs::is_regular_file(path, error);
  }
  std::string without_subfolder(const fs::path& name) const {
    for (const fs::path& sub : subfolders_) {
      const fs::path rest = name.lexically_relative(sub);
      if (!rest.empty() && *rest.begin() != "..") return rest.generic_string();
    }
    return name.generic_string();
  }

  const fs::path& file_;
  fs::path root_ = {};
  std::vector<fs::path> subfolders_ = {};  // that may hold the pictures
};

/// The pictures of a file in the order in which they are first named, with their objects.
struct SplitRows {
  std::vector<PictureFile> pictures = {};
  std::vector<std::vector<CsvObject>> objects = {};
};

SplitRows rows_of(const fs::path& file, const std::string& split, Reading& reading) {
  SplitRows rows;
  const Pictures pictures(file, split);
  reading.places.push_back(pictures.root());
  std::unordered_map<std::string, size_t> places;
  for (CsvObject& object : parse_csv(read_whole(file), file, reading.passed, reading.lost)) {
    reading.passed.entry([&] {
      auto place = places.find(object.image);
      if (place == places.end()) {
        rows.pictures.push_back(pictures.find(object));
        place = places.try_emplace(object.image, rows.objects.size()).first;
        rows.objects.emplace_back();
      }
      rows.objects[place->second].push_back(std::move(object));
    });
  }
  return rows;
}

void take(const std::vector<CsvObject>& objects, const fs::path& file, PictureObjects& picture) {
  for (const CsvObject& object : objects) {
    if (!object.box) continue;
    picture.passed.entry([&] {
      expect_sound_box(*object.box, picture.height, picture.width, file,
                       fmt::format("{}", object.line));
      picture.instances.push_back({.box = *object.box});
      picture.classes.push_back(object.label);
    });
  }
}

/// Whether a box could be fractions of a picture of more than a pixel.
bool is_fraction(const Box& box, const PictureObjects& picture) {
  return box.left >= 0 && box.top >= 0 && box.right() <= 1 && box.bottom() <= 1 &&
         std::max(picture.width, picture.height) > 1;
}

/// Error when every box of the file lies in the first pixel of its picture.
void expect_pixels(const SplitRows& rows, const std::vector<PictureObjects>& pictures,
                   const fs::path& file) {
  int64_t first = 0;  // line
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (pictures[i].is_bad) continue;
    for (const CsvObject& object : rows.objects[i]) {
      if (!object.box) continue;
      if (!is_fraction(*object.box, pictures[i])) return;
      if (first == 0) first = object.line;
    }
  }
  if (first == 0) return;
  fail(file, fmt::format("{}", first),
       "this and every other box lies between 0 and 1: fractions, where pixels are needed",
       "multiply x by the picture's width and y by its height");
}

/// Adds the lines of one record, and the objects in them to the count.
void append_lines(const Record& record, const std::string& name,
                  const std::vector<Category>& categories, Writing& writing, std::string& text) {
  Losses& lost = writing.lost;
  int64_t objects = 0;
  for (const Instance instance : record.instances) {
    if (instance.crowd) {
      lost.add(Loss::crowds);
      continue;
    }
    const std::optional<Box> box = clipped_to(record, instance.box, lost);
    if (!box) continue;
    if (!instance.segmentation.empty()) lost.add(Loss::masks);
    if (!instance.keypoints.empty()) lost.add(Loss::keypoints);
    text +=
        fmt::format("{},{},{},{},{},{}\n", csv_field(name), box->left, box->top, box->right(),
                    box->bottom(), csv_field(categories[static_cast<size_t>(instance.label)].name));
    ++objects;
  }
  if (objects == 0) text += csv_field(name) + ",,,,,\n";
  ++writing.written.back().images;
  writing.written.back().objects += objects;
}

}  // namespace

std::vector<CsvObject> parse_csv(std::string_view text, const fs::path& file, Passed& passed,
                                 Losses& lost) {
  CsvLines lines(expect_text(text, file), file);
  CsvLine line;
  if (!lines.next(line)) {
    fail(file, "", "is empty", "begin it with image,xmin,ymin,xmax,ymax,label");
  }
  const Rows rows(line, file);
  lost.add(Loss::columns, static_cast<int64_t>(line.fields.size()) - kColumns);
  std::vector<CsvObject> objects;
  for (bool more = true; more;) {
    passed.entry([&] {
      more = lines.next(line);
      if (more) objects.push_back(rows.read(line));
    });
  }
  return objects;
}

bool is_box_csv(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string header;
  constexpr std::streamsize kLongest = 4096;
  header.resize(kLongest);
  in.read(header.data(), kLongest);
  header.resize(static_cast<size_t>(in.gcount()));
  header = header.substr(0, header.find('\n') + 1);
  try {
    CsvLines lines(expect_text(header, file), file);
    CsvLine line;
    if (!lines.next(line)) return false;
    places_of(line, file);
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::vector<std::pair<std::string, fs::path>> find_csv(const fs::path& root) {
  std::error_code error;
  if (fs::is_regular_file(root, error) && root.extension() == ".csv") {
    const std::string name = usual_split_name(root.stem().string());
    return {{name == "val" || name == "test" ? name : "train", root}};
  }
  std::vector<std::pair<std::string, fs::path>> found;
  for (const char* name : {"train", "val", "valid", "test"}) {
    for (const fs::path& file :
         {root / (std::string(name) + ".csv"), root / name / "_annotations.csv"}) {
      const std::string split = usual_split_name(name);
      const bool is_taken = !found.empty() && found.back().first == split;
      if (!is_taken && fs::exists(file, error)) found.emplace_back(split, file);
    }
  }
  if (!found.empty()) return found;
  if (!fs::is_directory(root, error)) return found;
  for (const fs::directory_entry& entry : entries_of(root)) {
    if (entry.path().extension() == ".csv" && is_box_csv(entry.path())) {
      found.emplace_back("train", entry.path());
    }
  }
  if (found.size() != 1) found.clear();
  return found;
}

std::vector<Split> read_csv(const fs::path& root, Reading& reading) {
  const auto files = find_csv(root);
  if (files.empty()) {
    fail(root, "", "has no train.csv, val.csv or test.csv, and no single other .csv of boxes",
         "name the file, or its folder");
  }
  std::vector<SplitRows> rows;
  std::vector<std::vector<PictureObjects>> objects;
  for (const auto& [name, file] : files) {
    rows.push_back(rows_of(file, name, reading));
    const SplitRows& split = rows.back();
    const fs::path& source = file;
    objects.push_back(read_pictures(
        split.pictures, reading,
        [&](size_t i, PictureObjects& picture) { take(split.objects[i], source, picture); }));
    expect_pixels(split, objects.back(), file);
  }
  const fs::path folder = fs::is_directory(root) ? root : root.parent_path();
  const fs::path list = folder / kClassNames;
  std::vector<std::string> names = read_class_names(list);
  label_by_name(objects, names, list, reading);
  std::vector<Split> splits;
  for (size_t i = 0; i < files.size(); ++i) {
    splits.push_back(make_split(files[i].first, files[i].second, rows[i].pictures, objects[i],
                                categories_of(names)));
  }
  return splits;
}

void write_csv(std::vector<Split> splits, Writing& writing) {
  const std::vector<Category> categories = unite_categories(splits, writing.lost);
  writing.classes = static_cast<int64_t>(categories.size());
  for (const Split& split : splits) {
    writing.written.emplace_back();
    std::string text = "image,xmin,ymin,xmax,ymax,label\n";
    TargetNames names;
    for (size_t i = 0; i < split.names.size(); ++i) {
      const Record& record = split.dataset.records[i];
      const std::string name = split.name + "/" + names.take(split.names[i], writing.lost);
      writing.pictures.push_back({.from = fs::path(record.path), .to = writing.out / name});
      append_lines(record, name, categories, writing, text);
    }
    write_part(writing.out / (split.name + ".csv"), text);
  }
  write_part(writing.out / std::string(kClassNames), class_names_text(categories));
}

}  // namespace fovea
