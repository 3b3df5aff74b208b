#include "fovea/data/coco.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/core/text_form.h"
#include "fovea/data/annotation_fields.h"
#include "fovea/data/findings.h"
#include "fovea/data/picture_folder.h"
#include "fovea/data/rle.h"

namespace fovea {
namespace {

using Kind = JsonValue::Kind;

class Reader {
 public:
  Reader(const fs::path& json, Findings findings, const PictureCheckOptions& looks, Log& log)
      : document_(JsonDocument::read(json)),
        findings_(std::move(findings)),
        looks_(looks),
        log_(log) {
    dataset_.file = json;
  }

  /// `pictures` may be null: then names are taken as they stand.
  Dataset read(PictureFolder* pictures) && {
    try {
      read_all(pictures);
    } catch (const StopReading&) {  // what there is so far
    }
    return std::move(dataset_);
  }

 private:
  void read_all(PictureFolder* pictures) {
    const JsonValue root = document_.root();
    if (!root.is(Kind::object)) {
      findings_.error(root, defect::kWrongType,
                      "is no COCO annotation file, which is an object {...}");
    }
    if (document_.has_byte_order_mark()) {
      findings_.add(root, defect::kByteOrderMark, "begins with a byte-order mark");
    }
    read_categories(need(findings_, root, "categories"));
    read_images(need(findings_, root, "images"), pictures);
    read_annotations(need(findings_, root, "annotations"));
    if (findings_.is_checking()) check_categories(root.at("categories"));
  }

  /// Categories that nothing is annotated with, at their entries.
  void check_categories(const JsonValue& list) {
    std::vector<bool> used(dataset_.categories.size(), false);
    for (const Record& record : dataset_.records) {
      for (const Instance& instance : record.instances) {
        used[static_cast<size_t>(instance.label)] = true;
      }
    }
    findings_.each(list, [&](const JsonValue& entry, int64_t) {
      const auto id = entry.find("id");
      if (!id || !id->is_whole()) return;  // said already
      const auto label = labels_.find(id->integer());
      if (label == labels_.end() || used[static_cast<size_t>(label->second)]) return;
      findings_.add(entry, defect::kUnusedCategory,
                    fmt::format("nothing is annotated as `{}`",
                                dataset_.categories[static_cast<size_t>(label->second)].name));
    });
  }

  void read_categories(const JsonValue& list) {
    std::vector<std::pair<Category, std::optional<size_t>>> found;  // with its count of keypoints
    std::unordered_map<int64_t, int64_t> place_of_id;
    std::unordered_set<std::string> names;
    findings_.each(list, [&](const JsonValue& entry, int64_t index) {
      Category category{.id = id_of(findings_, entry, "id")};
      category.name = category_name(entry);
      if (!names.insert(category.name).second) {
        findings_.add(entry, defect::kSameName,
                      fmt::format("another category is called `{}` too", category.name));
      }
      expect_new(entry, place_of_id, category.id, index, defect::kDuplicateCategory);
      std::optional<size_t> keypoints;
      const auto points = entry.find("keypoints");
      if (points && points->is(Kind::array)) keypoints = points->size();
      found.emplace_back(std::move(category), keypoints);
    });
    if (found.empty()) findings_.error(list, defect::kNoCategories, "lists no category");
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.first.id < b.first.id; });
    for (auto& [category, keypoints] : found) {
      labels_[category.id] = static_cast<int64_t>(labels_.size());
      keypoint_counts_.push_back(keypoints);
      dataset_.categories.push_back(std::move(category));
    }
  }

  std::string category_name(const JsonValue& entry) {
    return std::string(text_of(findings_, need(findings_, entry, "name")));
  }

  void read_images(const JsonValue& list, PictureFolder* pictures) {
    std::vector<JsonValue> entries;  // of dataset_.records
    dataset_.records.reserve(list.is(Kind::array) ? list.size() : 0);
    std::unordered_map<int64_t, int64_t> place_of_id;
    findings_.each(list, [&](const JsonValue& entry, int64_t index) {
      if (pictures != nullptr && findings_.is_checking()) list_picture(entry, pictures->root());
      Record record{.id = id_of(findings_, entry, "id")};
      expect_new(entry, place_of_id, record.id, index, defect::kDuplicateImage);
      passed_over_.insert(record.id);  // until its fields are read
      record.width = side_of(findings_, entry, "width");
      record.height = side_of(findings_, entry, "height");
      record.path = picture_path(entry, pictures);
      passed_over_.erase(record.id);
      dataset_.records.push_back(std::move(record));
      entries.push_back(entry);
    });
    if (pictures != nullptr) look_at_pictures(entries);
    for (size_t i = 0; i < dataset_.records.size(); ++i) images_[dataset_.records[i].id] = i;
    if (dataset_.records.empty()) findings_.error(list, defect::kNoImages, "lists no image");
  }

