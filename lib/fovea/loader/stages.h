// How long the parts of making a sample take, over all threads.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace fovea {

enum class Stage { read, decode, warp, colour, objects };
inline constexpr size_t kStages = 5;

class Stages {
 public:
  void add(Stage stage, int64_t nanoseconds) { spent_[static_cast<size_t>(stage)] += nanoseconds; }
  double seconds(Stage stage) const {
    return static_cast<double>(spent_[static_cast<size_t>(stage)]) * 1e-9;
  }

 private:
  std::array<std::atomic<int64_t>, kStages> spent_ = {};
};

/// Counts the time until its end.
class StageTimer {
 public:
  StageTimer(Stages& stages, Stage stage) : stages_(stages), stage_(stage) {}
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;
  ~StageTimer() { stages_.add(stage_, (Clock::now() - begin_).count()); }

 private:
  using Clock = std::chrono::steady_clock;
  static_assert(std::is_same_v<Clock::period, std::nano>);
  Stages& stages_;
  const Stage stage_;
  const Clock::time_point begin_ = Clock::now();
};

}  // namespace fovea
