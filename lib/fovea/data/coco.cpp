#include "fovea/data/coco.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/data/check_pictures.h"
#include "fovea/data/rle.h"

namespace fovea {
namespace {

using Kind = JsonValue::Kind;

/// Thrown when an allowed error asks to pass over the entry that has it.
struct PassOver {};

/// Thrown while checking, where the file as a whole cannot be read on.
struct StopReading {};

/// Turns findings into an Error, a count, or the dropping of an entry.
class Findings {
 public:
  Findings(const fs::path& file, const std::vector<std::string>& allow, ReadReport* report)
      : file_(file), allow_(allow), report_(report) {
    expect_allowable(allow);
  }
  /// Notes all there is and stops at nothing.
  Findings(const fs::path& file, CheckReport& report) : file_(file), checking_(&report) {}

  bool is_checking() const { return checking_ != nullptr; }

  /// A defect of that code at `place`. Returns for warnings only.
  void add(const JsonValue& place, std::string_view code, std::string_view problem) {
    const DefectKind& kind = defect_kind(code);
    if (is_checking()) return note(place, kind, problem);
    const auto message = [&] {
      const std::string pointer = place.pointer();
      return fmt::format("{}{}{}: {} {}; {}", file_.string(), pointer.empty() ? "" : ":", pointer,
                         kind.code, problem, kind.remedy);
    };
    const bool is_warning = kind.severity == Severity::warning;
    if (!is_warning && !is_allowed(kind)) refuse(place, kind, problem);
    if (report_ != nullptr) {
      count(is_warning ? report_->warnings : report_->allowed, code, place, message);
    }
    if (!is_warning) throw PassOver{};
  }
  [[noreturn]] void error(const JsonValue& place, std::string_view code, std::string_view problem) {
    add(place, code, problem);
    throw PassOver{};  // not reached: only warnings return
  }

  /// Runs `read`, in which errors may be allowed; false when one was.
  template <class Read>
  bool entry(const Read& read) {
    inside_entry_ = true;
    bool done = true;
    try {
      read();
    } catch (const PassOver&) {
      done = false;
    }
    inside_entry_ = false;
    return done;
  }

  /// The same for each entry of a list.
  template <class Read>
  void each(const JsonValue& list, const Read& read) {
    if (!list.is(Kind::array)) error(list, defect::kWrongType, "is no list");
    int64_t index = 0;
    for (const JsonValue& item : list.items()) {
      entry([&] {
        if (!item.is(Kind::object)) error(item, defect::kWrongType, "is no object {...}");
        read(item, index);
      });
      ++index;
    }
  }

 private:
  bool is_allowed(const DefectKind& kind) const {
    return inside_entry_ && std::find(allow_.begin(), allow_.end(), kind.code) != allow_.end();
  }

  template <class Message>
  static void count(std::map<std::string, ReadReport::Count>& counts, std::string_view code,
                    const JsonValue& place, const Message& message) {
    ReadReport::Count& entry = counts[std::string(code)];
    if (entry.times++ > 0) return;
    entry.place = place.pointer();
    entry.first = message();
  }

  void note(const JsonValue& place, const DefectKind& kind, std::string_view problem) {
    checking_->add(kind.code, [&]() -> Finding {
      const std::string pointer = place.pointer();
      return {.code = kind.code,
              .place = file_.string() + (pointer.empty() ? "" : ":" + pointer),
              .problem = std::string(problem)};
    });
    if (kind.severity == Severity::warning) return;
    if (!inside_entry_) throw StopReading{};
    throw PassOver{};
  }

  [[noreturn]] void refuse(const JsonValue& place, const DefectKind& kind,
                           std::string_view problem) const {
    std::string remedy(kind.remedy);
    if (kind.if_allowed == IfAllowed::drops_entry && inside_entry_) {
      remedy += fmt::format(" (data.allow=[{}] passes over such entries)", kind.code);
    }
    fail(file_, place.pointer(), fmt::format("error {}: {}", kind.code, problem), remedy);
  }

