// From the `data` part of a recipe to data sets.
#pragma once

#include "fovea/core/log.h"
#include "fovea/data/coco.h"
#include "fovea/data/options.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// Error when the annotations of training or validation are not there: found out before either is
/// read.
void expect_splits(const DataOptions& options);

/// Reads one split, checks it, and says in one line what is in it and what was odd about it.
Dataset open_split(const DataOptions& options, const SplitOptions& split, Masks masks, Log& log);

/// Error naming the differences unless both have the same categories (ids and names).
void expect_same_categories(const std::vector<Category>& expected, const std::string& whose,
                            const Dataset& dataset);

}  // namespace fovea
