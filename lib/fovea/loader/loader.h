// From records to batches. A batch is a function of (seed, step): there is no position to keep, and
// neither threads nor processes nor restarts change what is in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "fovea/augment/options.h"
#include "fovea/core/options.h"
#include "fovea/data/vocabulary.h"
#include "fovea/loader/options.h"

namespace fovea {

class Prefetch;

/// Which part of the stream a loader gives.
struct LoaderPlan {
  int64_t batch = 1;  // images a step over all ranks; a multiple of `ranks`
  uint64_t seed = 0;
  int64_t rank = 0;
  int64_t ranks = 1;
};

/// The endless stream of training samples: one epoch after the other, each in its own random order
/// and each holding every record once, varied by numbers of (seed, epoch, place). Step s of all
/// ranks together is samples [s * batch, (s + 1) * batch); a rank gets the slice of its number.
class Loader {
 public:
  /// `dataset` must outlive the loader. The memory of batches comes from `blocks`; without one it
  /// is the loader's own, used again.
  Loader(const Dataset& dataset, ImageSize size, const AugmentOptions& augment,
         const LoaderOptions& options, const LoaderPlan& plan, BlockSource blocks = {});
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  ~Loader();

  /// Any step, quickest in order. Error naming the file that could not be read.
  SampleBatch batch(int64_t step);

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::unique_ptr<Prefetch> prefetch_;  // ends its threads before `state_` goes
};

/// How a picture is shown to a network that is not learning: fitted into `size` (fit() of
/// augment/geometry.h), in an input no larger than it needs (input_for() of augment/input_size.h).
struct InputOptions {
  ImageSize size = {};
  int64_t divisor = 32;  // of the input's height and width
};

/// The records in their order, unvaried. Record i belongs to rank i % ranks. A batch holds
/// neighbours whose inputs have the same size, so that nothing depends on who is beside whom; it
/// may be smaller than the plan says.
class EvalLoader {
 public:
  /// `dataset`, whose records state their sizes, must outlive the loader; plan.batch counts the
  /// images of this rank, plan.seed nothing.
  EvalLoader(const Dataset& dataset, const InputOptions& input, const LoaderOptions& options,
             const LoaderPlan& plan);
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