  fs::path file_;
  std::vector<std::string> allow_ = {};
  ReadReport* report_ = nullptr;  // null where nobody asks for it
  CheckReport* checking_ = nullptr;
  bool inside_entry_ = false;
};

// ---- single values ----

/// "is 3.5", or "is text" where it is long.
std::string shown(const JsonValue& value) {
  const std::string raw = value.raw();
  return raw.size() <= 60 ? "is " + raw : "is " + raw.substr(0, 57) + "...";
}

JsonValue need(Findings& findings, const JsonValue& object, std::string_view key) {
  const auto value = object.find(key);
  if (!value) findings.error(object, defect::kMissingKey, fmt::format("has no `{}`", key));
  return *value;
}

int64_t whole(Findings& findings, const JsonValue& value, std::string_view code) {
  if (!value.is_whole()) {
    findings.error(value, code, shown(value) + ", but a whole number is needed");
  }
  return value.integer();
}

int64_t id_of(Findings& findings, const JsonValue& object, std::string_view key) {
  return whole(findings, need(findings, object, key), defect::kNotWhole);
}

double number(Findings& findings, const JsonValue& value, std::string_view code) {
  if (!value.is(Kind::number))
    findings.error(value, code, shown(value) + ", but a number is needed");
  return value.number();
}

/// Pixels of one side of an image; 0 with a warning when the file does not say.
int64_t side_of(Findings& findings, const JsonValue& image, std::string_view key) {
  const auto value = image.find(key);
  if (!value || value->is(Kind::null)) {
    findings.add(image, defect::kNoSize, fmt::format("has no `{}`", key));
    return 0;
  }
  const int64_t side = whole(findings, *value, defect::kWrongType);
  if (side <= 0)
    findings.error(*value, defect::kWrongType, shown(*value) + ", but sizes start at 1");
  return side;
}

Box box_of(Findings& findings, const JsonValue& annotation) {
  const JsonValue value = need(findings, annotation, "bbox");
  if (!value.is(Kind::array) || value.size() != 4) {
    findings.error(value, defect::kBoxShape, shown(value) + ", but a list of 4 numbers is needed");
  }
  std::array<double, 4> sides = {};
  size_t i = 0;
  for (const JsonValue& side : value.items())
    sides[i++] = number(findings, side, defect::kBoxShape);
  return {.left = sides[0], .top = sides[1], .width = sides[2], .height = sides[3]};
}

/// A box that a detector can learn from.
void check_box(Findings& findings, const JsonValue& annotation, const Box& box,
               const Record& record) {
  const JsonValue place = annotation.at("bbox");
  if (box.width <= 0 || box.height <= 0) {
    findings.error(place, defect::kBoxEmpty,
                   fmt::format("the box is {} x {} pixels", box.width, box.height));
  }
  const auto width = static_cast<double>(record.width);
  const auto height = static_cast<double>(record.height);
  if (std::min(box.width, box.height) < 1) {
    findings.add(place, defect::kBoxTiny,
                 fmt::format("the box is {} x {} pixels", box.width, box.height));
  }
  if (record.width == 0 || record.height == 0) return;  // unknown
  const auto where = [&](std::string_view what) {
    return fmt::format("the box {} {} its image of {} x {} pixels", shown(place).substr(3), what,
                       record.width, record.height);
  };
  if (box.right() <= 0 || box.bottom() <= 0 || box.left >= width || box.top >= height) {
    findings.error(place, defect::kBoxOutside, where("lies outside"));
  }
  if (box.left < -1 || box.top < -1 || box.right() > width + 1 || box.bottom() > height + 1) {
    findings.add(place, defect::kBoxReachesOut, where("reaches out of"));
  }
}

bool crowd_of(Findings& findings, const JsonValue& annotation) {
  const auto value = annotation.find("iscrowd");
  if (!value || value->is(Kind::null)) {
    findings.add(annotation, defect::kNoCrowdFlag, "has no `iscrowd`, 0 is taken");
    return false;
  }
  if (value->is(Kind::boolean)) return value->boolean();
  const int64_t flag = whole(findings, *value, defect::kWrongType);
  if (flag != 0 && flag != 1) {
    findings.error(*value, defect::kWrongType, shown(*value) + ", but 0 or 1 is needed");
  }
  return flag != 0;
}

double area_of(Findings& findings, const JsonValue& annotation, const Box& box) {
  const auto value = annotation.find("area");
  if (value && !value->is(Kind::null)) return number(findings, *value, defect::kWrongType);
  findings.add(annotation, defect::kNoArea, "has no `area`, the box's is taken");
  return box.width * box.height;
}

// ---- masks and keypoints ----

std::vector<double> polygon_of(Findings& findings, const JsonValue& value) {
  const size_t size = value.is(Kind::array) ? value.size() : 0;
  if (size < 6 || size % 2 != 0) {
    findings.error(value, defect::kPolygon,
                   value.is(Kind::array) ? fmt::format("a polygon of {} numbers", size)
                                         : shown(value) + ", but a list of numbers is needed");
  }
  std::vector<double> points;
  points.reserve(size);
  for (const JsonValue& item : value.items()) {
    points.push_back(number(findings, item, defect::kPolygon));
  }
  return points;
}

std::vector<uint32_t> counts_of(Findings& findings, const JsonValue& value) {
  if (value.is(Kind::text)) {
    std::vector<uint32_t> counts;
    if (!decode_counts(value.text(), counts)) {
      findings.error(value, defect::kRle, "the text is no compressed RLE");
    }
    return counts;
  }
  if (!value.is(Kind::array)) findings.error(value, defect::kRle, "is neither a list nor a text");
  std::vector<uint32_t> counts;
  for (const JsonValue& item : value.items()) {
    const int64_t count = whole(findings, item, defect::kRle);
    if (count < 0 || count > std::numeric_limits<uint32_t>::max()) {
      findings.error(item, defect::kRle, shown(item) + ", but runs are 0 to 4294967295 pixels");
    }
    counts.push_back(static_cast<uint32_t>(count));
  }
  return counts;
}

Rle rle_of(Findings& findings, const JsonValue& value, const Record& record) {
  const JsonValue size = need(findings, value, "size");
  if (!size.is(Kind::array) || size.size() != 2) {
    findings.error(size, defect::kRle, shown(size) + ", but [height, width] is needed");
  }
  const std::vector<JsonValue> sides = size.items();
  Rle rle{.height = whole(findings, sides[0], defect::kRle),
          .width = whole(findings, sides[1], defect::kRle)};
  constexpr int64_t kMaxSide = 1 << 24;  // keeps height * width far from overflow
  if (rle.height <= 0 || rle.width <= 0 || rle.height > kMaxSide || rle.width > kMaxSide) {
    findings.error(size, defect::kRle, shown(size) + ", which is no size of a mask");
  }
  if (rle.height != record.height || rle.width != record.width) {
    findings.error(size, defect::kRleSize,
                   fmt::format("the mask is {} x {} pixels, its image {} x {} (height x width)",
                               rle.height, rle.width, record.height, record.width));
  }
  const JsonValue counts = need(findings, value, "counts");
  rle.counts = counts_of(findings, counts);
  const int64_t pixels = std::accumulate(rle.counts.begin(), rle.counts.end(), int64_t{0});
  if (pixels != rle.height * rle.width) {
    findings.error(counts, defect::kRle,
                   fmt::format("the runs cover {} pixels, but the mask has {} x {}", pixels,
                               rle.height, rle.width));
  }
  return rle;
}

Segmentation segmentation_of(Findings& findings, const JsonValue& annotation,
                             const Record& record) {
  const auto value = annotation.find("segmentation");
  Segmentation segmentation;
  if (!value || value->is(Kind::null)) return segmentation;
  if (value->is(Kind::object)) {
    segmentation.rle = rle_of(findings, *value, record);
  } else if (value->is(Kind::array)) {
    for (const JsonValue& polygon : value->items()) {
      if (polygon.is(Kind::number)) {
        findings.error(*value, defect::kMaskShape, "is a flat list of numbers");
      }
      segmentation.polygons.push_back(polygon_of(findings, polygon));
    }
  } else {
    findings.error(*value, defect::kMaskShape, shown(*value));
  }
  return segmentation;
}

/// `expected` is how many keypoints the category names, if it does.
std::vector<Keypoint> keypoints_of(Findings& findings, const JsonValue& annotation,
                                   std::optional<size_t> expected) {
  const auto value = annotation.find("keypoints");
  if (!value || value->is(Kind::null)) return {};
  const size_t size = value->is(Kind::array) ? value->size() : 1;
  if (size % 3 != 0 || (expected && size != 3 * *expected)) {
    findings.error(*value, defect::kKeypoints,
                   expected ? fmt::format("{} numbers, but the category has {} keypoints of 3 each",
                                          size, *expected)
                            : "is no list of x, y, visibility");
  }
  std::vector<Keypoint> keypoints;
  const std::vector<JsonValue> items = value->items();
  for (size_t i = 0; i < items.size(); i += 3) {
    const int64_t visibility = whole(findings, items[i + 2], defect::kVisibility);
    if (visibility < 0 || visibility > 2) {
      findings.error(items[i + 2], defect::kVisibility, shown(items[i + 2]));
    }
    keypoints.push_back({.x = number(findings, items[i], defect::kKeypoints),
                         .y = number(findings, items[i + 1], defect::kKeypoints),
                         .visibility = visibility});
  }
  return keypoints;
}

// ---- picture names ----

/// Looks up picture names below a root with one system call a picture.
class PictureFolder {
 public:
  enum class Found { yes, no, outside };
  explicit PictureFolder(fs::path root) : root_(std::move(root)) {
    if (!fs::is_directory(root_)) {
      fail(root_, "", "no such folder (the pictures were expected in it)",
           "check the name of the image folder");
    }
  }
  const fs::path& root() const { return root_; }

