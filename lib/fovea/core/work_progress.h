// Tells a Log how far a piece of work has come, from any thread and at most 20 times a second.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "fovea/core/log.h"

namespace fovea {

class WorkProgress {
 public:
  /// `log` must outlive this.
  WorkProgress(std::string what, std::string unit, int64_t total, Log& log);
  /// `count` more are done. Stopped when the rest is not wanted any more.
  void add(int64_t count = 1);

 private:
  using Clock = std::chrono::steady_clock;
  void tell();

  const std::string what_;
  const std::string unit_;
  const int64_t total_;
  Log& log_;
  const Clock::time_point begin_;
  std::atomic<int64_t> done_ = 0;
  std::atomic<int64_t> next_ = 0;  // milliseconds since the beginning
  std::mutex mutex_ = {};          // of the log: what is told never goes back
};

}  // namespace fovea
