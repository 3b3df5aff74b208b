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

constexpr std::string_view kCorrect = "correct the file, or the program that wrote it";
constexpr std::string_view kOtherTruth =
    "score against the annotations that the detections were made for";

using Field = std::optional<JsonNode>;

/// The fields that scoring may need; of a key given twice the last one counts, as in Python.
struct Fields {
  explicit Fields(JsonNode object) {
    object.each_field([this](std::string_view key, JsonNode value) {
      if (Field* field = place_of(key)) *field = value;
      return true;
    });
  }

  Field id, image_id, category_id, bbox, area, iscrowd, score, segmentation, keypoints,
      num_keypoints;

 private:
  Field* place_of(std::string_view key) {
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
};

/// Reads values of one row; a fault names the code of what is wrong, in annotation files.
struct Values {
  JsonNode row;
  bool in_truth;

  std::string_view code(std::string_view of_truth) const {
    return in_truth ? of_truth : std::string_view();
  }
  [[noreturn]] void refuse(JsonNode at, std::string_view of_truth, std::string problem,
                           std::string_view remedy) const {
    throw RowFault{.at = at,
                   .code = code(of_truth),
                   .problem = std::move(problem),
                   .remedy = in_truth ? std::string_view() : remedy};
  }
  [[noreturn]] void refuse_value(JsonNode at, std::string_view of_truth, std::string needed) const {
    throw RowFault{.at = at,
                   .code = code(of_truth),
                   .problem = std::move(needed),
                   .remedy = in_truth ? std::string_view() : kCorrect,
                   .instead_of_value = true};
  }

  JsonNode need(const Field& field, std::string_view key) const {
    if (!field) refuse(row, defect::kMissingKey, fmt::format("has no `{}`", key), "add it");
    return *field;
  }
  int64_t whole(JsonNode node, std::string_view of_truth) const {
    int64_t value = 0;
    if (!node.read(value)) refuse_value(node, of_truth, "a whole number is needed");
    return value;
  }
  double number(JsonNode node, std::string_view of_truth) const {
    double value = 0;
    if (!node.read(value)) refuse_value(node, of_truth, "a number is needed");
    return value;
  }

  Box box(JsonNode node) const {
    std::array<double, 4> sides = {};
    size_t count = 0;
    if (node.type() == '[') {
      node.each_item([&](JsonNode side) {
        if (count < sides.size()) sides[count] = number(side, defect::kBoxShape);
        return ++count > 0;
      });
    }
    if (count != sides.size()) {
      refuse(node, defect::kBoxShape, "is no list of 4 numbers",
             "write it as [left, top, width, height]");
    }
    return {.left = sides[0], .top = sides[1], .width = sides[2], .height = sides[3]};
  }

  int32_t image(const Field& field, const ScoreContext& context) const {
    const JsonNode node = need(field, "image_id");
    if (!in_truth && node.type() == '"') {
      refuse(node, {}, "is text, but the ids of images are whole numbers",
             "`fovea-infer --annotations FILE.json` writes those of the annotations");
    }
    const int64_t id = whole(node, defect::kNotWhole);
    const int32_t place = context.images.find(id);
    if (place < 0) {
      refuse(node, defect::kDanglingImage,
             in_truth ? fmt::format("there is no image {}", id)
                      : fmt::format("there is no image {} in {}", id, context.truth.file.string()),
             kOtherTruth);
    }
    return place;
  }

  int32_t label(const Field& field, const ScoreContext& context) const {
    const JsonNode node = need(field, "category_id");
    const int64_t id = whole(node, defect::kNotWhole);
    const int32_t place = context.labels.find(id);
    if (place < 0) {
      refuse(node, defect::kDanglingCategory,
             in_truth
                 ? fmt::format("there is no category {}", id)
                 : fmt::format("there is no category {} in {}", id, context.truth.file.string()),
             kOtherTruth);
    }
    return place;
  }

  /// x, y and visibility of each keypoint, after those of the rows before.
  void keypoints(JsonNode node, size_t expected, std::vector<double>& all) const {
    size_t count = 0;
    if (node.type() == '[') {
      node.each_item([&](JsonNode item) {
        all.push_back(number(item, defect::kKeypoints));
        return ++count > 0;
      });
    }
    if (count != 3 * expected) {
      refuse(node, defect::kKeypoints,
             fmt::format("has {} numbers, but x, y and visibility of {} keypoints are needed",
                         count, expected),
             "write three numbers for each keypoint");
    }
  }
};

// ---- masks ----

/// Reads one mask into `counts`.
class MaskReader {
 public:
  MaskReader(const Values& values, ImageSize size, std::vector<uint32_t>& counts,
             std::vector<double>& points, PolygonFiller& filler)
      : values_(values), size_(size), counts_(counts), points_(points), filler_(filler) {}

  /// The text of the counts where they are one, which lives as long as the node.
  std::string_view text() const { return text_; }

