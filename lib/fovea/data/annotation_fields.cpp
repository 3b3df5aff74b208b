#include "fovea/data/annotation_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <utility>

#include "fovea/data/rle.h"

namespace fovea {
namespace {

using Kind = JsonValue::Kind;

/// "is 3.5", or "is text" where it is long.
std::string shown(const JsonValue& value) {
  const std::string raw = value.raw();
  return raw.size() <= 60 ? "is " + raw : "is " + raw.substr(0, 57) + "...";
}

int64_t whole(Findings& findings, const JsonValue& value, std::string_view code) {
  if (!value.is_whole()) {
    findings.error(value, code, shown(value) + ", but a whole number is needed");
  }
  return value.integer();
}

double number(Findings& findings, const JsonValue& value, std::string_view code) {
  if (!value.is(Kind::number))
    findings.error(value, code, shown(value) + ", but a number is needed");
  return value.number();
}

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

}  // namespace

JsonValue need(Findings& findings, const JsonValue& object, std::string_view key) {
  const auto value = object.find(key);
  if (!value) findings.error(object, defect::kMissingKey, fmt::format("has no `{}`", key));
  return *value;
}

int64_t id_of(Findings& findings, const JsonValue& object, std::string_view key) {
  return whole(findings, need(findings, object, key), defect::kNotWhole);
}

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

std::string_view text_of(Findings& findings, const JsonValue& value) {
  if (!value.is(Kind::text)) {
    findings.error(value, defect::kWrongType, shown(value) + ", but text is needed");
  }
  return value.text();
}

}  // namespace fovea
