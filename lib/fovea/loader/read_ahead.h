// Files on their way from the disk before they are asked for.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace fovea {

/// Tells the system which files will be read soon, on a thread of its own, so that disks and
/// network file systems work while batches are made. What cannot be opened is left to those who
/// read it.
class ReadAhead {
 public:
  ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead();

  /// Returns at once. Of more than a few thousand files that are waiting the first ones are
  /// forgotten: their readers have come by themselves.
  void expect(const std::vector<std::string>& paths);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::string> paths_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace fovea
