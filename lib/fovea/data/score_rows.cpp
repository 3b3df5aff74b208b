#include "fovea/data/score_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

namespace fovea {
namespace {

constexpr std::string_view kOtherTruth =
    "score against the annotations that the detections were made for";

using Field = RowFields::Field;

/// What a row refers to.
struct References {
  const RowValues& values;
  const ScoreContext& context;

  int32_t image(const Field& field) const {
    const JsonNode node = values.need(field, "image_id");
    if (!values.in_annotations && node.type() == '"') {
      values.refuse(node, {}, "is text, but the ids of images are whole numbers",
                    "`fovea-infer --annotations FILE.json` writes those of the annotations");
    }
    const int64_t id = values.whole(node, defect::kNotWhole);
    const int32_t place = context.images.find(id);
    if (place < 0) {
      values.refuse(node, defect::kDanglingImage, none("image", id), kOtherTruth);
    }
    return place;
  }

  int32_t label(const Field& field) const {
    const JsonNode node = values.need(field, "category_id");
    const int64_t id = values.whole(node, defect::kNotWhole);
    const int32_t place = context.labels.find(id);
    if (place < 0) {
      values.refuse(node, defect::kDanglingCategory, none("category", id), kOtherTruth);
    }
    return place;
  }

 private:
  std::string none(std::string_view what, int64_t id) const {
    std::string problem = fmt::format("there is no {} {}", what, id);
    if (!values.in_annotations) problem += " in " + context.truth.file.string();
    return problem;
  }
};

/// x, y and visibility of each keypoint, after those of the rows before.
void add_keypoints(const RowValues& values, JsonNode node, size_t expected,
                   std::vector<double>& all) {
  size_t count = 0;
  if (node.type() == '[') {
    node.each_item([&](JsonNode item) {
      all.push_back(values.number(item, defect::kKeypoints));
      return ++count > 0;
    });
  }
  if (count != 3 * expected) {
    values.refuse(node, defect::kKeypoints,
                  fmt::format("has {} numbers, but x, y and visibility of {} keypoints are needed",
                              count, expected),
                  "write three numbers for each keypoint");
  }
}

void expect_object(JsonNode entry, std::string_view code) {
  if (entry.type() == '{') return;
  RowValues{entry, !code.empty()}.refuse_value(entry, code, "an object is needed");
}

// ---- masks ----

/// Reads one mask into `counts`.
class MaskReader {
 public:
  MaskReader(const RowValues& values, ImageSize size, std::vector<uint32_t>& counts,
             std::vector<double>& points, PolygonFiller& filler)
      : values_(values), size_(size), counts_(counts), points_(points), filler_(filler) {}

  /// The text of the counts where they are one, which lives as long as the node.
  std::string_view text() const { return text_; }

  void read(JsonNode node) {
    counts_.clear();
    if (node.type() == '{') {
      text_ = values_.runs(node, size_, counts_);
    } else if (node.type() == '[') {
      read_polygons(node);
    } else {
      values_.refuse_value(node, defect::kMaskShape, "polygons or RLE are needed");
    }
  }

  const ImageSize& size() const { return size_; }  ///< of the mask that was read

  void fill(std::span<const double> polygon) {
    const auto runs = filler_.fill(polygon, size_.height, size_.width);
    if (counts_.empty()) {
      counts_.assign(runs.begin(), runs.end());
    } else {
      unite(counts_, runs);
    }
  }

 private:
  void read_polygons(JsonNode node) {
    if (size_.height == 0) {
      values_.refuse(node, defect::kMaskShape, "polygons in an image of unknown size",
                     "give the image's height and width in the annotations");
    }
    bool any = false;
    node.each_item([&](JsonNode polygon) {
      any = true;
      values_.polygon(polygon, points_);
      fill(points_);
      return true;
    });
    if (!any) counts_ = {static_cast<uint32_t>(size_.height * size_.width)};
  }

