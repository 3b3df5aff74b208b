// The things by number that were asked for last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace fovea {

/// Drops what was not asked for longest. Any thread may use it.
template <class T>
class RecentCache {
 public:
  explicit RecentCache(int64_t most) : most_(static_cast<size_t>(most)) {}

  /// The thing of that number, or null.
  std::shared_ptr<const T> find(int64_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(number);
    if (found == places_.end()) return nullptr;
    things_.splice(things_.begin(), things_, found->second);
    return found->second->second;
  }

  void keep(int64_t number, std::shared_ptr<const T> thing) {
    const std::lock_guard lock(mutex_);
    if (most_ == 0 || places_.contains(number)) return;
    if (things_.size() == most_) {
      places_.erase(things_.back().first);
      things_.pop_back();
    }
    things_.emplace_front(number, std::move(thing));
    places_[number] = things_.begin();
  }

 private:
  using Things = std::list<std::pair<int64_t, std::shared_ptr<const T>>>;
  std::mutex mutex_ = {};
  Things things_ = {};  // the last one asked for first
  std::unordered_map<int64_t, typename Things::iterator> places_ = {};
  size_t most_;
};

}  // namespace fovea
