#include "fovea/core/work_progress.h"

#include <utility>

namespace fovea {
namespace {

constexpr int64_t kPause = 50;  // milliseconds between two reports

}  // namespace

WorkProgress::WorkProgress(std::string what, std::string unit, int64_t total, Log& log)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      log_(log),
      begin_(Clock::now()) {}

void WorkProgress::add(int64_t count) {
  log_.expect_wanted();
  const int64_t done = done_ += count;
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin_).count();
  int64_t next = next_;
  const bool is_due = now >= next && next_.compare_exchange_strong(next, now + kPause);
  if (is_due || done == total_) tell();
}

void WorkProgress::tell() {
  const std::lock_guard lock(mutex_);
  const int64_t done = done_;
  const std::chrono::duration<double> spent = Clock::now() - begin_;
  const double rate = spent.count() > 0 ? static_cast<double>(done) / spent.count() : 0;
  Progress progress{.what = what_, .done = done, .total = total_, .unit = unit_, .rate = rate};
  if (rate > 0) progress.seconds_left = static_cast<double>(total_ - done) / rate;
  log_.progress(progress);
}

}  // namespace fovea
