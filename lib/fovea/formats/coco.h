// COCO's own layout: annotations/instances_SPLIT.json and the pictures in SPLIT/. Reading goes
// through data/coco.h, whose checks hold here too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fovea/formats/splits.h"
#include "fovea/formats/writing.h"

namespace fovea {

/// What a COCO file says beyond what a Dataset holds: keys with their values as JSON.
struct CocoExtras {
  using Fields = std::vector<std::pair<std::string, std::string>>;
  Fields file = {};                                 // info, licenses and others
  std::unordered_map<int64_t, Fields> images = {};  // by id
  std::unordered_map<int64_t, Fields> annotations = {};
  std::unordered_map<int64_t, Fields> categories = {};  // supercategory, keypoints, skeleton
};

/// Error when the file is not what read_coco takes.
CocoExtras read_coco_extras(const std::filesystem::path& json);

/// Every split that find_dataset.h finds in a folder; of an annotation file the split that it is
/// called after (train, val or test at the end of its name, otherwise train), with the pictures in
/// `images` or beside an _annotations.coco.json. Without pictures, where they are not needed,
/// every image must have its size.
std::vector<Split> read_coco_splits(const std::filesystem::path& in,
                                    const std::filesystem::path& images, Reading& reading);

/// A COCO file of the split, whose pictures go by `names`; with the extras where there are some.
/// Masks stay polygons or become uncompressed runs, `num_keypoints` counts the labelled ones.
void write_coco(const std::filesystem::path& file, const Split& split,
                const std::vector<std::string>& names, const CocoExtras* extras);

/// annotations/instances_SPLIT.json and SPLIT/NAME. `extras` has one entry a split, or none.
void write_coco_splits(const std::vector<Split>& splits, const std::vector<CocoExtras>& extras,
                       Writing& writing);

}  // namespace fovea
