// Batches made by threads before they are asked for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "fovea/core/options.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// What a sample is made from: all its random numbers follow from its place and the seed.
struct SampleKey {
  int64_t record = 0;  // its place in Dataset::records
  int64_t epoch = 0;
  int64_t index = 0;  // in the epoch's order
};

/// A stream of batches as two functions of their arguments alone.
struct BatchStream {
  /// Height and width of a step's samples. Called by the owner's thread only.
  std::function<ImageSize(int64_t step)> size = {};
  /// The samples of a step; none: the stream has ended. Called by the owner's thread only.
  std::function<std::vector<SampleKey>(int64_t step)> samples = {};
  /// Makes one sample at its place in the batch. Called by several threads at once.
  std::function<void(const SampleKey& key, SampleBatch& batch, size_t place)> make = {};
  /// Called by the owner's thread whenever a batch has been waited for so long; may be empty.
  std::function<void()> waiting = {};
  std::chrono::milliseconds patience = std::chrono::seconds(5);
  BlockSource blocks = {};  // memory of the batches; none: the prefetch's own, used again
};

/// A batch of that many samples, with nothing in it yet.
SampleBatch new_batch(ImageSize size, size_t count, const BlockSource& blocks);

/// Threads share the samples of the next steps, the nearest step first, and sleep when `ahead`
/// batches are made. Without threads everything happens in batch(); the batches are the same.
class Prefetch {
 public:
  /// Error when the system refuses so many threads.
  Prefetch(BatchStream stream, int64_t threads, int64_t ahead);
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;
  ~Prefetch();

  /// The batch of any step; quickest for the one that follows the last. Throws what `make` threw
  /// for the batch's first sample that failed.
  SampleBatch batch(int64_t step);

 private:
  struct Slot;
  std::shared_ptr<Slot> new_slot(int64_t step) const;
  void schedule_from(int64_t step);
  void schedule_until(int64_t end);
  void work();
  void make_sample(Slot& slot, size_t place);
  void join();

  const BatchStream stream_;
  const BlockSource blocks_;
  const int64_t ahead_;
  std::mutex mutex_;
  std::condition_variable work_left_;
  std::condition_variable slot_done_;
  std::deque<std::shared_ptr<Slot>> slots_;  // consecutive steps; only batch() adds and removes
  int64_t next_step_ = 0;                    // the step after the last slot
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace fovea
