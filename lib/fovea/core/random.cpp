#include "fovea/core/random.h"

#include <cmath>
#include <numbers>
#include <numeric>

namespace fovea {

double Rng::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

Rng rng_for(Stream stream, uint64_t seed, int64_t epoch, int64_t index) {
  uint64_t key = Rng::mix(static_cast<uint64_t>(stream) * 0xD6E8FEB86659FD93U + seed);
  key = Rng::mix(key ^ (static_cast<uint64_t>(epoch) + 0x9E3779B97F4A7C15U));
  key = Rng::mix(key ^ (static_cast<uint64_t>(index) + 0xC2B2AE3D27D4EB4FU));
  return Rng(key);
}

std::vector<int64_t> permutation(int64_t count, Rng rng) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = count - 1; i > 0; --i) {
    std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(rng.below(i + 1))]);
  }
  return order;
}

}  // namespace fovea
