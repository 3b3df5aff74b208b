#include "fovea/augment/policy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <optional>

namespace fovea {
namespace {

constexpr double kRadians = std::numbers::pi / 180;

enum class Change {
  identity,
  shear_x,
  shear_y,
  move_x,
  move_y,
  rotate,
  brightness,
  saturation,
  contrast,
  sharpness,
  posterize,
  solarize,
  stretch,
  equalize
};
constexpr auto kChanges = static_cast<int64_t>(Change::equalize) + 1;

/// Largest amounts: of a slant's tangent, a move (share of the side, or pixels), degrees, a
/// factor's distance from 1, bits that go.
struct Reach {
  double shear;
  double move;
  bool move_in_pixels;
  double degrees;
  double factor;
  double bits;
};
constexpr Reach kRandReach = {0.3, 150.0 / 331, false, 30, 0.9, 4};
constexpr Reach kTrivialReach = {0.99, 32, true, 135, 0.99, 6};

/// About the middle of the window.
Affine around_middle(const Affine& map, ImageSize window) {
  const double x = static_cast<double>(window.width) / 2;
  const double y = static_cast<double>(window.height) / 2;
  return compose({1, 0, x, 0, 1, y}, compose(map, {1, 0, -x, 0, 1, -y}));
}

std::optional<Affine> move_of(Change change, double amount, const Reach& reach, ImageSize window) {
  const auto shift = [&](int64_t side) {
    return amount * reach.move * (reach.move_in_pixels ? 1 : static_cast<double>(side));
  };
  switch (change) {
    case Change::shear_x:
      return around_middle({1, amount * reach.shear, 0, 0, 1, 0}, window);
    case Change::shear_y:
      return around_middle({1, 0, 0, amount * reach.shear, 1, 0}, window);
    case Change::move_x:
      return Affine{1, 0, shift(window.width), 0, 1, 0};
    case Change::move_y:
      return Affine{1, 0, 0, 0, 1, shift(window.height)};
    case Change::rotate: {
      const double c = std::cos(amount * reach.degrees * kRadians);
      const double s = std::sin(amount * reach.degrees * kRadians);
      return around_middle({c, -s, 0, s, c, 0}, window);
    }
    default:
      return {};
  }
}

std::optional<PixelChange> change_of(Change change, double amount, const Reach& reach) {
  const double factor = 1 + amount * reach.factor;
  const double strength = std::abs(amount);
  switch (change) {
    case Change::brightness:
      return PixelChange{PixelChange::Kind::brightness, factor};
    case Change::saturation:
      return PixelChange{PixelChange::Kind::saturation, factor};
    case Change::contrast:
      return PixelChange{PixelChange::Kind::contrast, factor};
    case Change::sharpness:
      return PixelChange{PixelChange::Kind::sharpness, factor};
    case Change::posterize:
      return PixelChange{PixelChange::Kind::posterize, 8 - std::round(strength * reach.bits)};
    case Change::solarize:
      return PixelChange{PixelChange::Kind::solarize, 255 * (1 - strength)};
    case Change::stretch:
      return PixelChange{PixelChange::Kind::stretch, 0};
    case Change::equalize:
      return PixelChange{PixelChange::Kind::equalize, 0};
    default:
      return {};
  }
}

using Table = std::array<uint8_t, 256>;
using Histogram = std::array<int64_t, 256>;

uint8_t level(double value) {
  return static_cast<uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

template <class Make>
Table table_of(const Make& make) {
  Table table{};
  for (size_t i = 0; i < table.size(); ++i) table[i] = make(static_cast<int>(i));
  return table;
}

void look_up(const SamplePixels& pixels, const std::array<Table, 3>& tables) {
  for (size_t i = 0; i < pixels.count(); ++i) {
    uint8_t* pixel = pixels.data + 3 * i;
    for (size_t c = 0; c < 3; ++c) pixel[c] = tables[c][pixel[c]];
  }
}

std::array<Histogram, 3> histograms_of(const SamplePixels& pixels) {
  std::array<Histogram, 3> counts{};
  for (size_t i = 0; i < pixels.count(); ++i) {
    for (size_t c = 0; c < 3; ++c) ++counts[c][pixels.data[3 * i + c]];
  }
  return counts;
}

/// The darkest level becomes 0, the brightest 255.
Table stretched(const Histogram& counts) {
  const auto is_used = [](int64_t count) { return count > 0; };
  const auto low = std::find_if(counts.begin(), counts.end(), is_used) - counts.begin();
  const auto high = 255 - (std::find_if(counts.rbegin(), counts.rend(), is_used) - counts.rbegin());
  if (high <= low) return table_of([](int i) { return static_cast<uint8_t>(i); });
  // In single precision and rounded down, as torchvision's autocontrast.
  const float step = static_cast<float>(high - low) * static_cast<float>(1.0 / 255);
  return table_of([&](int i) {
    const float value = static_cast<float>(i - low) / step;
    return static_cast<uint8_t>(std::clamp(value, 0.0F, 255.0F));
  });
}

/// Every level as frequent as the others, by Pillow's ImageOps.equalize.
Table equalized(const Histogram& counts) {
  int64_t all = 0;
  int64_t last = 0;
  for (const int64_t count : counts) {
    all += count;
    if (count > 0) last = count;
  }
  const int64_t step = (all - last) / 255;
  if (step == 0) return table_of([](int i) { return static_cast<uint8_t>(i); });
  int64_t sum = step / 2;
  return table_of([&](int i) {
    const auto value = static_cast<uint8_t>(std::min<int64_t>(sum / step, 255));
    sum += counts[static_cast<size_t>(i)];
    return value;
  });
}

/// A blend with the picture smoothed by (1 1 1, 1 5 1, 1 1 1) / 13; the border stays.
void sharpen(const SamplePixels& pixels, double factor) {
  if (pixels.height < 3 || pixels.width < 3) return;
  const int64_t row = pixels.width * 3;
  const std::vector<uint8_t> from(pixels.data, pixels.data + pixels.height * row);
  for (int64_t y = 1; y + 1 < pixels.height; ++y) {
    for (int64_t i = 3; i < row - 3; ++i) {
      const uint8_t* at = from.data() + y * row + i;
      int sum = 4 * at[0];
      for (const int64_t line : {-row, int64_t{0}, row}) {
        for (const int64_t column : {-3, 0, 3}) sum += at[line + column];
      }
      pixels.data[y * row + i] = level(sum / 13.0 * (1 - factor) + at[0] * factor);
    }
  }
}

void look_up(const SamplePixels& pixels, const Table& table) {
  look_up(pixels, {table, table, table});
}

void add(Change change, double amount, const Reach& reach, ImageSize window, PolicyDraw& drawn) {
  if (const auto map = move_of(change, amount, reach, window)) {
    drawn.map = compose(*map, drawn.map);
  } else if (const auto pixels = change_of(change, amount, reach)) {
    drawn.changes.push_back(*pixels);
  }
}

}  // namespace

PolicyDraw draw_policy(const AugmentOptions& options, ImageSize window, const Draws& draws) {
  PolicyDraw drawn;
  Rng rng = draws.of(Draw::policy);
  const auto side = [&rng] { return rng.chance(0.5) ? -1.0 : 1.0; };
  if (options.policy == AugmentPolicy::trivial) {
    const auto change = static_cast<Change>(rng.below(kChanges));
    const double strength = static_cast<double>(rng.below(31)) / 30;
    add(change, strength * side(), kTrivialReach, window, drawn);
  }
  if (options.policy == AugmentPolicy::rand) {
    for (int64_t i = 0; i < options.policy_count; ++i) {
      const auto change = static_cast<Change>(rng.below(kChanges));
      add(change, options.policy_strength * side(), kRandReach, window, drawn);
    }
  }
  return drawn;
}

void change_pixels(const PixelChange& change, const SamplePixels& pixels) {
  switch (change.kind) {
    case PixelChange::Kind::brightness:
      return change_colours({.brightness = change.amount}, pixels);
    case PixelChange::Kind::saturation:
      return change_colours({.saturation = change.amount}, pixels);
    case PixelChange::Kind::contrast:
      return change_colours({.contrast = change.amount}, pixels);
    case PixelChange::Kind::sharpness:
      return sharpen(pixels, change.amount);
    case PixelChange::Kind::posterize: {
      const int mask = 0xFF << (8 - static_cast<int>(change.amount));
      return look_up(pixels, table_of([&](int i) { return static_cast<uint8_t>(i & mask); }));
    }
    case PixelChange::Kind::solarize:
      return look_up(pixels, table_of([&](int i) {
                       return static_cast<uint8_t>(i >= change.amount ? 255 - i : i);
                     }));
    case PixelChange::Kind::stretch:
    case PixelChange::Kind::equalize: {
      const auto counts = histograms_of(pixels);
      const auto make = change.kind == PixelChange::Kind::stretch ? stretched : equalized;
      return look_up(pixels, {make(counts[0]), make(counts[1]), make(counts[2])});
    }
  }
}

}  // namespace fovea
