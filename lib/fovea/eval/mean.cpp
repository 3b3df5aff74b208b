#include "fovea/eval/mean.h"

#include <array>
#include <cstddef>

namespace fovea {
namespace {

constexpr size_t kLanes = 8;
constexpr size_t kBlock = 128;

double block_sum(std::span<const double> values) {
  std::array<double, kLanes> sums = {};
  for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] = values[lane];
  size_t i = kLanes;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += values[i + lane];
  }
  double sum =
      ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
  for (; i < values.size(); ++i) sum += values[i];
  return sum;
}

}  // namespace

double pairwise_sum(std::span<const double> values) {
  if (values.size() > kBlock) {
    const size_t half = values.size() / 2;
    const size_t cut = half - half % kLanes;
    return pairwise_sum(values.first(cut)) + pairwise_sum(values.subspan(cut));
  }
  if (values.size() >= kLanes) return block_sum(values);
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

double mean(std::span<const double> values) {
  return pairwise_sum(values) / static_cast<double>(values.size());
}

}  // namespace fovea
