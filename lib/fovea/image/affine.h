// Affine maps of the plane.
#pragma once

#include <array>

namespace fovea {

/// x' = a[0] * x + a[1] * y + a[2]      y' = a[3] * x + a[4] * y + a[5]
using Affine = std::array<double, 6>;

/// First `inner`, then `outer`.
Affine compose(const Affine& outer, const Affine& inner);
/// The way back. std::invalid_argument when the map is flat (determinant 0) or not finite.
Affine inverse(const Affine& map);

}  // namespace fovea
