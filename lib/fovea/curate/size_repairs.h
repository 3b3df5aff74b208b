// What the pictures say of their sizes, against what a COCO file says.
#pragma once

#include <filesystem>
#include <vector>

#include "fovea/core/log.h"
#include "fovea/curate/repairs.h"
#include "fovea/data/coco_text.h"

namespace fovea {

/// Reads the header of every picture below `folder`. A size that is missing is taken from it. One
/// that differs is taken from it where that is no guess: the boxes and masks of the image fit the
/// picture, which is not the stated size scaled or turned; elsewhere the size is in doubt.
void repair_sizes(const CocoText& text, const std::filesystem::path& folder, References& references,
                  std::vector<EntryRepair>& repairs, Log& log);

}  // namespace fovea
