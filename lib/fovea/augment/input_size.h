// How large the network's input is: no larger than the pictures need.
#pragma once

#include <cstdint>

#include "fovea/augment/options.h"
#include "fovea/core/options.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// The input for one picture: as it is when fitted into `size`, each side rounded up to a multiple
/// of `divisor`. A picture of 800x600 in 320x320 with divisor 32: 256 high, 320 wide.
ImageSize input_for(ImageSize picture, ImageSize size, int64_t divisor);

/// The smallest input that holds every fitted picture of `dataset`, also on its side where
/// `augment` transposes. Pictures of unknown size count as `size`.
ImageSize training_input(const Dataset& dataset, ImageSize size, int64_t divisor,
                         const AugmentOptions& augment);

}  // namespace fovea
