// The learning rate and other things that happen at a step, as functions of the step.
#pragma once

#include <cstdint>

#include "fovea/train/options.h"

namespace fovea {

/// Linear warm-up to `base`, then half a cosine (Loshchilov and Hutter 2017) down to
/// base * final_fraction at `total_steps`.
double learning_rate(const ScheduleOptions& o, int64_t step, int64_t total_steps);

/// Steps that see every image `epochs` times: the last batch wraps into the next epoch.
int64_t steps_for(int64_t epochs, int64_t images, int64_t batch);

/// Whether something of this cadence happens after the step that made it `steps_done`; cadences in
/// seconds are never due here: they depend on a clock.
bool due(const Cadence& cadence, int64_t steps_done, int64_t images, int64_t batch);

}  // namespace fovea
