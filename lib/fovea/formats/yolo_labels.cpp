#include "fovea/formats/yolo_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include "fovea/core/files.h"
#include "fovea/data/extent.h"
#include "fovea/data/mask_outline.h"
#include "fovea/data/rle.h"
#include "fovea/formats/text.h"

namespace fovea {
namespace {

using Polygon = std::vector<double>;  // x0, y0, x1, y1, ...

bool is_same_corner(const Polygon& polygon, size_t i, size_t j) {
  return polygon[2 * i] == polygon[2 * j] && polygon[2 * i + 1] == polygon[2 * j + 1];
}

/// Whether a point lies inside a polygon, by the even-odd rule.
bool is_inside(double x, double y, const Polygon& polygon) {
  bool inside = false;
  const size_t corners = polygon.size() / 2;
  for (size_t i = 0, j = corners - 1; i < corners; j = i++) {
    const double xi = polygon[2 * i], yi = polygon[2 * i + 1];
    const double xj = polygon[2 * j], yj = polygon[2 * j + 1];
    if ((yi > y) != (yj > y) && x < xi + (xj - xi) * (y - yi) / (yj - yi)) inside = !inside;
  }
  return inside;
}

/// A star: the first part and back to its first corner a, then for each other part its corners,
/// back to its own first corner, and back to a (which closing the polygon does for the last).
Polygon joined(const std::vector<Polygon>& parts) {
  if (parts.size() == 1) return parts[0];
  Polygon all;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 1) all.insert(all.end(), parts[0].begin(), parts[0].begin() + 2);
    all.insert(all.end(), parts[i].begin(), parts[i].end());
    all.insert(all.end(), parts[i].begin(), parts[i].begin() + 2);
  }
  return all;
}

/// Without a last corner that only repeats the first.
Polygon opened(Polygon polygon) {
  const size_t corners = polygon.size() / 2;
  if (corners > 3 && is_same_corner(polygon, 0, corners - 1)) polygon.resize(2 * corners - 2);
  return polygon;
}

/// The corners from `first` to before `last`.
Polygon corners_of(const Polygon& polygon, size_t first, size_t last) {
  return {polygon.begin() + static_cast<std::ptrdiff_t>(2 * first),
          polygon.begin() + static_cast<std::ptrdiff_t>(2 * last)};
}

/// The place after `first` where its corner comes again; nothing when it does not.
std::optional<size_t> next_same(const Polygon& polygon, size_t first) {
  for (size_t i = first + 1; i < polygon.size() / 2; ++i) {
    if (is_same_corner(polygon, first, i)) return i;
  }
  return {};
}

/// Whether no part begins inside another, where it would be a hole.
bool lie_apart(const std::vector<Polygon>& parts) {
  for (const Polygon& part : parts) {
    for (const Polygon& other : parts) {
      if (&part != &other && is_inside(part[0], part[1], other)) return false;
    }
  }
  return true;
}

/// What `joined` was made of; the polygon alone when it is no such star.
std::vector<Polygon> parts_of(Polygon polygon) {
  const size_t corners = polygon.size() / 2;
  std::vector<Polygon> parts;
  for (size_t first = 0; first < corners;) {
    constexpr size_t kMostParts = 100;
    const std::optional<size_t> end = next_same(polygon, first);
    if (!end || *end - first < 3 || parts.size() == kMostParts) return {std::move(polygon)};
    parts.push_back(corners_of(polygon, first, *end));
    first = *end + 1;
    if (parts.size() == 1 || first >= corners) continue;
    if (!is_same_corner(polygon, 0, first)) return {std::move(polygon)};
    ++first;
    if (first == corners) return {std::move(polygon)};
  }
  if (parts.size() < 2 || !lie_apart(parts)) return {std::move(polygon)};
  return parts;
}

// ---- reading ----

struct Line {
  std::string_view text;
  const fs::path& file;
  int64_t number;
  [[noreturn]] void fail(std::string_view problem, std::string_view remedy) const {
    fovea::fail(file, fmt::format("{}", number), problem, remedy);
  }
};

