#include "fovea/image/affine.h"

#include <cmath>
#include <stdexcept>

namespace fovea {

Affine compose(const Affine& outer, const Affine& inner) {
  return {outer[0] * inner[0] + outer[1] * inner[3],
          outer[0] * inner[1] + outer[1] * inner[4],
          outer[0] * inner[2] + outer[1] * inner[5] + outer[2],
          outer[3] * inner[0] + outer[4] * inner[3],
          outer[3] * inner[1] + outer[4] * inner[4],
          outer[3] * inner[2] + outer[4] * inner[5] + outer[5]};
}

Affine inverse(const Affine& a) {
  const double s = 1 / (a[0] * a[4] - a[1] * a[3]);
  if (!std::isfinite(s)) throw std::invalid_argument("an affine map has no inverse");
  return {a[4] * s,  -a[1] * s, (a[1] * a[5] - a[4] * a[2]) * s,
          -a[3] * s, a[0] * s,  (a[3] * a[2] - a[0] * a[5]) * s};
}

}  // namespace fovea
