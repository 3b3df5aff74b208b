#include "fovea/augment/colour.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>

#include "fovea/image/pixel_buffer.h"

namespace fovea {
namespace {

/// First `inner`, then `outer`.
ColourMap compose_colours(const ColourMap& outer, const ColourMap& inner) {
  ColourMap m{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 4; ++column) {
      double sum = column == 3 ? outer[row * 4 + 3] : 0;
      for (size_t k = 0; k < 3; ++k) sum += outer[row * 4 + k] * inner[k * 4 + column];
      m[row * 4 + column] = sum;
    }
  }
  return m;
}

/// `factor` away from each pixel's own grey; grey stays.
ColourMap saturate(double factor) {
  ColourMap m{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 3; ++column) {
      m[row * 4 + column] = (1 - factor) * kGreyWeights[column];
    }
    m[row * 4 + row] += factor;
  }
  return m;
}

/// A turn about the grey axis (1, 1, 1) by Rodrigues' formula; grey stays.
ColourMap turn_hue(double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  const double c = std::cos(angle);
  const double same = (1 - c) / 3;
  const double s = std::sin(angle) / std::numbers::sqrt3;
  return {c + same, same - s, same + s, 0,  //
          same + s, c + same, same - s, 0,  //
          same - s, same + s, c + same, 0};
}

ColourMap scale_and_shift(double factor, double offset) {
  return {factor, 0, 0, offset, 0, factor, 0, offset, 0, 0, factor, offset};
}

void blur_along_rows(const SamplePixels& pixels, const std::vector<int16_t>& weights) {
  const size_t reach = weights.size() / 2;
  const auto width = static_cast<size_t>(pixels.width);
  PixelBuffer padded((width + 2 * reach) * 3);
  PixelBuffer out(width * 3);
  std::vector<const uint8_t*> taps;
  for (size_t k = 0; k < weights.size(); ++k) taps.push_back(padded.data() + 3 * k);
  for (int64_t y = 0; y < pixels.height; ++y) {
    uint8_t* row = pixels.data + y * pixels.width * 3;
    for (size_t i = 0; i < reach; ++i) {
      std::memcpy(padded.data() + 3 * i, row, 3);
      std::memcpy(padded.data() + 3 * (reach + width + i), row + 3 * (width - 1), 3);
    }
    std::memcpy(padded.data() + 3 * reach, row, 3 * width);
    weigh_rows(taps.data(), weights.data(), weights.size(), out.data(), 3 * width);
    std::memcpy(row, out.data(), 3 * width);
  }
}

void blur_along_columns(const SamplePixels& pixels, const std::vector<int16_t>& weights) {
  const auto reach = static_cast<int64_t>(weights.size() / 2);
  const auto bytes = static_cast<size_t>(pixels.width) * 3;
  const PixelBuffer from(pixels.data, pixels.data + static_cast<size_t>(pixels.height) * bytes);
  PixelBuffer out(bytes);
  std::vector<const uint8_t*> taps(weights.size());
  for (int64_t y = 0; y < pixels.height; ++y) {
    for (int64_t k = -reach; k <= reach; ++k) {
      const int64_t row = std::clamp<int64_t>(y + k, 0, pixels.height - 1);
      taps[static_cast<size_t>(k + reach)] = from.data() + static_cast<size_t>(row) * bytes;
    }
    weigh_rows(taps.data(), weights.data(), weights.size(), out.data(), bytes);
    std::memcpy(pixels.data + static_cast<size_t>(y) * bytes, out.data(), bytes);
  }
}

}  // namespace

ColourChange draw_colour(const AugmentOptions& o, const Draws& draws) {
  const auto drawn = [&draws](const Variation& variation, Draw what, double middle) {
    Rng rng = draws.of(what);
    if (!rng.chance(variation.p)) return middle;
    return rng.uniform(middle - variation.amount, middle + variation.amount);
  };
  ColourChange change = {.brightness = drawn(o.brightness, Draw::brightness, 1),
                         .contrast = drawn(o.contrast, Draw::contrast, 1),
                         .saturation = drawn(o.saturation, Draw::saturation, 1),
                         .hue = drawn(o.hue, Draw::hue, 0)};
  if (draws.of(Draw::grey).chance(o.grey)) change.saturation = 0;
  return change;
}

ColourMap colour_map(const ColourChange& change, double mean_grey) {
  const ColourMap colour = compose_colours(saturate(change.saturation), turn_hue(change.hue));
  const double shift = change.brightness * (1 - change.contrast) * mean_grey;
  return compose_colours(scale_and_shift(change.brightness * change.contrast, shift), colour);
}

double mean_grey(const SamplePixels& pixels) {
  std::array<int64_t, 3> sums = {};
  int64_t count = 0;
  for (size_t i = 0; i < pixels.count(); i += kGreyStep, ++count) {
    for (size_t c = 0; c < 3; ++c) sums[c] += pixels.data[3 * i + c];
  }
  double grey = 0;
  for (size_t c = 0; c < 3; ++c) grey += kGreyWeights[c] * static_cast<double>(sums[c]);
  return count > 0 ? grey / static_cast<double>(count) : 0;
}

DeferredColour deferred(const ColourChange& change) {
  return {.map = colour_map(change, 0), .grey_share = change.brightness * (1 - change.contrast)};
}

void change_colours(const ColourChange& change, const SamplePixels& pixels) {
  if (change == ColourChange()) return;
  const double grey = change.contrast == 1 ? 0 : mean_grey(pixels);
  recolour(colour_map(change, grey), pixels.data, pixels.count());
}

void blur(const SamplePixels& pixels, double sigma) {
  const auto reach = static_cast<int64_t>(std::ceil(3 * sigma));
  std::vector<double> shares;
  double sum = 0;
  for (int64_t i = -reach; i <= reach; ++i) {
    const double x = static_cast<double>(i) / sigma;
    shares.push_back(std::exp(-0.5 * x * x));
    sum += shares.back();
  }
  std::vector<int16_t> weights;
  weights.reserve(shares.size());
  for (const double share : shares) {
    weights.push_back(static_cast<int16_t>(std::lround(share / sum * 32767)));
  }
  blur_along_rows(pixels, weights);
  blur_along_columns(pixels, weights);
}

void add_noise(const SamplePixels& pixels, double sigma, Rng rng) {
  // A sum of eight bytes is nearly normal; its deviation is that of a byte times sqrt(8).
  const double deviation = std::sqrt(8 * (256.0 * 256 - 1) / 12);
  const auto factor = static_cast<int64_t>(std::lround(sigma / deviation * 65536));
  for (size_t i = 0; i < pixels.count() * 3; ++i) {
    const uint64_t bits = rng.bits();
    int64_t total = -1020;  // less the mean of such a sum
    for (int shift = 0; shift < 64; shift += 8) total += static_cast<int64_t>(bits >> shift & 0xFF);
    const int64_t value = pixels.data[i] + ((total * factor + 32768) >> 16);
    pixels.data[i] = static_cast<uint8_t>(std::clamp<int64_t>(value, 0, 255));
  }
}

}  // namespace fovea