int64_t label_in(const Line& line, std::string_view word, int64_t classes) {
  const std::optional<int64_t> label = whole_number_of(word);
  if (!label || *label < 0) {
    line.fail(fmt::format("`{}` is no class number", shortened(word)),
              "begin the line with a whole number from 0 on");
  }
  if (*label >= classes) {
    line.fail(fmt::format("class {} is beyond the {} that data.yaml names", *label, classes),
              classes > 0 ? fmt::format("use 0 to {}, or name the class", classes - 1)
                          : std::string("name the class"));
  }
  return *label;
}

double fraction_in(const Line& line, std::string_view word) {
  const std::optional<double> number = number_of(word);
  if (!number) line.fail(fmt::format("`{}` is no number", shortened(word)), "correct it");
  if (*number < -kYoloSlack || *number > 1 + kYoloSlack) {
    line.fail(fmt::format("{} is not between 0 and 1", shortened(word)),
              "divide x by the picture's width and y by its height");
  }
  return *number;
}

/// What follows the box of a line: x y, or x y visibility.
std::vector<Keypoint> keypoints_in(const Line& line, const std::vector<std::string_view>& words,
                                   const YoloPicture& picture) {
  std::vector<Keypoint> keypoints;
  for (size_t at = 5; at < words.size(); at += static_cast<size_t>(picture.keypoint_numbers)) {
    Keypoint point{.x = fraction_in(line, words[at]) * static_cast<double>(picture.width),
                   .y = fraction_in(line, words[at + 1]) * static_cast<double>(picture.height)};
    if (picture.keypoint_numbers == 3) {
      const std::optional<int64_t> visibility = whole_number_of(words[at + 2]);
      if (!visibility || *visibility < 0 || *visibility > 2) {
        line.fail(fmt::format("`{}` is no visibility", shortened(words[at + 2])),
                  "use 0 (not labelled), 1 (hidden) or 2 (visible)");
      }
      point.visibility = *visibility;
    } else {
      point.visibility = point.x != 0 || point.y != 0 ? 2 : 0;
    }
    keypoints.push_back(point);
  }
  return keypoints;
}

Instance parse_line(const Line& line, const YoloPicture& picture) {
  std::vector<std::string_view> words = words_of(line.text);
  Instance instance{.label = label_in(line, words[0], picture.classes)};
  if (picture.keypoints > 0) {
    const auto needed = static_cast<size_t>(5 + picture.keypoints * picture.keypoint_numbers);
    if (words.size() != needed) {
      line.fail(fmt::format("{} columns", words.size()),
                fmt::format("write {}: class, box and the keypoints of kpt_shape", needed));
    }
    instance.keypoints = keypoints_in(line, words, picture);
    words.resize(5);
  }
  const size_t numbers = words.size() - 1;
  if (numbers != 4 && (numbers < 6 || numbers % 2 != 0)) {
    line.fail(fmt::format("{} columns", words.size()),
              "write 5 for a box (class x y width height), or class and at least 3 corners");
  }
  const auto width = static_cast<double>(picture.width);
  const auto height = static_cast<double>(picture.height);
  Polygon values;
  for (size_t i = 1; i < words.size(); ++i) {
    values.push_back(fraction_in(line, words[i]) * (i % 2 == 1 ? width : height));
  }
  if (numbers == 4) {
    instance.box = {.left = values[0] - values[2] / 2,
                    .top = values[1] - values[3] / 2,
                    .width = values[2],
                    .height = values[3]};
  } else {
    instance.segmentation.polygons = parts_of(std::move(values));
    instance.box = extent_of(instance.segmentation.polygons);
  }
  expect_sound_box(instance.box, picture.height, picture.width, line.file,
                   fmt::format("{}", line.number));
  return instance;
}

// ---- writing ----

Polygon corners_of(const Box& box) {
  return {box.left,    box.top,      box.right(), box.top,
          box.right(), box.bottom(), box.left,    box.bottom()};
}

/// Corners moved to the nearest place inside the picture; nothing when no area is left.
std::vector<Polygon> clipped(std::vector<Polygon> polygons, const Record& record) {
  for (Polygon& polygon : polygons) {
    for (size_t i = 0; i < polygon.size(); ++i) {
      polygon[i] = std::clamp(polygon[i], 0.0,
                              static_cast<double>(i % 2 == 0 ? record.width : record.height));
    }
  }
  const Box around = extent_of(polygons);
  if (around.width <= 0 || around.height <= 0) return {};
  return polygons;
}