  void read(JsonNode node) {
    counts_.clear();
    if (node.type() == '{') {
      read_runs(node);
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
  void read_runs(JsonNode node) {
    Field size, counts;
    node.each_field([&](std::string_view key, JsonNode value) {
      if (key == "size") size = value;
      if (key == "counts") counts = value;
      return true;
    });
    if (!size || !counts) {
      values_.refuse(node, defect::kMissingKey,
                     fmt::format("has no `{}`", size ? "counts" : "size"), "add it");
    }
    check_size(*size);
    if (counts->read(text_)) {
      if (!decode_counts(text_, counts_)) {
        values_.refuse(*counts, defect::kRle, "the text is no compressed RLE",
                       "encode the mask again");
      }
    } else if (counts->type() == '[') {
      counts->each_item([this](JsonNode item) {
        const int64_t count = values_.whole(item, defect::kRle);
        if (count < 0 || count > std::numeric_limits<uint32_t>::max()) {
          values_.refuse_value(item, defect::kRle, "runs are 0 to 4294967295 pixels");
        }
        counts_.push_back(static_cast<uint32_t>(count));
        return true;
      });
    } else {
      values_.refuse_value(*counts, defect::kRle, "a text or a list of runs is needed");
    }
    const uint64_t pixels = std::accumulate(counts_.begin(), counts_.end(), uint64_t{0});
    if (pixels != static_cast<uint64_t>(size_.height * size_.width)) {
      values_.refuse(*counts, defect::kRle,
                     fmt::format("the runs cover {} pixels, but the mask has {} x {}", pixels,
                                 size_.height, size_.width),
                     "encode the mask again");
    }
  }

  void check_size(JsonNode node) {
    std::array<int64_t, 2> sides = {};
    size_t count = 0;
    if (node.type() == '[') {
      node.each_item([&](JsonNode item) {
        if (count < 2) sides[count] = values_.whole(item, defect::kRle);
        return ++count > 0;
      });
    }
    if (count != 2) {
      values_.refuse_value(node, defect::kRle, "[height, width] is needed");
    }
    if (size_.height == 0) {  // the image does not say
      if (std::min(sides[0], sides[1]) < 1 || std::max(sides[0], sides[1]) > kMaxMaskSide) {
        values_.refuse_value(node, defect::kRle, fmt::format("1 to {} are needed", kMaxMaskSide));
      }
      size_ = {.height = sides[0], .width = sides[1]};
    }
    if (sides[0] == size_.height && sides[1] == size_.width) return;
    values_.refuse(node, defect::kRleSize,
                   fmt::format("the mask is {} x {} pixels, its image {} x {} (height x width)",
                               sides[0], sides[1], size_.height, size_.width),
                   "encode it for the image's [height, width]");
  }

  void read_polygons(JsonNode node) {
    if (size_.height == 0) {
      values_.refuse(node, defect::kMaskShape, "polygons in an image of unknown size",
                     "give the image's height and width in the annotations");
    }
    bool any = false;
    node.each_item([&](JsonNode polygon) {
      any = true;
      points_.clear();
      if (polygon.type() != '[') {
        values_.refuse_value(polygon, defect::kPolygon, "a list of numbers is needed");
      }
      polygon.each_item([&](JsonNode item) {
        points_.push_back(values_.number(item, defect::kPolygon));
        if (std::abs(points_.back()) > kMaxCoordinate) {
          values_.refuse_value(item, defect::kPolygon, "coordinates are pixels");
        }
        return true;
      });
      if (points_.size() < 6 || points_.size() % 2 != 0) {
        values_.refuse(polygon, defect::kPolygon,
                       fmt::format("a polygon of {} numbers", points_.size()),
                       "write it as [x0, y0, x1, y1, ...]");
      }
      fill(points_);
      return true;
    });
    if (!any) counts_ = {static_cast<uint32_t>(size_.height * size_.width)};
  }

  const Values& values_;
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
  const Fields fields(annotation);
  const Values values{annotation, true};
  const size_t number = piece_.rows.size();
  ids_.push_back(values.whole(values.need(fields.id, "id"), defect::kNotWhole));
  TruthRow row{.image = values.image(fields.image_id, context_),
               .label = values.label(fields.category_id, context_),
               .id_is_zero = ids_.back() == 0};
  if (row.id_is_zero) {
    warnings_.add(defect::kIdZero, "id",
                  "annotation id 0: pycocotools takes its match for a false positive", number);
  }
  row.box = values.box(values.need(fields.bbox, "bbox"));
  if (!fields.iscrowd || fields.iscrowd->type() == 'n') {
    warnings_.add(defect::kNoCrowdFlag, "", "has no `iscrowd`, 0 is taken", number);
  } else if (fields.iscrowd->type() == 't' || fields.iscrowd->type() == 'f') {
    row.crowd = fields.iscrowd->type() == 't';
  } else {
    row.crowd = values.whole(*fields.iscrowd, defect::kWrongType) != 0;
  }
  if (!fields.area || fields.area->type() == 'n') {
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
    values.keypoints(values.need(fields.keypoints, "keypoints"), context_.options.keypoints,
                     piece_.keypoints);
    const JsonNode labelled = values.need(fields.num_keypoints, "num_keypoints");
    row.ignored = row.ignored || values.whole(labelled, defect::kWrongType) == 0;
  }
  piece_.rows.push_back(row);
}

FoundBasis basis_of(JsonNode first_entry) {
  const Fields fields(first_entry);
  if (fields.bbox && !is_empty_list(*fields.bbox)) return FoundBasis::box;
  if (fields.segmentation) return FoundBasis::mask;
  return fields.keypoints ? FoundBasis::keypoints : FoundBasis::box;
}

void FoundRowReader::read(JsonNode detection) {
  const Fields fields(detection);
  const Values values{detection, false};
  FoundRow row{.image = values.image(fields.image_id, context_)};
  const IouType type = context_.options.iou_type;
  if (basis_ == FoundBasis::box) {
    row.box = values.box(values.need(fields.bbox, "bbox"));
    row.area = row.box.width * row.box.height;
  }
  row.score = values.number(values.need(fields.score, "score"), {});
  row.label = values.label(fields.category_id, context_);
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
    values.keypoints(values.need(fields.keypoints, "keypoints"), context_.options.keypoints,
                     piece_.keypoints);
    if (basis_ == FoundBasis::keypoints) {
      set_extent(std::span(piece_.keypoints).subspan(before), row);
    }
  }
  piece_.rows.push_back(row);
}

}  // namespace fovea
