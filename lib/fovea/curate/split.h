// A COCO file divided into parts, each with its share of every class.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fovea/core/log.h"
#include "fovea/curate/part_sizes.h"
#include "fovea/data/place_pictures.h"

namespace fovea {

/// Pictures that show the same, kept in one part: by their bytes, also those that look alike, or no
/// such search.
enum class SplitDuplicates { near, exact, none };

struct SplitOptions {
  std::vector<PartSize> parts = {};
  int64_t folds = 0;          // 0: the parts themselves; otherwise `train` and `val` as folds
  std::string group_by = {};  // a field of the images, dotted where it is nested; or empty
  SplitDuplicates duplicates = SplitDuplicates::near;
  uint64_t seed = 0;
  std::filesystem::path images = {};  // folder of the pictures; empty: they are not looked at
  Placing placing = Placing::link;
};

/// How much of something a part was to get and got.
struct PartShare {
  double wanted_images = 0;
  double wanted_objects = 0;
  int64_t images = 0;
  int64_t objects = 0;
};

struct SplitReport {
  std::vector<std::string> parts = {};  // names; folds are fold0, fold1 ...
  std::vector<PartShare> totals = {};   // by part
  struct Class {
    std::string name = {};
    std::vector<PartShare> shares = {};  // by part
  };
  std::vector<Class> classes = {};  // in the order of the file
  int64_t groups = 0;               // of two or more images that were kept together
  int64_t grouped_images = 0;       // in them
  int64_t alike_groups = 0;         // of pictures that show the same
  int64_t alike_images = 0;
  int64_t without_field = 0;              // images that lack the field of group_by
  std::vector<std::string> remarks = {};  // what could not be as it was asked for
};

/// Divides `json` into the folder `out`, which must be absent or empty:
///   annotations/instances_PART.json and the pictures in PART/, or with folds
///   fold0/annotations/instances_train.json, instances_val.json and those of parts that are held
///   out, with fold0/train, fold0/val ... leading to the pictures, which are in images/ once.
/// Entries keep their text byte for byte, ids included. The same seed gives the same bytes.
SplitReport split_coco(const std::filesystem::path& json, const std::filesystem::path& out,
                       const SplitOptions& options, Log& log);

}  // namespace fovea
