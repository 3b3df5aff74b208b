#include "fovea/curate/mask_repairs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "fovea/core/json_text.h"
#include "fovea/data/defects.h"
#include "fovea/data/extent.h"
#include "fovea/data/rle.h"
#include "fovea/data/row_values.h"

namespace fovea {
namespace {

/// The numbers of a list; nothing when it holds anything else, or what no image can.
std::optional<std::vector<double>> numbers_of(JsonNode list) {
  std::vector<double> numbers;
  const bool whole = list.type() == '[' && list.each_item([&](JsonNode item) {
    return item.read(numbers.emplace_back()) && std::abs(numbers.back()) <= kMaxCoordinate;
  });
  if (!whole) return {};
  return numbers;
}

size_t size_of(JsonNode list) {
  size_t count = 0;
  list.each_item([&count](JsonNode) { return ++count > 0; });
  return count;
}

bool is_polygon(const std::vector<double>& numbers) {
  return numbers.size() >= 6 && numbers.size() % 2 == 0;
}

/// Fills in `mask` and what is wrong with it. An empty mask: it cannot be read.
void read_polygons(JsonNode list, MaskFacts& facts) {
  facts.is_there = size_of(list) > 0;
  if (const auto flat = numbers_of(list)) {
    facts.is_flat = is_polygon(*flat);
    if (facts.is_flat) facts.mask.polygons.push_back(*flat);
    return;
  }
  size_t index = 0;
  const bool whole = list.each_item([&](JsonNode item) {
    auto numbers = numbers_of(item);
    if (!numbers) return false;
    if (is_polygon(*numbers)) {
      facts.mask.polygons.push_back(std::move(*numbers));
    } else if (numbers->size() < 6) {
      facts.too_short.push_back(index);
    } else {
      return false;  // an odd number: one is missing, and nobody knows which
    }
    ++index;
    return true;
  });
  if (!whole) facts.mask = {};
}

std::optional<Rle> runs_in(JsonNode value, int64_t height, int64_t width) try {
  Rle rle{.height = height, .width = width};
  ImageSize size{.height = height, .width = width};
  RowValues{value}.runs(value, size, rle.counts);
  return rle;
} catch (const RowFault&) {
  return {};
}

}  // namespace

MaskFacts mask_facts(JsonNode annotation, int64_t height, int64_t width) {
  MaskFacts facts{.height = std::min(height, width) > 0 && std::max(height, width) <= kMaxMaskSide
                                ? height
                                : 0};
  facts.width = facts.height > 0 ? width : 0;
  facts.value = annotation.find("segmentation");
  if (!facts.value || facts.value->type() == 'n') return facts;
  facts.is_there = true;
  if (facts.value->type() == '{' && facts.height > 0) {
    facts.mask.rle = runs_in(*facts.value, height, width);
  } else if (facts.value->type() == '[') {
    read_polygons(*facts.value, facts);
  }
  if (facts.mask.empty()) return facts;
  const Box extent = facts.mask.rle ? bounds_of(*facts.mask.rle) : extent_of(facts.mask.polygons);
  if (extent.width > 0 && extent.height > 0) facts.extent = extent;
  return facts;
}

MaskFacts mask_of_runs(Rle runs) {
  MaskFacts facts{.is_there = true, .height = runs.height, .width = runs.width};
  const Box extent = bounds_of(runs);
  if (extent.width > 0 && extent.height > 0) facts.extent = extent;
  facts.mask.rle = std::move(runs);
  return facts;
}

std::optional<double> area_of(const MaskFacts& facts) {
  if (facts.height == 0 || facts.mask.empty()) return {};
  const int64_t pixels = area_of(runs_of(facts.mask, facts.height, facts.width));
  if (pixels == 0) return {};
  return static_cast<double>(pixels);
}

MaskRepair repaired_mask(const MaskFacts& facts, std::string_view text) {
  if (facts.is_flat) {
    return {.code = defect::kMaskShape,
            .json = fmt::format("[{}]", text),
            .why = "one polygon, put into the list of polygons"};
  }
  if (facts.too_short.empty() || facts.mask.polygons.empty()) return {};
  const std::vector<std::string_view> polygons = items_of(text).value();
  std::vector<std::string_view> kept;
  for (size_t i = 0; i < polygons.size(); ++i) {
    const auto& dropped = facts.too_short;
    if (!std::binary_search(dropped.begin(), dropped.end(), i)) kept.push_back(polygons[i]);
  }
  return {.code = defect::kPolygon,
          .json = fmt::format("[{}]", fmt::join(kept, ", ")),
          .why = fmt::format("without {} of {} polygons, of fewer than 3 points",
                             facts.too_short.size(), polygons.size())};
}

std::optional<Rle> runs_of(const MaskFacts& facts) {
  if (facts.height == 0 || facts.mask.polygons.empty()) return {};
  Rle runs = rle_of(facts.mask.polygons, facts.height, facts.width);
  if (area_of(runs) == 0) return {};
  return runs;
}

std::string json_of(const Rle& runs) {
  return fmt::format(R"({{"size": [{}, {}], "counts": [{}]}})", runs.height, runs.width,
                     fmt::join(runs.counts, ", "));
}

}  // namespace fovea
