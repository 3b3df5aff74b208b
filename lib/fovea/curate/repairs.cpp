#include "fovea/curate/repairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include "fovea/core/json_text.h"
#include "fovea/curate/mask_repairs.h"
#include "fovea/data/defects.h"
#include "fovea/data/row_values.h"

namespace fovea {
namespace {

/// "[1, 2.5, 30, 40]".
std::string json_of(const Box& box) {
  return fmt::format("[{}, {}, {}, {}]", number_text(box.left), number_text(box.top),
                     number_text(box.width), number_text(box.height));
}

bool is_missing(const std::optional<JsonNode>& value) {
  return !value || value->type() == 'n';
}

/// False: the entry is dropped.
bool expect_object(JsonNode entry, EntryRepair& repair) {
  if (entry.type() == '{') return true;
  repair.changes = {{.code = defect::kWrongType, .why = "no object {...}"}};
  return false;
}

/// Reads a whole number, and writes it as one where it stands otherwise.
std::optional<int64_t> whole_field(JsonNode entry, std::string_view key, std::string_view code,
                                   EntryRepair& repair) {
  const auto value = entry.find(key);
  if (!value) return {};
  const auto number = whole_of(*value);
  if (number && value->type() != 'l') {
    repair.changes.push_back({.code = code,
                              .key = std::string(key),
                              .now = std::to_string(*number),
                              .why = "a whole number, written as one"});
  }
  return number;
}

/// A side of an image, 0 where it says none.
int64_t side_of(JsonNode entry, std::string_view key, EntryRepair& repair) {
  const auto side = whole_field(entry, key, defect::kWrongType, repair);
  return side && *side > 0 ? *side : 0;
}

// ---- one annotation ----

class AnnotationRepair {
 public:
  AnnotationRepair(std::string_view text, JsonNode entry, const ImageFacts* image,
                   EntryRepair& repair)
      : text_(text), entry_(entry), image_(image), repair_(repair), box_(fovea::box_of(entry)) {}

  /// Each field after those that it depends on, so that a second time would find nothing to do.
  void repair() {
    repair_crowd();
    repair_mask();
    if (!repair_box()) return;
    repair_area();
    repair_keypoint_count();
  }
  const std::optional<Box>& box() const { return box_; }  ///< as it is now

 private:
  bool knows_size() const {
    return image_ != nullptr && image_->size_doubt.empty() && image_->height > 0 &&
           image_->width > 0;
  }

  const MaskFacts& mask() {
    if (!mask_) {
      mask_ = knows_size() ? mask_facts(entry_, image_->height, image_->width)
                           : mask_facts(entry_, 0, 0);
    }
    return *mask_;
  }

  void change(std::string_view code, std::string key, std::string now, std::string why) {
    repair_.change(
        {.code = code, .key = std::move(key), .now = std::move(now), .why = std::move(why)});
  }

  /// False: the annotation is dropped, and what else was found in it matters no more.
  bool drop(std::string_view code, std::string why) {
    repair_.changes = {{.code = code, .why = std::move(why)}};
    return false;
  }

  bool repair_box() {
    const bool is_flat = box_ && (box_->width <= 0 || box_->height <= 0);
    const bool is_absent = is_missing(entry_.find("bbox"));
    if ((is_flat || is_absent) && mask().extent) {
      box_ = mask().extent;
      change(is_flat ? defect::kBoxEmpty : is_absent_code(), "bbox", json_of(*box_),
             "the box around its mask");
    } else if (is_flat) {
      return drop(defect::kBoxEmpty, "a box without area, and no mask to take it from");
    }
    if (!box_ || !knows_size()) return true;
    const auto height = static_cast<double>(image_->height);
    const auto width = static_cast<double>(image_->width);
    if (box_->right() <= 0 || box_->bottom() <= 0 || box_->left >= width || box_->top >= height) {
      return drop(defect::kBoxOutside, fmt::format("wholly outside its image of {} x {} pixels",
                                                   image_->width, image_->height));
    }
    clip_box(height, width);
    return true;
  }

