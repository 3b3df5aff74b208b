#include "fovea/data/row_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "fovea/data/rle.h"

namespace fovea {
namespace {

constexpr std::string_view kCorrect = "correct the file, or the program that wrote it";

}  // namespace

std::string problem_of(const RowFault& fault) {
  if (!fault.instead_of_value) return fault.problem;
  const std::string raw = raw_json(fault.at);
  const bool is_short = raw.size() <= 60;
  return fmt::format("is {}{}, but {}", is_short ? raw : raw.substr(0, 57), is_short ? "" : "...",
                     fault.problem);
}

bool is_null(const RowFields::Field& field) {
  return !field || field->type() == 'n';
}

void RowValues::refuse(JsonNode at, std::string_view code, std::string problem,
                       std::string_view remedy_in_results) const {
  throw RowFault{.at = at,
                 .code = in_annotations ? code : std::string_view(),
                 .problem = std::move(problem),
                 .remedy = in_annotations ? std::string_view() : remedy_in_results};
}

void RowValues::refuse_value(JsonNode at, std::string_view code, std::string needed) const {
  throw RowFault{.at = at,
                 .code = in_annotations ? code : std::string_view(),
                 .problem = std::move(needed),
                 .remedy = in_annotations ? std::string_view() : kCorrect,
                 .instead_of_value = true};
}

void RowValues::refuse_missing(std::string_view key) const {
  refuse(row, defect::kMissingKey, fmt::format("has no `{}`", key), "add it");
}

void RowValues::polygon(JsonNode node, std::vector<double>& xy) const {
  xy.clear();
  if (node.type() != '[') refuse_value(node, defect::kPolygon, "a list of numbers is needed");
  node.each_item([&](JsonNode item) {
    double x = 0;
    if (!item.read(x)) number(item, defect::kPolygon);  // says what is wrong
    if (std::abs(x) > kMaxCoordinate) {
      refuse_value(item, defect::kPolygon, "coordinates are pixels");
    }
    xy.push_back(x);
    return true;
  });
  if (xy.size() < 6 || xy.size() % 2 != 0) {
    refuse(node, defect::kPolygon, fmt::format("a polygon of {} numbers", xy.size()),
           "write it as [x0, y0, x1, y1, ...]");
  }
}

std::string_view RowValues::runs(JsonNode node, ImageSize& size,
                                 std::vector<uint32_t>& counts) const {
  counts.clear();
  const RowFields::Field stated = node.find("size");
  const RowFields::Field list = node.find("counts");
  if (!stated || !list) {
    refuse(node, defect::kMissingKey, fmt::format("has no `{}`", stated ? "counts" : "size"),
           "add it");
  }
  check_size(*stated, size);
  std::string_view text;
  if (list->read(text)) {
    if (!decode_counts(text, counts)) {
      refuse(*list, defect::kRle, "the text is no compressed RLE", "encode the mask again");
    }
  } else if (list->type() == '[') {
    list->each_item([&](JsonNode item) {
      const int64_t count = whole(item, defect::kRle);
      if (count < 0 || count > std::numeric_limits<uint32_t>::max()) {
        refuse_value(item, defect::kRle, "runs are 0 to 4294967295 pixels");
      }
      counts.push_back(static_cast<uint32_t>(count));
      return true;
    });
  } else {
    refuse_value(*list, defect::kRle, "a text or a list of runs is needed");
  }
  const uint64_t pixels = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
  if (pixels != static_cast<uint64_t>(size.height * size.width)) {
    refuse(*list, defect::kRle,
           fmt::format("the runs cover {} pixels, but the mask has {} x {}", pixels, size.height,
                       size.width),
           "encode the mask again");
  }
  return text;
}

void RowValues::check_size(JsonNode node, ImageSize& size) const {
  std::array<int64_t, 2> sides = {};
  size_t count = 0;
  if (node.type() == '[') {
    node.each_item([&](JsonNode item) {
      if (count < 2) sides[count] = whole(item, defect::kRle);
      return ++count > 0;
    });
  }
  if (count != 2) refuse_value(node, defect::kRle, "[height, width] is needed");
  if (std::min(sides[0], sides[1]) < 1 || std::max(sides[0], sides[1]) > kMaxMaskSide) {
    refuse_value(node, defect::kRle, fmt::format("1 to {} are needed", kMaxMaskSide));
  }
  if (size.height == 0) size = {.height = sides[0], .width = sides[1]};  // the image does not say
  if (sides[0] == size.height && sides[1] == size.width) return;
  refuse(node, defect::kRleSize,
         fmt::format("the mask is {} x {} pixels, its image {} x {} (height x width)", sides[0],
                     sides[1], size.height, size.width),
         "encode it for the image's [height, width]");
}

}  // namespace fovea