  /// Takes sizes from the pictures, and drops those that are unfit where that is allowed.
  void look_at_pictures(const std::vector<JsonValue>& entries) {
    const std::vector<PictureCheck> checks = check_pictures(dataset_.records, looks_, log_);
    std::vector<Record> kept;
    kept.reserve(dataset_.records.size());
    for (size_t i = 0; i < checks.size(); ++i) {
      Record& record = dataset_.records[i];
      const bool fit = findings_.entry([&] {
        const PictureCheck& check = checks[i];
        if (check.remarks.empty() && !check.error) return;
        const JsonValue name = entries[i].at("file_name");
        for (const PictureFinding& remark : check.remarks) {
          findings_.add(name, remark.code, remark.problem);
        }
        if (check.error) findings_.error(name, check.error->code, check.error->problem);
      });
      if (!fit) {
        passed_over_.insert(record.id);
        continue;
      }
      record.width = checks[i].width;
      record.height = checks[i].height;
      kept.push_back(std::move(record));
    }
    dataset_.records = std::move(kept);
  }

  void list_picture(const JsonValue& image, const fs::path& root) {
    const auto name = image.find("file_name");
    if (!name || !name->is(Kind::text)) return;
    const fs::path inside = fs::path(name->text()).lexically_normal();
    const bool leaves = inside.is_absolute() || inside.empty() || *inside.begin() == "..";
    if (!leaves) findings_.list_picture(root / inside);
  }

  fs::path picture_path(const JsonValue& image, PictureFolder* pictures) {
    const JsonValue name = need(findings_, image, "file_name");
    if (text_of(findings_, name).empty())
      findings_.error(name, defect::kFileName, "the file name is empty");
    fs::path path(name.text());
    if (findings_.is_checking()) check_name(name);
    if (pictures == nullptr) return path;
    const PictureFolder::Found found = pictures->look(path);
    if (found == PictureFolder::Found::outside) {
      findings_.error(name, defect::kFileOutside,
                      fmt::format("{} leaves {}", name.raw(), pictures->root().string()));
    }
    if (found == PictureFolder::Found::no) {
      findings_.error(
          name, defect::kFileMissing,
          fmt::format("there is no picture {} in {}", name.raw(), pictures->root().string()));
    }
    return pictures->root() / path;
  }

  /// A name that another image has too, or has but for upper and lower case or its Unicode form.
  void check_name(const JsonValue& name) {
    const std::string text(name.text());
    const auto [earlier, is_new] = names_.try_emplace(folded(text), text);
    if (is_new) return;
    if (earlier->second == text) {
      findings_.add(name, defect::kSameFile, fmt::format("{} is listed twice", name.raw()));
    } else if (composed(earlier->second) == composed(text)) {
      findings_.add(
          name, defect::kNameForm,
          fmt::format("{} looks like another name in other bytes (Unicode form)", name.raw()));
    } else {
      findings_.add(name, defect::kNameCase,
                    fmt::format("{} and \"{}\" differ in case only", name.raw(), earlier->second));
    }
  }

  /// What can be learned from all the same, and is seldom meant.
  void check_instance(const JsonValue& entry, const Record& record, const Instance& instance) {
    const bool is_there =
        std::any_of(record.instances.begin(), record.instances.end(), [&](const Instance& other) {
          return other.box == instance.box && other.label == instance.label &&
                 other.crowd == instance.crowd;
        });
    if (is_there) {
      findings_.add(entry.at("bbox"), defect::kBoxTwice, "the image has the same box already");
    }
    const double box_area = instance.box.width * instance.box.height;
    if (instance.area > 1.01 * box_area + 1) {
      findings_.add(
          entry.at("area"), defect::kAreaAboveBox,
          fmt::format("is {}, but the box has {} square pixels", instance.area, box_area));
    }
    check_mask(entry, instance);
    check_keypoints(entry, instance);
  }

  void check_mask(const JsonValue& entry, const Instance& instance) {
    constexpr double kApart = 2;
    const Segmentation& mask = instance.segmentation;
    if (mask.empty()) return;
    const Box box = mask.rle ? bounds_of(*mask.rle) : extent_of(mask.polygons);
    const double apart =
        std::max({std::abs(box.left - instance.box.left), std::abs(box.top - instance.box.top),
                  std::abs(box.right() - instance.box.right()),
                  std::abs(box.bottom() - instance.box.bottom())});
    if (apart <= kApart) return;
    findings_.add(
        entry.at("segmentation"), defect::kMaskBesideBox,
        fmt::format("reaches from ({:g}, {:g}) to ({:g}, {:g}), its box {} up to {:g} "
                    "pixels elsewhere",
                    box.left, box.top, box.right(), box.bottom(), entry.at("bbox").raw(), apart));
  }

  static Box extent_of(const std::vector<std::vector<double>>& polygons) {
    double left = polygons[0][0], right = left, top = polygons[0][1], bottom = top;
    for (const std::vector<double>& polygon : polygons) {
      for (size_t i = 0; i + 1 < polygon.size(); i += 2) {
        left = std::min(left, polygon[i]);
        right = std::max(right, polygon[i]);
        top = std::min(top, polygon[i + 1]);
        bottom = std::max(bottom, polygon[i + 1]);
      }
    }
    return {.left = left, .top = top, .width = right - left, .height = bottom - top};
  }

