// The moving average of a network's weights and statistics (Polyak and Juditsky 1992).
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "fovea/nn/module.h"

namespace fovea {

class Ema {
 public:
  /// Starts as a copy of `module`; decay 0 follows it exactly.
  Ema(const Module& module, double decay);

  /// average += (1 - d) * (weights - average), d = min(decay, (1 + step) / (10 + step)): young
  /// averages forget the random start quickly.
  void update(int64_t step);

  /// The averages by the module's names, to be saved and restored in place.
  const std::vector<std::pair<std::string, Tensor>>& state() const { return state_; }

 private:
  friend class EmaScope;
  std::vector<NamedTensor> live_;
  std::vector<std::pair<std::string, Tensor>> state_;
  double decay_;
};

/// While this lives the module holds the averages; afterwards its own weights again.
class EmaScope {
 public:
  explicit EmaScope(Ema& ema);
  EmaScope(const EmaScope&) = delete;
  ~EmaScope();

 private:
  void swap();
  Ema& ema_;
};

}  // namespace fovea
