#include "fovea/core/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace fovea {

int64_t core_count() {
  return std::max<int64_t>(1, std::thread::hardware_concurrency());
}

void in_parallel(int64_t count, const std::function<void(int64_t)>& work, int64_t threads) {
  std::atomic<int64_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto loop = [&] {
    try {
      for (int64_t i = next++; i < count; i = next++) work(i);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      next = count;
    }
  };
  if (threads <= 0) threads = core_count();
  {
    std::vector<std::jthread> others;
    try {
      for (int64_t i = 1; i < std::min(threads, count); ++i) others.emplace_back(loop);
    } catch (const std::system_error&) {  // fewer will do
    }
    loop();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace fovea
