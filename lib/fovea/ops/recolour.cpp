#include "fovea/ops/recolour.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <limits>

namespace fovea {
namespace {

/// The mean grey of each image, [B] float64.
Tensor mean_greys(const Tensor& images) {
  const Tensor pixels = images.permute({0, 2, 3, 1}).flatten(1, 2).slice(1, 0, {}, kGreyStep);
  const Tensor sums = pixels.sum(1, false, at::kLong).to(at::kDouble);  // [B,3]
  Tensor grey = sums.select(1, 0).mul(kGreyWeights[0]);
  for (int64_t c = 1; c < 3; ++c) {
    grey = grey.add(sums.select(1, c).mul(kGreyWeights[static_cast<size_t>(c)]));
  }
  return grey.div(static_cast<double>(pixels.size(1)));
}

/// Rounded half away from zero, as std::lround.
Tensor rounded(const Tensor& values) {
  return values.abs().add(0.5).floor().mul(values.sign());
}

Tensor saturated(const Tensor& words) {
  return words.clamp(std::numeric_limits<int16_t>::min(), std::numeric_limits<int16_t>::max());
}

}  // namespace

Tensor recolour(const Tensor& images, const std::vector<DeferredColour>& colours) {
  if (colours.empty()) return images;
  const int64_t count = images.size(0);
  TORCH_CHECK(count == static_cast<int64_t>(colours.size()), "there are ", count, " images and ",
              colours.size(), " changes of colour");
  std::vector<int32_t> factors;
  std::vector<double> shares;
  for (const DeferredColour& colour : colours) {
    const auto fixed = fixed_colours(colour.map);
    for (size_t row = 0; row < 3; ++row) {
      for (size_t column = 0; column < 3; ++column) factors.push_back(fixed[row * 4 + column]);
    }
    shares.push_back(colour.grey_share);
  }
  const Tensor m = at::tensor(factors, at::kInt).to(images.device()).view({count, 3, 3, 1, 1});
  const Tensor shift =
      at::tensor(shares, at::kDouble).to(images.device()).mul(mean_greys(images)).add(0.5);
  const Tensor offset = saturated(rounded(shift.mul(1 << kOffsetBits))).to(at::kInt);
  const Tensor wide = images.to(at::kInt).mul(1 << 7);  // a word of 15 bits
  std::vector<Tensor> channels;
  for (int64_t row = 0; row < 3; ++row) {
    Tensor sum = offset.view({count, 1, 1});
    for (int64_t column = 0; column < 3; ++column) {
      const Tensor product = wide.select(1, column).mul(m.select(1, row).select(1, column));
      sum = saturated(sum.add(product.add(1 << 14).bitwise_right_shift(15)));
    }
    channels.push_back(sum.bitwise_right_shift(kOffsetBits).clamp(0, 255).to(at::kByte));
  }
  return at::stack(channels, 1);
}

}  // namespace fovea
