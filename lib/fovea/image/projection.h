// Projective maps of the plane, of which affine ones are a part.
#pragma once

#include <array>

#include "fovea/image/affine.h"

namespace fovea {

struct Point {
  double x = 0;
  double y = 0;
};

/// x' = (m[0] x + m[1] y + m[2]) / d      y' = (m[3] x + m[4] y + m[5]) / d
/// d = m[6] x + m[7] y + m[8], which is above 0 wherever the map is used.
struct Projection {
  std::array<double, 9> m = {1, 0, 0, 0, 1, 0, 0, 0, 1};

  Projection() = default;
  Projection(double a, double b, double c, double d, double e, double f)
      : m{a, b, c, d, e, f, 0, 0, 1} {}
  Projection(const Affine& a) : m{a[0], a[1], a[2], a[3], a[4], a[5], 0, 0, 1} {}  // NOLINT
  explicit Projection(const std::array<double, 9>& entries) : m(entries) {}

  Point operator()(double x, double y) const {
    const double d = m[6] * x + m[7] * y + m[8];
    return {(m[0] * x + m[1] * y + m[2]) / d, (m[3] * x + m[4] * y + m[5]) / d};
  }
  bool is_affine() const { return m[6] == 0 && m[7] == 0; }
  /// How many times larger an area becomes at (x, y): the determinant of the derivative.
  double magnification(double x, double y) const;
};

/// First `inner`, then `outer`.
Projection compose(const Projection& outer, const Projection& inner);
/// The way back. std::invalid_argument when the map is flat (determinant 0) or not finite.
Projection inverse(const Projection& map);
/// Of a map that is_affine().
Affine affine_of(const Projection& map);

}  // namespace fovea
