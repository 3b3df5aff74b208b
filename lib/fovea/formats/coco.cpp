#include "fovea/formats/coco.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/data/coco.h"
#include "fovea/data/find_dataset.h"

namespace fovea {
namespace {

using Kind = JsonValue::Kind;

/// Codes of the errors that are those of a single entry.
std::vector<std::string> codes_of_entries() {
  std::vector<std::string> codes;
  for (const DefectKind& kind : defect_kinds()) {
    if (kind.severity == Severity::error && kind.if_allowed == IfAllowed::drops_entry) {
      codes.emplace_back(kind.code);
    }
  }
  return codes;
}

constexpr std::string_view kNameFile =
    "name the annotation file, and the folder of its pictures with --images (annotations alone are "
    "converted with --pictures none)";

/// What the names of annotation files end in.
std::string split_named(const fs::path& file, Reading& reading) {
  std::string name = file.stem().string();
  if (file.filename() == "_annotations.coco.json") {
    name = fs::absolute(file).parent_path().filename();
  }
  if (name.ends_with("2017")) name.resize(name.size() - 4);
  std::string split = usual_split_name(name.substr(name.rfind('_') + 1));
  if (split == "train" || split == "val" || split == "test") return split;
  reading.remarks.push_back(fmt::format("{}: taken as `train`", file.string()));
  return "train";
}

using NamedFiles = std::pair<std::string, SplitFiles>;

/// The splits of a folder, or the file alone.
std::vector<NamedFiles> files_in(const fs::path& in, const fs::path& images, Reading& reading) {
  if (!fs::is_directory(in)) return {{split_named(in, reading), files_of(in, images)}};
  if (!images.empty()) {
    fail("--images belongs to a single annotation file", "leave it out, or name the file");
  }
  std::vector<NamedFiles> found;
  for (const std::string& name : splits_of(in)) {
    found.emplace_back(name, reading.needs_pictures ? find_split(in, name, kNameFile)
                                                    : find_annotations(in, name, kNameFile));
  }
  return found;
}

/// Error unless an image without its picture has a size, and a name inside its folder.
void expect_whole(const Record& record, const fs::path& file) {
  const fs::path name = fs::path(record.path).lexically_normal();
  if (name.is_absolute() || *name.begin() == ".." || !name.has_filename()) {
    fail(file, "",
         fmt::format("image {}: `{}` leaves the folder of the pictures", record.id, record.path),
         "name pictures inside it");
  }
  if (record.width > 0 && record.height > 0) return;
  fail(file, "", fmt::format("image {} has no width and height, and no picture", record.id),
       "name the folder of the pictures with --images, or give the sizes");
}

Dataset read_dataset(const SplitFiles& files, Reading& reading, ReadReport& report) {
  Allowed allow{.advice = "--skip-bad passes over such entries"};
  if (reading.passed.skip) allow.codes = codes_of_entries();
  if (!files.images.empty()) return read_coco(files.annotations, files.images, allow, &report);
  if (reading.needs_pictures) {
    fail(files.annotations, "", "the folder of its pictures is not known",
         "name it with --images, or convert the annotations alone with --pictures none");
  }
  Dataset dataset = read_coco_annotations(files.annotations, allow, &report);
  std::erase_if(dataset.records, [&](const Record& record) {
    return !reading.passed.entry([&] { expect_whole(record, files.annotations); });
  });
  return dataset;
}

Split read_split(const std::string& name, const SplitFiles& files, Reading& reading) {
  ReadReport report;
  Split split{.name = name, .dataset = read_dataset(files, reading, report)};
  for (const auto& [code, count] : report.warnings) {
    const std::string more = count.times > 1 ? fmt::format(" (and {} more)", count.times - 1) : "";
    reading.remarks.push_back(count.first + more);
  }
  for (const auto& [code, count] : report.allowed) {
    reading.passed.add(count.times > 1
                           ? fmt::format("{} (and {} more)", count.first, count.times - 1)
                           : count.first);
    reading.passed.count += count.times - 1;
  }
  if (!files.images.empty()) reading.places.push_back(files.images);
  for (const Record& record : split.dataset.records) {
    const fs::path path(record.path);
    split.names.push_back(files.images.empty()
                              ? path.lexically_normal().generic_string()
                              : path.lexically_relative(files.images).generic_string());
  }
  return split;
}

/// What an entry has besides the keys that are known.
CocoExtras::Fields others(const JsonValue& entry, std::initializer_list<std::string_view> known) {
  CocoExtras::Fields fields;
  for (const auto& [key, value] : entry.fields()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      fields.emplace_back(key, value.raw());
    }
  }
  return fields;
}

std::unordered_map<int64_t, CocoExtras::Fields> others_of(
    const JsonValue& list, std::initializer_list<std::string_view> known) {
  std::unordered_map<int64_t, CocoExtras::Fields> found;
  for (const JsonValue& entry : list.items()) {
    if (!entry.is(Kind::object)) continue;  // read_coco has passed over it
    const auto id = entry.find("id");
    if (!id || !id->is_whole()) continue;
    CocoExtras::Fields fields = others(entry, known);
    if (!fields.empty()) found.try_emplace(id->integer(), std::move(fields));
  }
  return found;
}

// ---- writing ----

void write_fields(JsonWriter& json, const CocoExtras::Fields& fields) {
  for (const auto& [key, value] : fields) json.key(key).raw(value);
}

void write_others(JsonWriter& json, const std::unordered_map<int64_t, CocoExtras::Fields>& others,
                  int64_t id) {
  const auto found = others.find(id);
  if (found != others.end()) write_fields(json, found->second);
}

void write_segmentation(JsonWriter& json, const Segmentation& mask) {
  if (mask.empty()) return;
  json.key("segmentation");
  if (mask.rle) {
    json.begin_object().key("counts").begin_array();
    for (const uint32_t count : mask.rle->counts) json.value(int64_t{count});
    json.end_array().key("size").begin_array();
    json.value(mask.rle->height).value(mask.rle->width).end_array().end_object();
    return;
  }
  json.begin_array();
  for (const std::vector<double>& polygon : mask.polygons) json.array(polygon);
  json.end_array();
}

void write_keypoints(JsonWriter& json, const std::vector<Keypoint>& keypoints) {
  if (keypoints.empty()) return;
  json.key("keypoints").begin_array();
  for (const Keypoint& point : keypoints)
    json.value(point.x).value(point.y).value(point.visibility);
  const auto labelled = std::count_if(keypoints.begin(), keypoints.end(),
                                      [](const Keypoint& point) { return point.visibility > 0; });
  json.end_array().field("num_keypoints", static_cast<int64_t>(labelled));
}

void write_annotations(JsonWriter& json, const Dataset& dataset, const CocoExtras& extras) {
  json.key("annotations").begin_array();
  for (const Record& record : dataset.records) {
    for (const Instance instance : record.instances) {
      const Box& box = instance.box;
      json.begin_object().field("id", instance.id).field("image_id", record.id);
      json.field("category_id", dataset.categories[static_cast<size_t>(instance.label)].id);
      json.key("bbox").begin_array();
      for (const double number : {box.left, box.top, box.width, box.height}) json.value(number);
      json.end_array().field("area", instance.area).field("iscrowd", instance.crowd ? 1 : 0);
      write_segmentation(json, instance.segmentation);
      write_keypoints(json, instance.keypoints);
      write_others(json, extras.annotations, instance.id);
      json.end_object();
    }
  }
  json.end_array();
}

void write_all(JsonWriter& json, const Split& split, const std::vector<std::string>& names,
               const CocoExtras& extras) {
  json.begin_object();
  write_fields(json, extras.file);
  json.key("categories").begin_array();
  for (const Category& category : split.dataset.categories) {
    json.begin_object().field("id", category.id).field("name", category.name);
    write_others(json, extras.categories, category.id);
    json.end_object();
  }
  json.end_array().key("images").begin_array();
  for (size_t i = 0; i < names.size(); ++i) {
    const Record& record = split.dataset.records[i];
    json.begin_object().field("id", record.id).field("file_name", names[i]);
    json.field("height", record.height).field("width", record.width);
    write_others(json, extras.images, record.id);
    json.end_object();
  }
  json.end_array();
  write_annotations(json, split.dataset, extras);
  json.end_object();
}

}  // namespace

