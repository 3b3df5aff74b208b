// Names that are drawn into pictures.
#pragma once

#include <vector>

#include "fovea/core/log.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// Warns, in one line, when the fonts of this machine lack letters of some classes.
void warn_of_missing_letters(const std::vector<Category>& categories, Log& log);

}  // namespace fovea