  void check_keypoints(const JsonValue& entry, const Instance& instance) {
    const auto stated = entry.find("num_keypoints");
    if (!stated || instance.keypoints.empty() || !stated->is_whole()) return;
    const auto labelled = std::count_if(instance.keypoints.begin(), instance.keypoints.end(),
                                        [](const Keypoint& point) { return point.visibility > 0; });
    if (stated->integer() == labelled) return;
    findings_.add(*stated, defect::kKeypointCount,
                  fmt::format("is {}, but {} keypoints are labelled", stated->integer(), labelled));
  }

  void read_annotations(const JsonValue& list) {
    std::unordered_map<int64_t, int64_t> place_of_id;
    place_of_id.reserve(list.is(Kind::array) ? list.size() : 0);
    findings_.each(list, [&](const JsonValue& entry, int64_t index) {
      Instance instance{.id = id_of(findings_, entry, "id")};
      expect_new(entry, place_of_id, instance.id, index, defect::kDuplicateAnnotation);
      const int64_t image_id = id_of(findings_, entry, "image_id");
      if (passed_over_.contains(image_id)) return;
      const auto image = images_.find(image_id);
      if (image == images_.end()) {
        findings_.error(entry.at("image_id"), defect::kDanglingImage,
                        fmt::format("there is no image {}", image_id));
      }
      Record& record = dataset_.records[image->second];
      read_instance(entry, record, instance);
      if (findings_.is_checking()) check_instance(entry, record, instance);
      record.instances.push_back(std::move(instance));
    });
  }

  void read_instance(const JsonValue& entry, const Record& record, Instance& instance) {
    const int64_t category = id_of(findings_, entry, "category_id");
    const auto label = labels_.find(category);
    if (label == labels_.end()) {
      findings_.error(entry.at("category_id"), defect::kDanglingCategory,
                      fmt::format("there is no category {}", category));
    }
    instance.label = label->second;
    instance.box = box_of(findings_, entry);
    check_box(findings_, entry, instance.box, record);
    instance.crowd = crowd_of(findings_, entry);
    instance.area = area_of(findings_, entry, instance.box);
    if (instance.id == 0) {
      findings_.add(entry.at("id"), defect::kIdZero,
                    "annotation id 0: pycocotools takes its match for a false positive");
    }
    instance.segmentation = segmentation_of(findings_, entry, record);
    if (instance.crowd && !instance.segmentation.polygons.empty()) {
      findings_.add(entry.at("segmentation"), defect::kCrowdPolygon, "a crowd given as polygons");
    }
    instance.keypoints =
        keypoints_of(findings_, entry, keypoint_counts_[static_cast<size_t>(instance.label)]);
  }

  void expect_new(const JsonValue& entry, std::unordered_map<int64_t, int64_t>& place_of_id,
                  int64_t id, int64_t index, std::string_view code) {
    const auto [earlier, is_new] = place_of_id.try_emplace(id, index);
    if (is_new) return;
    findings_.error(
        entry.at("id"), code,
        fmt::format("id {} was taken by entry {} of the same list", id, earlier->second));
  }

  JsonDocument document_;
  Findings findings_;
  const PictureCheckOptions& looks_;
  Log& log_;
  Dataset dataset_ = {};
  std::unordered_map<int64_t, int64_t> labels_ = {};         // by category id
  std::vector<std::optional<size_t>> keypoint_counts_ = {};  // by label
  std::unordered_map<int64_t, size_t> images_ = {};          // image id -> record
  std::unordered_set<int64_t> passed_over_ = {};             // ids of images that were dropped
  std::unordered_map<std::string, std::string> names_ = {};  // of files, by folded name
};

}  // namespace

Dataset read_coco(const fs::path& json, const fs::path& image_root,
                  const std::vector<std::string>& allow, ReadReport* report) {
  expect_file(json, "a COCO annotation file");
  PictureFolder pictures(image_root);
  NoLog log;
  return Reader(json, Findings(json, allow, report), {}, log).read(&pictures);
}

Dataset check_coco(const fs::path& json, const fs::path& image_root, CheckReport& report) {
  NoLog log;
  return check_coco(json, image_root, report, {}, log);
}

Dataset check_coco(const fs::path& json, const fs::path& image_root, CheckReport& report,
                   const PictureCheckOptions& looks, Log& log) {
  expect_file(json, "a COCO annotation file");
  std::optional<PictureFolder> pictures;
  if (!image_root.empty()) pictures.emplace(image_root);
  try {
    return Reader(json, Findings(json, report), looks, log).read(pictures ? &*pictures : nullptr);
  } catch (const Error& no_json) {
    report.add(defect::kNoJson, [&]() -> Finding {
      return {.code = defect::kNoJson,
              .place = std::string(no_json.place()),
              .problem = std::string(no_json.problem())};
    });
    return {.file = json};
  }
}

}  // namespace fovea
