#include "fovea/train/ema.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_lerp.h>

#include <algorithm>

namespace fovea {

Ema::Ema(const Module& module, double decay) : live_(module.named_tensors()), decay_(decay) {
  for (const NamedTensor& entry : live_) {
    state_.emplace_back(entry.name, entry.tensor->detach().clone());
  }
}

void Ema::update(int64_t step) {
  const at::NoGradGuard no_gradients;
  const double ramp = static_cast<double>(1 + step) / static_cast<double>(10 + step);
  const double decay = std::min(decay_, ramp);
  std::vector<Tensor> averages, weights;
  for (size_t i = 0; i < live_.size(); ++i) {
    const Tensor& weight = *live_[i].tensor;
    if (!weight.is_floating_point()) {
      state_[i].second.copy_(weight);  // counters
      continue;
    }
    averages.push_back(state_[i].second);
    weights.push_back(weight.detach());
  }
  at::_foreach_lerp_(averages, weights, 1 - decay);
}

EmaScope::EmaScope(Ema& ema) : ema_(ema) {
  swap();
}

EmaScope::~EmaScope() {
  swap();
}

void EmaScope::swap() {
  for (size_t i = 0; i < ema_.live_.size(); ++i) {
    std::swap(*ema_.live_[i].tensor, ema_.state_[i].second);
  }
}

}  // namespace fovea
