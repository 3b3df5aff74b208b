#include "fovea/loader/read_ahead.h"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>
#include <utility>

namespace fovea {
namespace {

constexpr size_t kMost = 4096;

void announce(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  posix_fadvise(file, 0, 0, POSIX_FADV_WILLNEED);
  close(file);
}

}  // namespace

ReadAhead::ReadAhead() {
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    // Without a thread files are read when they are needed.
  }
}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  news_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ReadAhead::expect(const std::vector<std::string>& paths) {
  {
    const std::lock_guard lock(mutex_);
    paths_.insert(paths_.end(), paths.begin(), paths.end());
    while (paths_.size() > kMost) paths_.pop_front();
  }
  news_.notify_all();
}

void ReadAhead::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    news_.wait(lock, [this] { return stopping_ || !paths_.empty(); });
    if (stopping_) return;
    const std::string path = std::move(paths_.front());
    paths_.pop_front();
    lock.unlock();
    announce(path);
    lock.lock();
  }
}

}  // namespace fovea
