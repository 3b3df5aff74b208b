// Random changes from a list, for classification: RandAugment (Cubuk and others 2020) and
// TrivialAugment (Mueller and Hutter 2021), with the changes and ranges of torchvision 0.26.
#pragma once

#include <vector>

#include "fovea/augment/colour.h"
#include "fovea/augment/draws.h"
#include "fovea/augment/options.h"
#include "fovea/image/projection.h"

namespace fovea {

/// A change of pixels that keeps them where they are.
struct PixelChange {
  enum class Kind {
    brightness,
    saturation,
    contrast,
    sharpness,
    posterize,
    solarize,
    stretch,
    equalize
  };
  Kind kind = Kind::brightness;
  double amount = 0;  // factor; for posterize the bits that stay, for solarize the threshold
};

/// What was drawn for one sample.
struct PolicyDraw {
  Projection map = {};                    // of the window, after all other geometry
  std::vector<PixelChange> changes = {};  // in their order
};

/// `window` is what a share of a side and the middle of a turn refer to.
PolicyDraw draw_policy(const AugmentOptions& options, ImageSize window, const Draws& draws);

void change_pixels(const PixelChange& change, const SamplePixels& pixels);

}  // namespace fovea
