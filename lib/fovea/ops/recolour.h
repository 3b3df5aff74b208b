// Colours that the loader left to the device.
#pragma once

#include "fovea/ops/vocabulary.h"

namespace fovea {

/// [B,3,H,W] uint8 -> the same with the colours changed, on the device of `images`: the bytes that
/// recolour() of image/pixel_kernels.h gives. No colours: `images` as they are.
Tensor recolour(const Tensor& images, const std::vector<DeferredColour>& colours);

}  // namespace fovea