  std::string_view is_absent_code() const {
    return entry_.find("bbox") ? defect::kBoxShape : defect::kMissingKey;
  }

  /// A box that reaches out by more than a pixel ends at the edge, unless its mask ends elsewhere.
  void clip_box(double height, double width) {
    if (box_->left >= -1 && box_->top >= -1 && box_->right() <= width + 1 &&
        box_->bottom() <= height + 1) {
      return;
    }
    const double left = std::max(0.0, box_->left);
    const double top = std::max(0.0, box_->top);
    const Box inside{.left = left,
                     .top = top,
                     .width = std::min(width, box_->right()) - left,
                     .height = std::min(height, box_->bottom()) - top};
    if (mask().is_there && (!mask().extent || !lies_close(*mask().extent, inside))) return;
    clipped_from_ = box_;
    box_ = inside;
    change(defect::kBoxReachesOut, "bbox", json_of(inside),
           fmt::format("clipped to its image of {} x {} pixels", image_->width, image_->height));
  }

  static bool lies_close(const Box& mask, const Box& box) {
    constexpr double kApart = 2;  // pixels, as in `check`
    return std::abs(mask.left - box.left) <= kApart && std::abs(mask.top - box.top) <= kApart &&
           std::abs(mask.right() - box.right()) <= kApart &&
           std::abs(mask.bottom() - box.bottom()) <= kApart;
  }

  void repair_crowd() {
    const auto flag = entry_.find("iscrowd");
    if (is_missing(flag)) {
      change(defect::kNoCrowdFlag, "iscrowd", "0", "0 is what every reader takes");
      return;
    }
    if (flag->type() == 't') is_crowd_ = true;
    if (const auto number = whole_of(*flag); number && (*number == 0 || *number == 1)) {
      is_crowd_ = *number == 1;
      if (flag->type() == '"') {
        change(defect::kWrongType, "iscrowd", std::to_string(*number), "a number, not text");
      }
    }
  }

  void repair_mask() {
    if (is_crowd_) {
      if (auto runs = runs_of(mask())) {
        change(defect::kCrowdPolygon, "segmentation", json_of(*runs), "the same pixels as runs");
        mask_ = mask_of_runs(std::move(*runs));
        return;
      }
    }
    if (mask().is_flat || !mask().too_short.empty()) {
      const std::string_view text = field_of(text_, "segmentation").value();
      MaskRepair repaired = repaired_mask(mask(), text);
      if (repaired.json.empty()) return;
      change(repaired.code, "segmentation", std::move(repaired.json), std::move(repaired.why));
    }
  }

  /// Where it is missing or no number, or larger than its box though the mask is not.
  void repair_area() {
    const auto value = entry_.find("area");
    double area = 0;
    const bool is_number = value && value->read(area);
    if (is_number && !box_) return;
    const double of_box = box_ ? box_->width * box_->height : 0;
    const auto fits = [of_box](double pixels) { return pixels <= 1.01 * of_box + 1; };
    if (is_number && fits(area)) return;
    const auto of_mask = area_of(mask());
    if (of_mask && (!is_number || fits(*of_mask))) {
      change(area_code(value, is_number), "area", number_text(*of_mask),
             "the square pixels of its mask");
    } else if (box_ && !mask().is_there && (!is_number || clipped_from_)) {
      change(area_code(value, is_number), "area", number_text(of_box), "that of its box");
    }
  }

  static std::string_view area_code(const std::optional<JsonNode>& value, bool is_number) {
    return is_number           ? defect::kAreaAboveBox
           : is_missing(value) ? defect::kNoArea
                               : defect::kWrongType;
  }

  void repair_keypoint_count() {
    const auto stated = entry_.find("num_keypoints");
    const auto points = entry_.find("keypoints");
    int64_t count = 0;
    if (!stated || !stated->read(count) || !points || points->type() != '[') return;
    int64_t labelled = 0;
    size_t numbers = 0;
    const bool whole = points->each_item([&](JsonNode item) {
      int64_t visibility = 0;
      if (++numbers % 3 != 0) return true;
      if (!item.read(visibility) || visibility < 0 || visibility > 2) return false;
      labelled += visibility > 0 ? 1 : 0;
      return true;
    });
    if (!whole || numbers == 0 || numbers % 3 != 0 || labelled == count) return;
    change(defect::kKeypointCount, "num_keypoints", std::to_string(labelled),
           "those of visibility 1 and 2");
  }

