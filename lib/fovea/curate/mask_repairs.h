// The mask of an annotation, as far as it can be read, and what can be repaired in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/core/json_node.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// What an annotation says of its mask.
struct MaskFacts {
  bool is_there = false;               // a `segmentation` that is not null and not empty
  bool is_flat = false;                // one polygon without the brackets of the list of polygons
  std::vector<size_t> too_short = {};  // places of polygons of fewer than 6 numbers
  std::optional<JsonNode> value = {};  // of `segmentation`
  Segmentation mask = {};              // without those; empty where it cannot be read
  int64_t height = 0;                  // pixels of the image; 0: unknown
  int64_t width = 0;
  std::optional<Box> extent = {};  // around what was read, if it has a width and a height
};

MaskFacts mask_facts(JsonNode annotation, int64_t height, int64_t width);
MaskFacts mask_of_runs(Rle runs);

/// Square pixels of what was read; nothing where the image's size is unknown or no pixel is on.
std::optional<double> area_of(const MaskFacts& facts);

struct MaskRepair {
  std::string_view code = {};
  std::string json = {};  // the new `segmentation`; empty: nothing was to be done
  std::string why = {};
};

/// A flat list becomes a list of one polygon; polygons of fewer than 3 points go where others
/// remain. `text` is the `segmentation` as it stands.
MaskRepair repaired_mask(const MaskFacts& facts, std::string_view text);

/// The polygons as runs; nothing where the image's size is unknown or no pixel is on.
std::optional<Rle> runs_of(const MaskFacts& facts);
/// {"size": ..., "counts": ...}.
std::string json_of(const Rle& runs);

}  // namespace fovea