  const RowValues& values_;
  ImageSize size_;
  std::vector<uint32_t>& counts_;
  std::vector<double>& points_;
  PolygonFiller& filler_;
  std::string_view text_ = {};
};

/// The box around the labelled points and its area, as loadRes takes them.
void set_extent(std::span<const double> keypoints, FoundRow& row) {
  double left = keypoints[0], right = left, top = keypoints[1], bottom = top;
  for (size_t i = 0; i < keypoints.size(); i += 3) {
    left = std::min(left, keypoints[i]);
    right = std::max(right, keypoints[i]);
    top = std::min(top, keypoints[i + 1]);
    bottom = std::max(bottom, keypoints[i + 1]);
  }
  row.area = (right - left) * (bottom - top);
  row.box = {.left = left, .top = top, .width = right - left, .height = bottom - top};
}

bool is_empty_list(JsonNode node) {
  return node.type() == '[' && node.each_item([](JsonNode) { return false; });
}

}  // namespace

void RowWarnings::add(std::string_view code, std::string_view key, std::string_view problem,
                      size_t row) {
  const auto found = std::find_if(counts.begin(), counts.end(),
                                  [code](const Count& count) { return count.code == code; });
  if (found != counts.end()) {
    ++found->times;
  } else {
    counts.push_back({.code = code, .key = key, .problem = problem, .times = 1, .first_row = row});
  }
}

void TruthRowReader::read(JsonNode annotation) {
  expect_object(annotation, defect::kWrongType);
  const RowFields fields(annotation);
  const RowValues values{annotation, true};
  const References refers{values, context_};
  const size_t number = piece_.rows.size();
  ids_.push_back(values.whole(values.need(fields.id, "id"), defect::kNotWhole));
  TruthRow row{.image = refers.image(fields.image_id),
               .label = refers.label(fields.category_id),
               .id_is_zero = ids_.back() == 0};
  if (row.id_is_zero) {
    warnings_.add(defect::kIdZero, "id",
                  "annotation id 0: pycocotools takes its match for a false positive", number);
  }
  row.box = values.box(values.need(fields.bbox, "bbox"));
  if (is_null(fields.iscrowd)) {
    warnings_.add(defect::kNoCrowdFlag, "", "has no `iscrowd`, 0 is taken", number);
  } else if (fields.iscrowd->type() == 't' || fields.iscrowd->type() == 'f') {
    row.crowd = fields.iscrowd->type() == 't';
  } else {
    row.crowd = values.whole(*fields.iscrowd, defect::kWrongType) != 0;
  }
  if (is_null(fields.area)) {
    warnings_.add(defect::kNoArea, "", "has no `area`, the box's is taken", number);
    row.area = row.box.width * row.box.height;
  } else {
    row.area = values.number(*fields.area, defect::kWrongType);
  }
  row.ignored = row.crowd;
  const ImageSize size = context_.truth.image_sizes[static_cast<size_t>(row.image)];
  if (context_.options.iou_type == IouType::segm) {
    MaskReader mask(values, size, counts_, points_, filler_);
    mask.read(values.need(fields.segmentation, "segmentation"));
    piece_.masks.add({mask.size().height, mask.size().width, counts_}, mask.text());
  }
  if (context_.options.iou_type == IouType::keypoints) {
    add_keypoints(values, values.need(fields.keypoints, "keypoints"), context_.options.keypoints,
                  piece_.keypoints);
    const JsonNode labelled = values.need(fields.num_keypoints, "num_keypoints");
    row.ignored = row.ignored || values.whole(labelled, defect::kWrongType) == 0;
  }
  piece_.rows.push_back(row);
}

FoundBasis basis_of(JsonNode first_entry) {
  expect_object(first_entry, {});
  const RowFields fields(first_entry);
  if (fields.bbox && !is_empty_list(*fields.bbox)) return FoundBasis::box;
  if (fields.segmentation) return FoundBasis::mask;
  return fields.keypoints ? FoundBasis::keypoints : FoundBasis::box;
}

void FoundRowReader::read(JsonNode detection) {
  expect_object(detection, {});
  const RowFields fields(detection);
  const RowValues values{detection, false};
  const References refers{values, context_};
  FoundRow row{.image = refers.image(fields.image_id)};
  const IouType type = context_.options.iou_type;
  if (basis_ == FoundBasis::box) {
    row.box = values.box(values.need(fields.bbox, "bbox"));
    row.area = row.box.width * row.box.height;
  }
  row.score = values.number(values.need(fields.score, "score"), {});
  row.label = refers.label(fields.category_id);
  if (type == IouType::segm || basis_ == FoundBasis::mask) {
    const ImageSize size = context_.truth.image_sizes[static_cast<size_t>(row.image)];
    MaskReader mask(values, size, counts_, points_, filler_);
    if (fields.segmentation) {
      mask.read(*fields.segmentation);
    } else if (basis_ != FoundBasis::box) {
      values.need(fields.segmentation, "segmentation");
    } else {
      const Box& box = row.box;
      const std::array<double, 8> corners = {box.left,    box.top,      box.left,    box.bottom(),
                                             box.right(), box.bottom(), box.right(), box.top};
      for (const double corner : corners) {
        if (std::abs(corner) > kMaxCoordinate) {
          values.refuse_value(*fields.bbox, {}, "pixels are needed");
        }
      }
      counts_.clear();
      mask.fill(corners);
    }
    piece_.masks.add({mask.size().height, mask.size().width, counts_}, mask.text());
    if (basis_ == FoundBasis::mask) {
      const MaskColumn::View view = piece_.masks[piece_.rows.size()];
      row.area = view.area;
      const bool has_box = fields.bbox && !is_empty_list(*fields.bbox);
      row.box = has_box ? values.box(*fields.bbox) : view.bounds;
    }
  }
  if (type == IouType::keypoints || basis_ == FoundBasis::keypoints) {
    const size_t before = piece_.keypoints.size();
    add_keypoints(values, values.need(fields.keypoints, "keypoints"), context_.options.keypoints,
                  piece_.keypoints);
    if (basis_ == FoundBasis::keypoints) {
      set_extent(std::span(piece_.keypoints).subspan(before), row);
    }
  }
  piece_.rows.push_back(row);
}

}  // namespace fovea
