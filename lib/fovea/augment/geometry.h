// Which part of a picture is shown in a window, and how it is turned: one map from the pixels of
// the file to those of the window.
#pragma once

#include <optional>

#include "fovea/augment/draws.h"
#include "fovea/augment/options.h"
#include "fovea/core/options.h"
#include "fovea/image/projection.h"

namespace fovea {

/// As large as fits into `window` with the proportions kept, in the upper left corner, so that one
/// factor maps it back: the fixed geometry of evaluation and inference.
Affine fit(ImageSize file, ImageSize window);

/// What is to be seen of a picture.
struct Subject {
  ImageSize file = {};               // pixels of the picture
  std::optional<Point> centre = {};  // of an object that the window shall show
};

/// A random map by `options`. A picture that comes out smaller than the window goes to a random
/// place in it; of a larger one a random part is shown, with the subject's centre where it has one.
Projection draw_map(const AugmentOptions& options, const Subject& subject, ImageSize window,
                    const Draws& draws, int64_t place = 0);

/// The most window pixels that draw_map makes of one file pixel, on either axis.
double largest_scale(const AugmentOptions& options, ImageSize file, ImageSize window);

}  // namespace fovea
