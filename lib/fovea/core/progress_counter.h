// Progress of work that several threads share.
#pragma once

#include <chrono>
#include <mutex>
#include <string_view>

#include "fovea/core/log.h"

namespace fovea {

/// Counts finished pieces for the log, from any thread.
class ProgressCounter {
 public:
  ProgressCounter(std::string_view what, std::string_view unit, int64_t total, Log& log)
      : progress_{.what = what, .total = total, .unit = unit}, log_(log) {}
  void add() {
    const std::lock_guard lock(mutex_);
    ++progress_.done;
    const std::chrono::duration<double> spent = Clock::now() - start_;
    progress_.rate = static_cast<double>(progress_.done) / spent.count();
    progress_.seconds_left = static_cast<double>(progress_.total - progress_.done) / progress_.rate;
    log_.progress(progress_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::mutex mutex_;
  Clock::time_point start_ = Clock::now();
  Progress progress_;
  Log& log_;
};

}  // namespace fovea
