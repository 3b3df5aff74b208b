// What is wrong between the splits of a data set.
#pragma once

#include <vector>

#include "fovea/data/defects.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// Categories that differ between splits, and pictures whose bytes lie in two of them.
void check_splits(const std::vector<Dataset>& splits, CheckReport& report);

}  // namespace fovea
