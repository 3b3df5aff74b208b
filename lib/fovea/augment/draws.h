// The random numbers of a sample, by what they are for.
#pragma once

#include <cstdint>

#include "fovea/core/random.h"

namespace fovea {

/// What is drawn. The numbers stand for streams: a new one goes to the end.
enum class Draw : uint64_t {
  orientation = 1,
  zoom,
  crop,
  rotate,
  shear,
  perspective,
  mosaic,
  mixup,
  cutmix,
  copy_paste,
  erase,
  brightness,
  contrast,
  saturation,
  hue,
  grey,
  blur,
  noise,
  policy
};

/// A function of (seed, epoch, place in the epoch). Each thing has numbers of its own, so that
/// switching one augmentation on or off leaves what the others do.
class Draws {
 public:
  Draws(uint64_t seed, int64_t epoch, int64_t index)
      : key_(rng_for(Stream::augment, seed, epoch, index).bits()) {}

  /// `place`: which of the sample's pictures it is for.
  Rng of(Draw what, int64_t place = 0) const {
    const uint64_t stream = static_cast<uint64_t>(what) << 32 | static_cast<uint64_t>(place);
    return Rng(Rng::mix(key_ + stream * 0x9E3779B97F4A7C15U));
  }

 private:
  uint64_t key_;
};

}  // namespace fovea
