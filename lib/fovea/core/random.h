// Random numbers as a function of what they are for: the key (seed, epoch, index) gives the same
// sequence in any thread, process or restart. No generator is global.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace fovea {

/// One sequence: SplitMix64 (Steele, Lea, Flood 2014) over a counter that starts at a mixed key.
class Rng {
 public:
  explicit Rng(uint64_t key) : state_(key) {}

  /// 64 uniform bits.
  uint64_t bits() {
    state_ += 0x9E3779B97F4A7C15U;
    return mix(state_);
  }
  /// In [0, 1), 53 bits.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  /// In [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// A whole number in [0, count), count >= 1, each equally likely up to 2^-32 (Lemire 2019).
  int64_t below(int64_t count) {
    return static_cast<int64_t>(
        (static_cast<unsigned __int128>(bits()) * static_cast<unsigned __int128>(count)) >> 64);
  }
  /// True with probability p.
  bool chance(double p) { return uniform() < p; }
  /// Normal with mean 0 and variance 1 (Box and Muller 1958, one of the pair).
  double normal();

  /// The finaliser of SplitMix64: a bijection that spreads every bit.
  static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
  }

 private:
  uint64_t state_;
};

/// What a sequence is for; each stream is independent of the others of the same key.
enum class Stream : uint64_t {
  order = 1,
  augment = 2,
  synthesize = 3,
  init = 4,
  overfit = 5,
  resample = 6,
  size = 7
};

/// The numbers of one sample (or of one epoch's order, with index 0).
Rng rng_for(Stream stream, uint64_t seed, int64_t epoch = 0, int64_t index = 0);

/// 0..count-1 in random order (Fisher and Yates), a pure function of the generator's key.
std::vector<int64_t> permutation(int64_t count, Rng rng);

}  // namespace fovea
