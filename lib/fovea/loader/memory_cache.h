// Things by number that are dear to make, kept as long as they fit into a budget.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace fovea {

/// Keeps what comes first and never drops anything: where everything is asked for once an epoch, no
/// order of dropping does better. Any thread may use it.
template <class T>
class MemoryCache {
 public:
  MemoryCache(int64_t count, int64_t budget_bytes)
      : entries_(static_cast<size_t>(count)), bytes_left_(budget_bytes) {}

  /// The thing of that number, or null.
  std::shared_ptr<const T> find(int64_t number) const {
    const std::lock_guard lock(mutex_);
    return entries_[static_cast<size_t>(number)];
  }

  bool has_room(int64_t bytes) const {
    const std::lock_guard lock(mutex_);
    return bytes <= bytes_left_;
  }

  void keep(int64_t number, std::shared_ptr<const T> thing, int64_t bytes) {
    const std::lock_guard lock(mutex_);
    auto& entry = entries_[static_cast<size_t>(number)];
    if (entry != nullptr || bytes > bytes_left_) return;
    entry = std::move(thing);
    bytes_left_ -= bytes;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const T>> entries_;
  int64_t bytes_left_;
};

}  // namespace fovea