  Found look(const fs::path& name) {
    if (!folder_is_inside(name.parent_path()) || confined_name(name).empty()) return Found::outside;
    std::error_code error;
    const fs::path path = root_ / name;
    fs::file_status status = fs::symlink_status(path, error);
    if (fs::is_symlink(status)) {
      if (confined(root_, name).empty()) return Found::outside;
      status = fs::status(path, error);
    }
    return fs::is_regular_file(status) ? Found::yes : Found::no;
  }

 private:
  static fs::path confined_name(const fs::path& name) {
    const fs::path last = name.filename();
    return last == ".." || last == "." ? fs::path() : last;
  }

  bool folder_is_inside(const fs::path& folder) {
    if (folder.empty()) return true;
    const auto [entry, is_new] = inside_.try_emplace(folder.string(), false);
    if (is_new) entry->second = !confined(root_, folder).empty();
    return entry->second;
  }

  fs::path root_;
  std::unordered_map<std::string, bool> inside_ = {};  // by folder
};

// ---- the file ----

class Reader {
 public:
  Reader(const fs::path& json, Findings findings)
      : document_(JsonDocument::read(json)), findings_(std::move(findings)) {
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
    const JsonValue name = need(findings_, entry, "name");
    if (!name.is(Kind::text))
      findings_.error(name, defect::kWrongType, shown(name) + ", but text is needed");
    return std::string(name.text());
  }

