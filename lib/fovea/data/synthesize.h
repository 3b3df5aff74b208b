// A data set made from nothing: textured shapes on textured grounds.
#pragma once

#include <cstdint>
#include <filesystem>

#include "fovea/core/log.h"

namespace fovea {

struct SynthesizeOptions {
  enum class Task { detect, classify };
  Task task = Task::detect;
  int64_t train = 400;  // pictures
  int64_t val = 80;
  int64_t test = 0;
  int64_t size = 160;  // side of each picture in pixels, 32 to 4096
  uint64_t seed = 0;
  int64_t threads = 0;  // 0: one a core
};

/// Makes the folder `out`, which must be absent or empty; whole or absent. A folder that is there
/// already is kept and filled at the end, the annotations last.
///
/// detect: annotations/instances_SPLIT.json and SPLIT/000001.jpg. 1 to 8 objects a picture of five
/// classes (circle, square, triangle, ring, cross) told apart by shape alone; sizes over a factor
/// of 6, overlaps, some cut by the border. Boxes, masks and areas describe exactly the visible
/// pixels of an object, as COCO's do; every object shows 65 % of itself or more. Some are crowds: a
/// clump of small shapes under one RLE.
/// classify: SPLIT/CLASS/000001.jpg, one object a picture.
///
/// The same options give the same bytes on every machine and with any number of threads, given the
/// same libjpeg-turbo.
void synthesize(const std::filesystem::path& out, const SynthesizeOptions& options, Log& log);

}  // namespace fovea
