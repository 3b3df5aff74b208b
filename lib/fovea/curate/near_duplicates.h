// Pictures that show the same, whatever their files are called: copied, saved anew, resized,
// turned, mirrored, made a little brighter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "fovea/core/log.h"

namespace fovea {

struct DuplicateOptions {
  // Bits of 63 in which the hashes of two pictures may differ, 0..16; above 12 a search among
  // 100,000 pictures takes minutes. Nothing: only files that are equal byte for byte count.
  std::optional<int> max_distance = 10;
  // How well edges must lie upon edges (picture_sketch.h), 0..1. See tests/curate for what copies
  // and other pictures of the same scene reach.
  double min_likeness = 0.85;
  int64_t max_pixels = 89'000'000;  // a larger picture counts as unreadable
};

/// Two files that show the same.
struct Duplicate {
  size_t later = 0;    // of the list of files
  size_t earlier = 0;  // a smaller index
  bool same_bytes = false;
  int orientation = 0;  // in which `later` shows what `earlier` does (picture_sketch.h)
  double likeness = 1;  // -1..1
};

/// Each file with those before it that show the same, most alike first, by rising `later`. Of files
/// with equal bytes only the first is compared with others, the rest are named with that first one.
/// No file is named with more than 64 near ones. Unreadable files are passed over, and so are
/// pictures that are flat: nothing but their bytes can tell them from others.
std::vector<Duplicate> duplicates(const std::vector<std::filesystem::path>& files,
                                  const DuplicateOptions& options, Log& log);

/// Groups (of two or more indices into `files`, rising) of pictures that show the same: byte-equal
/// ones, and near ones by perceptual hash in any of the 8 orientations. Unreadable files belong to
/// no group. In parallel; progress to the log.
std::vector<std::vector<size_t>> duplicate_groups(const std::vector<std::filesystem::path>& files,
                                                  const DuplicateOptions& options, Log& log);

}  // namespace fovea