  std::string_view text_;
  JsonNode entry_;
  const ImageFacts* image_;
  EntryRepair& repair_;
  std::optional<Box> box_;
  std::optional<Box> clipped_from_ = {};
  std::optional<MaskFacts> mask_ = {};  // once it was asked for
  bool is_crowd_ = false;
};

uint64_t likeness_of(int64_t image, int64_t category, const std::optional<Box>& box) {
  uint64_t mixed = 0;
  const auto mix = [&mixed](uint64_t word) {
    mixed = (mixed ^ word) * 0x9E3779B97F4A7C15U;
    mixed ^= mixed >> 29U;
  };
  mix(static_cast<uint64_t>(image));
  mix(static_cast<uint64_t>(category));
  for (const double side :
       box ? std::array{box->left, box->top, box->width, box->height} : std::array<double, 4>{}) {
    mix(std::bit_cast<uint64_t>(side));
  }
  return mixed;
}

}  // namespace

void EntryRepair::change(Change change) {
  const auto same = std::find_if(changes.begin(), changes.end(),
                                 [&](const Change& earlier) { return earlier.key == change.key; });
  if (same == changes.end()) {
    changes.push_back(std::move(change));
  } else {
    *same = std::move(change);
  }
}

std::optional<int64_t> whole_of(JsonNode value) {
  int64_t number = 0;
  if (value.read(number)) return number;
  if (value.type() != '"') return {};
  const std::string_view text = value.text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number || std::to_string(number) != text) return {};  // "007" is a name, not a number
  return number;
}

std::optional<Box> box_of(JsonNode annotation) try {
  const auto value = annotation.find("bbox");
  if (!value) return {};
  return RowValues{annotation}.box(*value);
} catch (const RowFault&) {
  return {};
}

EntryRepair repair_image(JsonNode entry, ImageFacts& facts) {
  EntryRepair repair;
  if (!expect_object(entry, repair)) return repair;
  facts.id = whole_field(entry, "id", defect::kNotWhole, repair);
  facts.width = side_of(entry, "width", repair);
  facts.height = side_of(entry, "height", repair);
  std::string_view name;
  if (const auto value = entry.find("file_name"); value && value->read(name)) {
    facts.file_name = name;
  }
  return repair;
}

EntryRepair repair_category(JsonNode entry, CategoryFacts& facts) {
  EntryRepair repair;
  if (!expect_object(entry, repair)) return repair;
  facts.id = whole_field(entry, "id", defect::kNotWhole, repair);
  return repair;
}

EntryRepair repair_annotation(std::string_view text, JsonNode entry, const References& references,
                              AnnotationFacts& facts) {
  EntryRepair repair;
  const auto drop = [&repair](std::string_view code, std::string why) {
    repair.changes = {{.code = code, .why = std::move(why)}};
    return repair;
  };
  if (!expect_object(entry, repair)) return repair;
  facts.id = whole_field(entry, "id", defect::kNotWhole, repair);
  const auto image = whole_field(entry, "image_id", defect::kNotWhole, repair);
  const auto category = whole_field(entry, "category_id", defect::kNotWhole, repair);
  if (image && !references.image_of_id.contains(*image)) {
    return drop(defect::kDanglingImage, fmt::format("there is no image {}", *image));
  }
  if (category && !references.category_of_id.contains(*category)) {
    return drop(defect::kDanglingCategory, fmt::format("there is no category {}", *category));
  }
  const ImageFacts* place = image ? &references.images[references.image_of_id.at(*image)] : nullptr;
  AnnotationRepair work(text, entry, place, repair);
  work.repair();
  if (image && category) facts.likeness = likeness_of(*image, *category, work.box());
  return repair;
}

}  // namespace fovea