  void read_images(const JsonValue& list, PictureFolder* pictures) {
    std::vector<JsonValue> entries;  // of dataset_.records
    dataset_.records.reserve(list.is(Kind::array) ? list.size() : 0);
    std::unordered_map<int64_t, int64_t> place_of_id;
    findings_.each(list, [&](const JsonValue& entry, int64_t index) {
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
    const std::vector<PictureCheck> checks = check_pictures(dataset_.records);
    std::vector<Record> kept;
    kept.reserve(dataset_.records.size());
    for (size_t i = 0; i < checks.size(); ++i) {
      Record& record = dataset_.records[i];
      const bool fit = findings_.entry([&] {
        if (checks[i].code.empty()) return;
        findings_.error(entries[i].at("file_name"), checks[i].code, checks[i].problem);
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

  fs::path picture_path(const JsonValue& image, PictureFolder* pictures) {
    const JsonValue name = need(findings_, image, "file_name");
    if (!name.is(Kind::text))
      findings_.error(name, defect::kWrongType, shown(name) + ", but text is needed");
    if (name.text().empty()) findings_.error(name, defect::kFileName, "the file name is empty");
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

  /// A name that another image has too, or has but for upper and lower case.
  void check_name(const JsonValue& name) {
    const std::string text(name.text());
    std::string lower = text;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto [earlier, is_new] = names_.try_emplace(lower, text);
    if (is_new) return;
    if (earlier->second == text) {
      findings_.add(name, defect::kSameFile, fmt::format("{} is listed twice", name.raw()));
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
  Dataset dataset_ = {};
  std::unordered_map<int64_t, int64_t> labels_ = {};         // by category id
  std::vector<std::optional<size_t>> keypoint_counts_ = {};  // by label
  std::unordered_map<int64_t, size_t> images_ = {};          // image id -> record
  std::unordered_set<int64_t> passed_over_ = {};             // ids of images that were dropped
  std::unordered_map<std::string, std::string> names_ = {};  // of files, by lower case
};

}  // namespace

Dataset read_coco(const fs::path& json, const fs::path& image_root,
                  const std::vector<std::string>& allow, ReadReport* report) {
  expect_file(json, "a COCO annotation file");
  PictureFolder pictures(image_root);
  return Reader(json, Findings(json, allow, report)).read(&pictures);
}

Dataset check_coco(const fs::path& json, const fs::path& image_root, CheckReport& report) {
  expect_file(json, "a COCO annotation file");
  std::optional<PictureFolder> pictures;
  if (!image_root.empty()) pictures.emplace(image_root);
  try {
    return Reader(json, Findings(json, report)).read(pictures ? &*pictures : nullptr);
  } catch (const Error& no_json) {  // "FILE:LINE:COLUMN: problem; remedy"
    report.add(defect::kNoJson, [&]() -> Finding {
      const std::string line = no_json.what();
      const size_t place = line.find(": ");
      const size_t remedy = line.rfind("; ");
      return {.code = defect::kNoJson,
              .place = line.substr(0, place),
              .problem = line.substr(place + 2, remedy - place - 2)};
    });
    return {.file = json};
  }
}

}  // namespace fovea
