#include "fovea/core/parallel.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace fovea {
namespace {

TEST(InParallel, CallsEachNumberOnceWithAnyNumberOfThreads) {
  for (const int64_t threads : {0, 1, 3, 50}) {
    std::vector<std::atomic<int>> calls(20);
    in_parallel(
        20, [&](int64_t i) { ++calls[static_cast<size_t>(i)]; }, threads);
    for (const auto& count : calls) EXPECT_EQ(count, 1) << threads;
  }
  in_parallel(0, [](int64_t) { FAIL(); });
}

TEST(InParallel, UsesAsManyThreadsAsAsked) {
  for (const size_t threads : {1, 3}) {
    std::mutex mutex;
    std::condition_variable all;
    std::set<std::thread::id> ids;
    const auto work = [&](int64_t) {
      std::unique_lock lock(mutex);
      ids.insert(std::this_thread::get_id());
      all.notify_all();
      all.wait_for(lock, std::chrono::seconds(10), [&] { return ids.size() >= threads; });
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    };
    in_parallel(12, work, static_cast<int64_t>(threads));
    EXPECT_EQ(ids.size(), threads);
  }
}

TEST(InParallel, ThrowsTheFailureAgainAndBeginsNothingAfterIt) {
  for (const int64_t threads : {1, 4}) {
    std::atomic<int> calls = 0;
    const auto work = [&](int64_t i) {
      ++calls;
      if (i == 2) throw std::runtime_error("the third");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    EXPECT_THAT([&] { in_parallel(1000, work, threads); },
                testing::ThrowsMessage<std::runtime_error>("the third"));
    EXPECT_LT(calls, threads == 1 ? 4 : 1000);
  }
}

}  // namespace
}  // namespace fovea
