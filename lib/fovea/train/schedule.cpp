#include "fovea/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fovea {

double learning_rate(const ScheduleOptions& o, int64_t step, int64_t total_steps) {
  const int64_t warmup = std::min(o.warmup_steps, total_steps / 2);
  if (step < warmup) return o.base * static_cast<double>(step + 1) / static_cast<double>(warmup);
  const double progress = static_cast<double>(step - warmup) /
                          static_cast<double>(std::max<int64_t>(1, total_steps - warmup));
  const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * std::min(1.0, progress)));
  return o.base * (o.final_fraction + (1 - o.final_fraction) * cosine);
}

int64_t steps_for(int64_t epochs, int64_t images, int64_t batch) {
  return (epochs * images + batch - 1) / batch;
}

bool due(const Cadence& cadence, int64_t steps_done, int64_t images, int64_t batch) {
  if (cadence.unit == Cadence::Unit::seconds || steps_done == 0) return false;
  const double period =
      cadence.unit == Cadence::Unit::steps
          ? cadence.count
          : cadence.count * static_cast<double>(images) / static_cast<double>(batch);
  const auto periods = [&](int64_t steps) {
    return std::floor(static_cast<double>(steps) / period);
  };
  return periods(steps_done) > periods(steps_done - 1);
}

}  // namespace fovea
