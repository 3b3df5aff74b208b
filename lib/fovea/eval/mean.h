// numpy's mean, to the last bit.
#pragma once

#include <span>

namespace fovea {

/// Sum in the order of numpy 2.4: halves, cut at multiples of 8, down to blocks of at most 128,
/// each with 8 running sums.
double pairwise_sum(std::span<const double> values);

/// numpy.mean of at least one value.
double mean(std::span<const double> values);

}  // namespace fovea
