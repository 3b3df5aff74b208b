// What the pictures say of their sizes, against what a COCO file says.
#pragma once

#include <filesystem>
#include <vector>

#include "fovea/core/log.h"
#include "fovea/core/options.h"
#include "fovea/curate/repairs.h"
#include "fovea/data/coco_text.h"

namespace fovea {

/// Reads the header of every picture below `folder`: the size of each image, upright, 0 x 0 where
/// its picture is missing or unsound.
std::vector<ImageSize> picture_sizes(const std::vector<ImageFacts>& images,
                                     const std::filesystem::path& folder, Log& log);

/// A size that is missing is taken from the picture, unless a box lies outside it or a mask has
/// another size. One that differs is taken from it where that is no guess: all boxes and masks of
/// the image lie in the picture, which is not the stated size scaled or turned. Elsewhere the size
/// is in doubt. Images and annotations that are dropped have no say.
void repair_sizes(const CocoText& text, const std::vector<ImageSize>& pictures,
                  const std::vector<EntryRepair>& annotations, References& references,
                  std::vector<EntryRepair>& images);

}  // namespace fovea
