#include "fovea/loader/prefetch.h"

#include <fmt/core.h>

#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/loader/block_pool.h"

namespace fovea {
namespace {

BlockSource reused_blocks() {
  return [pool = std::make_shared<BlockPool>()](size_t size) { return pool->take(size); };
}

}  // namespace

SampleBatch new_batch(ImageSize size, size_t count, const BlockSource& blocks) {
  SampleBatch batch{.height = size.height, .width = size.width};
  batch.pixels = blocks(count * static_cast<size_t>(size.height * size.width * 3));
  batch.instances.resize(count);
  batch.frames.resize(count);
  batch.image_ids.resize(count);
  batch.colours.resize(count);
  return batch;
}

/// One batch in the making. `keys`, `step` and the size of `batch` stay as they are; the mutex of
/// Prefetch guards the counters and the error, and each sample has its own place in `batch`.
struct Prefetch::Slot {
  int64_t step = 0;
  std::vector<SampleKey> keys = {};
  SampleBatch batch = {};
  size_t taken = 0;
  size_t finished = 0;
  size_t failed_place = 0;
  std::exception_ptr error = {};  // of the first place that failed
};

Prefetch::Prefetch(BatchStream stream, int64_t threads, int64_t ahead)
    : stream_(std::move(stream)),
      blocks_(stream_.blocks ? stream_.blocks : reused_blocks()),
      ahead_(ahead) {
  try {
    for (int64_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    join();
    fail(fmt::format("the system allows {} of the {} threads that were asked for", threads_.size(),
                     threads),
         "lower loader.workers");
  }
}

Prefetch::~Prefetch() {
  join();
}

void Prefetch::join() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_left_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

SampleBatch Prefetch::batch(int64_t step) {
  schedule_from(step);
  const std::shared_ptr<Slot> slot = slots_.front();
  if (threads_.empty()) {
    for (slot->taken = 0; slot->taken < slot->keys.size() && !slot->error;) {
      make_sample(*slot, slot->taken++);
    }
  } else {
    std::unique_lock lock(mutex_);
    const auto is_done = [&] { return slot->finished == slot->keys.size(); };
    while (!slot_done_.wait_for(lock, stream_.patience, is_done)) {
      if (!stream_.waiting) continue;
      lock.unlock();
      stream_.waiting();
      lock.lock();
    }
  }
  {
    const std::lock_guard lock(mutex_);
    slots_.pop_front();
  }
  if (!threads_.empty()) schedule_until(step + 1 + ahead_);
  if (slot->error) std::rethrow_exception(slot->error);
  return std::move(slot->batch);
}

std::shared_ptr<Prefetch::Slot> Prefetch::new_slot(int64_t step) const {
  auto slot = std::make_shared<Slot>();
  slot->step = step;
  slot->keys = stream_.samples(step);
  slot->batch = new_batch(stream_.size(step), slot->keys.size(), blocks_);
  return slot;
}

/// Makes `step` the first slot, keeping what is under way from it on.
void Prefetch::schedule_from(int64_t step) {
  {
    const std::lock_guard lock(mutex_);
    while (!slots_.empty() && slots_.front()->step != step) slots_.pop_front();
    if (slots_.empty()) next_step_ = step;
  }
  schedule_until(threads_.empty() ? step + 1 : step + ahead_);
  if (slots_.empty()) throw std::out_of_range(fmt::format("the stream has no step {}", step));
}

void Prefetch::schedule_until(int64_t end) {
  for (; next_step_ < end; ++next_step_) {
    std::shared_ptr<Slot> slot = new_slot(next_step_);
    if (slot->keys.empty()) return;
    const std::lock_guard lock(mutex_);
    slots_.push_back(std::move(slot));
    work_left_.notify_all();
  }
}

void Prefetch::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    std::shared_ptr<Slot> slot;
    work_left_.wait(lock, [&] {
      for (const auto& candidate : slots_) {
        slot = candidate;
        if (slot->taken < slot->keys.size()) return true;
      }
      return stopping_;
    });
    if (stopping_) return;
    const size_t place = slot->taken++;
    lock.unlock();
    make_sample(*slot, place);
    lock.lock();
  }
}

void Prefetch::make_sample(Slot& slot, size_t place) {
  std::exception_ptr error;
  try {
    stream_.make(slot.keys[place], slot.batch, place);
  } catch (...) {
    error = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  if (error && (!slot.error || place < slot.failed_place)) {
    slot.error = error;
    slot.failed_place = place;
  }
  if (++slot.finished == slot.keys.size()) slot_done_.notify_all();
}

}  // namespace fovea
