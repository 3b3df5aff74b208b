// From records to batches. A batch is a function of (seed, step): there is no position to keep, and
// neither threads nor processes nor restarts change what is in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "fovea/augment/options.h"
#include "fovea/core/log.h"
#include "fovea/core/options.h"
#include "fovea/data/options.h"
#include "fovea/data/vocabulary.h"
#include "fovea/loader/options.h"
#include "fovea/loader/stages.h"

namespace fovea {

class Prefetch;

/// Which part of the stream a loader gives.
struct LoaderPlan {
  int64_t batch = 1;  // images a step over all ranks; a multiple of `ranks`
  uint64_t seed = 0;
  int64_t rank = 0;
  int64_t ranks = 1;
  OnError on_error = OnError::stop;  // at a picture that cannot be read
  bool defer_colours = false;  // leave them to the device, where the recipe has nothing after them
};

/// How large the pictures are that a network sees.
struct InputOptions {
  ImageSize size = {};
  int64_t divisor = 32;  // of the input's height and width
};

/// The endless stream of training samples: one epoch after the other, each in its own random order
/// varied by numbers of (seed, epoch, place); `shuffled` holds every record once. Step s of all
/// ranks together is samples [s * batch, (s + 1) * batch); a rank gets the slice of its number.
/// With OnError::skip the record after an unreadable one takes its place. `log` gets a warning for
/// each record that is passed over, and for each file that takes long to read.
class Loader {
 public:
  /// `dataset` and `log` must outlive the loader. The memory of batches comes from `blocks`;
  /// without one it is the loader's own, used again.
  Loader(const Dataset& dataset, const InputOptions& input, const AugmentOptions& augment,
         const LoaderOptions& options, const LoaderPlan& plan, Log& log, BlockSource blocks = {});
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  ~Loader();

  /// Any step, quickest in order. Error naming the file that could not be read.
  SampleBatch batch(int64_t step);
  int64_t length() const;  ///< samples of an epoch
  /// One sample of an epoch again, alone; 0 <= index < length().
  SampleBatch sample(int64_t epoch, int64_t index);
  const Stages& stages() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::unique_ptr<Prefetch> prefetch_;  // ends its threads before `state_` goes
};

/// The records in their order, unvaried: each fitted into input.size (fit() of augment/geometry.h),
/// in an input no larger than it needs (input_for() of augment/input_size.h). Record i belongs to
/// rank i % ranks. A batch holds neighbours whose inputs have the same size, so that nothing
/// depends on who is beside whom; it may be smaller than the plan says, also by pictures that
/// cannot be read.
class EvalLoader {
 public:
  /// `dataset`, whose records state their sizes, and `log` must outlive the loader; plan.batch
  /// counts the images of this rank, plan.seed nothing.
  EvalLoader(const Dataset& dataset, const InputOptions& input, const LoaderOptions& options,
             const LoaderPlan& plan, Log& log);
  EvalLoader(const EvalLoader&) = delete;
  EvalLoader& operator=(const EvalLoader&) = delete;
  ~EvalLoader();

  int64_t batches() const;
  SampleBatch batch(int64_t step);  ///< 0 <= step < batches()

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::unique_ptr<Prefetch> prefetch_;
};

}  // namespace fovea