/// The polygons of a mask; of RLE the edges of its parts and of their holes.
std::vector<Polygon> polygons_of(const Segmentation& mask, Losses& lost) {
  if (!mask.rle) return mask.polygons;
  lost.add(Loss::runs);
  return edges_of(pixels_of(*mask.rle));
}

/// Whether the joined outline is read again as the same mask.
bool keeps_pixels(const Polygon& one, const std::vector<Polygon>& polygons,
                  const Segmentation& mask, const Record& record) {
  const std::vector<Polygon> again = parts_of(one);
  if (!mask.rle && again.size() == polygons.size()) return true;
  const Rle before =
      mask.rle ? runs_of(pixels_of(*mask.rle)) : rle_of(polygons, record.height, record.width);
  return before.counts == rle_of(again, record.height, record.width).counts;
}

bool is_same_box(const Box& a, const Box& b) {
  constexpr double kSame = 1e-6;  // pixels
  return std::abs(a.left - b.left) <= kSame && std::abs(a.top - b.top) <= kSame &&
         std::abs(a.right() - b.right()) <= kSame && std::abs(a.bottom() - b.bottom()) <= kSame;
}

void append(std::string& text, int64_t label, const Polygon& numbers, const Record& record) {
  text += fmt::format("{}", label);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const auto side = static_cast<double>(i % 2 == 0 ? record.width : record.height);
    text += fmt::format(" {}", numbers[i] / side);
  }
  text += '\n';
}

void append_box(std::string& text, const Instance& instance, const Record& record, Losses& lost) {
  const std::optional<Box> box = clipped_to(record, instance.box, lost);
  if (!box) return;
  if (!instance.segmentation.empty()) lost.add(Loss::masks);
  append(text, instance.label,
         {box->left + box->width / 2, box->top + box->height / 2, box->width, box->height}, record);
}

void append_outline(std::string& text, const Instance& instance, const Record& record,
                    Losses& lost) {
  std::vector<Polygon> polygons = polygons_of(instance.segmentation, lost);
  const bool has_outline = !polygons.empty();
  if (!has_outline) polygons = {corners_of(instance.box)};
  const Box whole = extent_of(polygons);
  polygons = clipped(std::move(polygons), record);
  if (polygons.empty()) return lost.add(Loss::outside);
  if (reaches_out(record, whole)) lost.add(Loss::clipped);
  if (instance.segmentation.empty()) lost.add(Loss::missing_masks);
  const Box around = extent_of(polygons);
  if (has_outline && !is_same_box(around, instance.box)) lost.add(Loss::boxes_beside_masks);
  if (polygons.size() > 1) {
    std::transform(polygons.begin(), polygons.end(), polygons.begin(), opened);
  }
  const Polygon one = joined(polygons);
  if (polygons.size() > 1 && !keeps_pixels(one, polygons, instance.segmentation, record)) {
    lost.add(Loss::joined_parts);
  }
  append(text, instance.label, one, record);
}

}  // namespace

std::vector<Instance> parse_yolo_labels(std::string_view text, const fs::path& file,
                                        const YoloPicture& picture, Passed& passed) {
  std::vector<Instance> instances;
  int64_t number = 0;
  for (const std::string_view line : lines_of(expect_text(text, file))) {
    ++number;
    if (trimmed(line).empty()) continue;
    passed.entry([&] {
      instances.push_back(parse_line({.text = line, .file = file, .number = number}, picture));
    });
  }
  return instances;
}

std::string yolo_labels_text(const Record& record, YoloLines lines, Losses& lost) {
  std::string text;
  for (const Instance instance : record.instances) {
    if (instance.crowd) {
      lost.add(Loss::crowds);
      continue;
    }
    if (!instance.keypoints.empty()) lost.add(Loss::keypoints);
    if (lines == YoloLines::boxes) {
      append_box(text, instance, record, lost);
    } else {
      append_outline(text, instance, record, lost);
    }
  }
  return text;
}

}  // namespace fovea
