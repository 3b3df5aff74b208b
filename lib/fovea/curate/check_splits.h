// What is wrong between the splits of a data set, as far as their annotation files tell.
#pragma once

#include <vector>

#include "fovea/data/defects.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// Categories that differ between splits, classes that one split has and another lacks, ids and
/// file names that two splits share.
void check_splits(const std::vector<Dataset>& splits, CheckReport& report);

}  // namespace fovea
