// How a network is trained.
#pragma once

#include <cstdint>

#include "fovea/core/options.h"

namespace fovea {

/// Linear warm-up, then half a cosine (learning_rate in train/schedule.h).
struct ScheduleOptions {
  double base = 0.001;
  double final_fraction = 0.01;
  int64_t warmup_steps = 100;
};

struct OptimizerOptions {
  enum class Kind { sgd, adamw };
  Kind kind = Kind::adamw;
  double momentum = 0.9;
  double beta2 = 0.999;
  double weight_decay = 0.05;
  double max_gradient_norm = 10;
};

struct TrainOptions {
  enum class Precision { automatic, fp32, bf16 };
  int64_t epochs = 100;
  int64_t batch = 16;
  int64_t seed = 0;
  Duration max_time = {};
  Precision precision = Precision::automatic;
  ScheduleOptions schedule = {};
  OptimizerOptions optimizer = {};
  double ema_decay = 0.998;
  Cadence checkpoint_every = {.count = 60, .unit = Cadence::Unit::seconds};
  int64_t keep_checkpoints = 3;
  Cadence evaluate_every = {.count = 10, .unit = Cadence::Unit::epochs};
  int64_t log_every = 20;
  int64_t threads = 0;
};

void fields(OptionList& field, ScheduleOptions& o);
void fields(OptionList& field, OptimizerOptions& o);
void fields(OptionList& field, TrainOptions& o);

}  // namespace fovea