CocoExtras read_coco_extras(const fs::path& file) {
  const JsonDocument document = JsonDocument::read(file);
  const JsonValue root = document.root();
  CocoExtras extras;
  extras.file = others(root, {"images", "annotations", "categories"});
  extras.images = others_of(root.at("images"), {"id", "file_name", "height", "width"});
  extras.categories = others_of(root.at("categories"), {"id", "name"});
  extras.annotations =
      others_of(root.at("annotations"), {"id", "image_id", "category_id", "bbox", "area", "iscrowd",
                                         "segmentation", "keypoints", "num_keypoints"});
  return extras;
}

std::vector<Split> read_coco_splits(const fs::path& in, const fs::path& images, Reading& reading) {
  std::vector<Split> splits;
  for (const auto& [name, files] : files_in(in, images, reading)) {
    splits.push_back(read_split(name, files, reading));
  }
  if (splits.empty()) {
    fail(in, "", "has no annotations/instances_SPLIT.json and no SPLIT/_annotations.coco.json",
         "name the folder of a COCO data set, or an annotation file");
  }
  return splits;
}

void write_coco(const fs::path& file, const Split& split, const std::vector<std::string>& names,
                const CocoExtras* extras) {
  make_folder(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  JsonWriter json(out);
  write_all(json, split, names, extras != nullptr ? *extras : CocoExtras());
  out << '\n';
  if (!out.flush()) fail(file, "", "could not be written", "check free space and permissions");
}

void write_coco_splits(const std::vector<Split>& splits, const std::vector<CocoExtras>& extras,
                       Writing& writing) {
  for (size_t s = 0; s < splits.size(); ++s) {
    const Split& split = splits[s];
    Writing::Count& count = writing.written.emplace_back();
    count.images = std::ssize(split.names);
    for (const Record& record : split.dataset.records)
      count.objects += std::ssize(record.instances);
    writing.classes = std::max(writing.classes, std::ssize(split.dataset.categories));
    std::vector<std::string> names;
    std::map<std::string, fs::path> taken;  // a picture that is listed twice lies there once
    for (size_t i = 0; i < split.names.size(); ++i) {
      const fs::path from(split.dataset.records[i].path);
      std::string name = split.names[i];
      for (int64_t number = 2; taken.contains(name) && taken[name] != from; ++number) {
        const fs::path path(split.names[i]);
        name = (path.parent_path() /
                fmt::format("{}-{}{}", path.stem().string(), number, path.extension().string()))
                   .generic_string();
      }
      if (name != split.names[i]) writing.lost.add(Loss::renamed);
      if (taken.try_emplace(name, from).second) {
        writing.pictures.push_back({.from = from, .to = writing.out / split.name / name});
      }
      names.push_back(std::move(name));
    }
    write_coco(writing.out / "annotations" / fmt::format("instances_{}.json", split.name), split,
               names, extras.empty() ? nullptr : &extras[s]);
  }
}

}  // namespace fovea
