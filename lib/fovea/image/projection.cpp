#include "fovea/image/projection.h"

#include <cmath>
#include <stdexcept>

namespace fovea {
namespace {

/// So that the last entry is 1 wherever it can be: an affine map has exactly one way of writing.
Projection scaled(std::array<double, 9> m) {
  if (m[8] != 0) {
    const double last = m[8];
    for (double& entry : m) entry /= last;
  }
  return Projection(m);
}

}  // namespace

Projection compose(const Projection& outer, const Projection& inner) {
  if (outer.is_affine() && inner.is_affine()) return compose(affine_of(outer), affine_of(inner));
  std::array<double, 9> product = {};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 3; ++column) {
      double& sum = product[row * 3 + column];
      for (size_t k = 0; k < 3; ++k) sum += outer.m[row * 3 + k] * inner.m[k * 3 + column];
    }
  }
  return scaled(product);
}

Projection inverse(const Projection& map) {
  if (map.is_affine()) return inverse(affine_of(map));
  const auto& m = map.m;
  const std::array<double, 9> adjugate = {
      m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
      m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
      m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]};
  const double determinant = m[0] * adjugate[0] + m[1] * adjugate[3] + m[2] * adjugate[6];
  if (!std::isfinite(1 / determinant)) {
    throw std::invalid_argument("a projective map has no inverse");
  }
  return scaled(adjugate);
}

Affine affine_of(const Projection& map) {
  const auto& m = map.m;
  return {m[0] / m[8], m[1] / m[8], m[2] / m[8], m[3] / m[8], m[4] / m[8], m[5] / m[8]};
}

double Projection::magnification(double x, double y) const {
  const double d = m[6] * x + m[7] * y + m[8];
  const double determinant = m[0] * (m[4] * m[8] - m[5] * m[7]) -
                             m[1] * (m[3] * m[8] - m[5] * m[6]) +
                             m[2] * (m[3] * m[7] - m[4] * m[6]);
  return determinant / (d * d * d);
}

}  // namespace fovea
