// The values of one annotation or detection, for all who read them: to train, to check and to
// score.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/core/json_node.h"
#include "fovea/core/options.h"
#include "fovea/data/defects.h"
#include "fovea/data/instance.h"

namespace fovea {

/// Thrown for what is wrong with a row.
struct RowFault {
  JsonNode at;
  std::string_view code = {};  // of data/defects.h, empty in result files
  std::string problem = {};
  std::string_view remedy = {};   // empty: the code's
  bool instead_of_value = false;  // the problem is what would be right: "is 3, but <problem>"
};

/// The problem with the value that stands there, where it is of that kind.
std::string problem_of(const RowFault& fault);

/// The fields of annotations and detections that have a meaning; of a key given twice the last one
/// counts, as in Python.
struct RowFields {
  using Field = std::optional<JsonNode>;
  explicit RowFields(JsonNode object);
  Field id, image_id, category_id, bbox, area, iscrowd, score, segmentation, keypoints,
      num_keypoints;

 private:
  Field* place_of(std::string_view key);
};

bool is_null(const RowFields::Field& field);  ///< or not there

/// Reads values of one row. A RowFault names the code of what is wrong, in annotation files.
struct RowValues {
  JsonNode row;
  bool in_annotations = true;

  [[noreturn]] void refuse(JsonNode at, std::string_view code, std::string problem,
                           std::string_view remedy_in_results) const;
  [[noreturn]] void refuse_value(JsonNode at, std::string_view code, std::string needed) const;

  JsonNode need(const RowFields::Field& field, std::string_view key) const;
  int64_t whole(JsonNode node, std::string_view code) const;
  double number(JsonNode node, std::string_view code) const;
  Box box(JsonNode node) const;
  /// The corners of one polygon, in place of what `xy` held; at least three.
  void polygon(JsonNode node, std::vector<double>& xy) const;
  /// The counts of an RLE {"size", "counts"} of an image of `size`, in place of what `counts` held;
  /// of 0 x 0 the size is taken from the mask. They add up to height * width. Returns their text
  /// where they came as one, which lives as long as the node.
  std::string_view runs(JsonNode node, ImageSize& size, std::vector<uint32_t>& counts) const;

 private:
  [[noreturn]] void refuse_missing(std::string_view key) const;
  void check_size(JsonNode node, ImageSize& size) const;
};

// ---- inline, for these run for every value of a file ----

inline RowFields::RowFields(JsonNode object) {
  object.each_field([this](std::string_view key, JsonNode value) {
    if (Field* field = place_of(key)) *field = value;
    return true;
  });
}

inline RowFields::Field* RowFields::place_of(std::string_view key) {
  switch (key.empty() ? '\0' : key.front()) {
    case 'a':
      return key == "area" ? &area : nullptr;
    case 'b':
      return key == "bbox" ? &bbox : nullptr;
    case 'c':
      return key == "category_id" ? &category_id : nullptr;
    case 'i':
      return key == "image_id" ? &image_id
             : key == "id"     ? &id
                               : (key == "iscrowd" ? &iscrowd : nullptr);
    case 'k':
      return key == "keypoints" ? &keypoints : nullptr;
    case 'n':
      return key == "num_keypoints" ? &num_keypoints : nullptr;
    case 's':
      return key == "score" ? &score : (key == "segmentation" ? &segmentation : nullptr);
    default:
      return nullptr;
  }
}

inline JsonNode RowValues::need(const RowFields::Field& field, std::string_view key) const {
  if (!field) refuse_missing(key);
  return *field;
}

inline int64_t RowValues::whole(JsonNode node, std::string_view code) const {
  int64_t value = 0;
  if (!node.read(value)) refuse_value(node, code, "a whole number is needed");
  return value;
}

inline double RowValues::number(JsonNode node, std::string_view code) const {
  double value = 0;
  if (!node.read(value)) refuse_value(node, code, "a number is needed");
  return value;
}

inline Box RowValues::box(JsonNode node) const {
  std::array<double, 4> sides = {};
  size_t count = 0;
  if (node.type() == '[') {
    node.each_item([&](JsonNode side) {
      if (count < sides.size()) sides[count] = number(side, defect::kBoxShape);
      return ++count > 0;
    });
  }
  if (count != sides.size()) {
    refuse_value(node, defect::kBoxShape, "a list of 4 numbers is needed");
  }
  return {.left = sides[0], .top = sides[1], .width = sides[2], .height = sides[3]};
}

inline constexpr int64_t kMaxMaskSide = 1 << 15;  // height * width fits 32 bits, as in pycocotools

}  // namespace fovea
