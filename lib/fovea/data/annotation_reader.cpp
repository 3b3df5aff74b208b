#include "fovea/data/annotation_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fovea/data/extent.h"
#include "fovea/data/rle.h"

namespace fovea {

void AnnotationReader::read(JsonNode annotation) {
  findings_.next(annotation);
  if (findings_.stopped()) return;
  try {
    read_row(annotation);
  } catch (const RowFault& fault) {
    columns_.discard();
    findings_.error(fault);
  }
}

void AnnotationReader::read_row(JsonNode annotation) {
  const RowValues values{annotation};
  if (annotation.type() != '{') {
    values.refuse(annotation, defect::kWrongType, "is no object {...}", "");
  }
  const RowFields fields(annotation);
  Row row{.id = values.whole(values.need(fields.id, "id"), defect::kNotWhole)};
  ids_.push_back(row.id);
  id_entries_.push_back(static_cast<uint32_t>(findings_.entry()));

  const JsonNode image = values.need(fields.image_id, "image_id");
  const int64_t image_id = values.whole(image, defect::kNotWhole);
  const int32_t place = context_.images.find(image_id);
  if (place < 0) {
    values.refuse(image, defect::kDanglingImage, fmt::format("there is no image {}", image_id), "");
  }
  const int32_t number = context_.record_of[static_cast<size_t>(place)];
  if (number == AnnotationContext::kPassedOver) return;
  const Record& record = context_.records[static_cast<size_t>(number)];

  const JsonNode category = values.need(fields.category_id, "category_id");
  const int64_t category_id = values.whole(category, defect::kNotWhole);
  row.label = context_.labels.find(category_id);
  if (row.label < 0) {
    values.refuse(category, defect::kDanglingCategory,
                  fmt::format("there is no category {}", category_id), "");
  }
  const JsonNode box = values.need(fields.bbox, "bbox");
  row.box = values.box(box);
  check_box(box, row.box, record);
  row.crowd = crowd_of(fields, values);
  row.area = area_of(fields, values, row.box);
  if (row.id == 0) {
    findings_.warn(defect::kIdZero, *fields.id,
                   "annotation id 0: pycocotools takes its match for a false positive");
  }
  if (!is_null(fields.segmentation)) {
    read_mask(*fields.segmentation, fields, values, row, record);
  }
  if (!is_null(fields.keypoints)) {
    read_keypoints(fields, values, context_.keypoints[static_cast<size_t>(row.label)]);
  }
  columns_.add(row);
  records_.push_back(static_cast<uint32_t>(number));
  entries_.push_back(static_cast<uint32_t>(findings_.entry()));
}

/// Error unless a detector can learn from the box; where the image has no size yet, what lies
/// outside it is not known.
void AnnotationReader::check_box(JsonNode node, const Box& box, const Record& record) {
  const auto size = [&] { return fmt::format("the box is {} x {} pixels", box.width, box.height); };
  const double farthest = std::max({std::abs(box.left), std::abs(box.top), box.width, box.height});
  if (farthest > kMaxCoordinate) {
    throw RowFault{.at = node,
                   .code = defect::kBoxShape,
                   .problem = fmt::format("pixels up to {:g} are needed", kMaxCoordinate),
                   .instead_of_value = true};
  }
  if (box.width <= 0 || box.height <= 0) {
    throw RowFault{.at = node, .code = defect::kBoxEmpty, .problem = size()};
  }
  if (std::min(box.width, box.height) < 1) findings_.warn(defect::kBoxTiny, node, size);
  if (record.width == 0 || record.height == 0) return;  // unknown
  const auto width = static_cast<double>(record.width);
  const auto height = static_cast<double>(record.height);
  const auto where = [&](std::string_view what) {
    return fmt::format("the box {} {} its image of {} x {} pixels", raw_json(node), what,
                       record.width, record.height);
  };
  if (box.right() <= 0 || box.bottom() <= 0 || box.left >= width || box.top >= height) {
    throw RowFault{.at = node, .code = defect::kBoxOutside, .problem = where("lies outside")};
  }
  if (box.left < -1 || box.top < -1 || box.right() > width + 1 || box.bottom() > height + 1) {
    findings_.warn(defect::kBoxReachesOut, node, [&] { return where("reaches out of"); });
  }
}

bool AnnotationReader::crowd_of(const RowFields& fields, const RowValues& values) {
  if (is_null(fields.iscrowd)) {
    findings_.warn(defect::kNoCrowdFlag, values.row, "has no `iscrowd`, 0 is taken");
    return false;
  }
  const JsonNode node = *fields.iscrowd;
  if (node.type() == 't' || node.type() == 'f') return node.type() == 't';
  const int64_t flag = values.whole(node, defect::kWrongType);
  if (flag != 0 && flag != 1) values.refuse_value(node, defect::kWrongType, "0 or 1 is needed");
  return flag != 0;
}

double AnnotationReader::area_of(const RowFields& fields, const RowValues& values, const Box& box) {
  const double box_area = box.width * box.height;
  if (is_null(fields.area)) {
    findings_.warn(defect::kNoArea, values.row, "has no `area`, the box's is taken");
    return box_area;
  }
  const double area = values.number(*fields.area, defect::kWrongType);
  if (checking_ && area > 1.01 * box_area + 1) {
    findings_.warn(defect::kAreaAboveBox, *fields.area, [&] {
      return fmt::format("is {}, but the box has {} square pixels", area, box_area);
    });
  }
  return area;
}

void AnnotationReader::read_mask(JsonNode node, const RowFields& fields, const RowValues& values,
                                 const Row& row, const Record& record) {
  if (node.type() == '{') {
    ImageSize size = {.height = record.height, .width = record.width};
    values.runs(node, size, counts_);
    if (context_.keeps_masks) columns_.runs(size.height, size.width, counts_);
    if (checking_) {
      check_mask(node, *fields.bbox, bounds_of({size.height, size.width, counts_}), row.box);
    }
    return;
  }
  if (node.type() != '[') {
    values.refuse_value(node, defect::kMaskShape, "polygons or RLE are needed");
  }
  Extent extent;
  bool any = false;
  node.each_item([&](JsonNode polygon) {
    double number = 0;
    if (polygon.read(number)) {
      values.refuse(node, defect::kMaskShape, "is a flat list of numbers", "");
    }
    values.polygon(polygon, numbers_);
    if (context_.keeps_masks) columns_.polygon(numbers_);
    if (checking_) extent.add(numbers_);
    return any = true;
  });
  if (!any) return;
  if (row.crowd) findings_.warn(defect::kCrowdPolygon, node, "a crowd given as polygons");
  if (checking_) check_mask(node, *fields.bbox, extent.box(), row.box);
}

void AnnotationReader::check_mask(JsonNode node, JsonNode box_node, const Box& mask,
                                  const Box& box) {
  constexpr double kApart = 2;
  const double apart =
      std::max({std::abs(mask.left - box.left), std::abs(mask.top - box.top),
                std::abs(mask.right() - box.right()), std::abs(mask.bottom() - box.bottom())});
  if (apart <= kApart) return;
  findings_.warn(defect::kMaskBesideBox, node, [&] {
    return fmt::format(
        "reaches from ({:g}, {:g}) to ({:g}, {:g}), its box {} up to {:g} pixels elsewhere",
        mask.left, mask.top, mask.right(), mask.bottom(), raw_json(box_node), apart);
  });
}

void AnnotationReader::read_keypoints(const RowFields& fields, const RowValues& values,
                                      std::optional<size_t> expected) {
  const JsonNode node = *fields.keypoints;
  numbers_.clear();
  int64_t labelled = 0;
  bool is_list = node.type() == '[';
  size_t count = 0;
  if (is_list) {
    node.each_item([&](JsonNode) { return ++count > 0; });
    is_list = count % 3 == 0;
  }
  if (!is_list || (expected && count != 3 * *expected)) {
    values.refuse(node, defect::kKeypoints,
                  expected ? fmt::format("{} numbers, but the category has {} keypoints of 3 each",
                                         node.type() == '[' ? count : 1, *expected)
                           : "is no list of x, y, visibility",
                  "");
  }
  node.each_item([&](JsonNode item) {
    if (numbers_.size() % 3 != 2) {
      numbers_.push_back(values.number(item, defect::kKeypoints));
      return true;
    }
    const int64_t visibility = values.whole(item, defect::kVisibility);
    if (visibility < 0 || visibility > 2) {
      values.refuse_value(item, defect::kVisibility, "0, 1 or 2 is needed");
    }
    labelled += visibility > 0 ? 1 : 0;
    numbers_.push_back(static_cast<double>(visibility));
    return true;
  });
  if (count == 0) return;
  columns_.keypoints(numbers_);
  int64_t stated = 0;
  if (!checking_ || !fields.num_keypoints || !fields.num_keypoints->read(stated)) return;
  if (stated == labelled) return;
  findings_.warn(defect::kKeypointCount, *fields.num_keypoints, [&] {
    return fmt::format("is {}, but {} keypoints are labelled", stated, labelled);
  });
}

}  // namespace fovea
