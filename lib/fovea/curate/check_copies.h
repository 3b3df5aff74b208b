// Pictures that are there twice, within a split or, worse, in two.
#pragma once

#include <vector>

#include "fovea/core/log.h"
#include "fovea/curate/near_duplicates.h"
#include "fovea/data/defects.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// Looks at the pictures of all splits together. One that lies in several is a leak and named
/// there; only one that does not is named as a copy within its split.
void check_copies(const std::vector<Dataset>& splits, const DuplicateOptions& options,
                  CheckReport& report, Log& log);

}  // namespace fovea
