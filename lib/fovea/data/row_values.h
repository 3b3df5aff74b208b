// The values of one annotation or detection, for all who read them: to train, to check and to
// score.
#pragma once

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
  void check_size(JsonNode node, ImageSize& size) const;
};

inline constexpr int64_t kMaxMaskSide = 1 << 15;  // height * width fits 32 bits, as in pycocotools

}  // namespace fovea
