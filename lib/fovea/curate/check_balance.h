// What there is too little of in a split, or too much.
#pragma once

#include "fovea/data/defects.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// Classes with few objects, one class with far more than another, and images without objects.
void check_balance(const Dataset& split, CheckReport& report);

}  // namespace fovea
