// Independent pieces of work on several threads.
#pragma once

#include <cstdint>
#include <functional>

namespace fovea {

/// How many threads the machine runs at once, at least one.
int64_t core_count();

/// Calls work(0) ... work(count - 1), each once and in no order, on `threads` threads of which the
/// caller's is one (0: as many as the machine has cores), or as many as the system gives. After a
/// failure no further call begins, and when the running ones are done the first failure is thrown
/// again.
void in_parallel(int64_t count, const std::function<void(int64_t)>& work, int64_t threads = 0);

}  // namespace fovea
