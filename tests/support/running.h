// A program that is watched and disturbed while it runs.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "support/test_files.h"

namespace fovea {

/// Started by the constructor, killed by the destructor when nobody waited for its end.
class Running {
 public:
  /// `words` as run() of test_files.h takes them.
  explicit Running(std::vector<std::string> words);
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();

  pid_t pid() const { return pid_; }
  /// What it wrote to standard output and standard error until now.
  std::string said() const;
  /// Waits for a text in its output; false when it has not come after `seconds`.
  bool says(const std::string& text, double seconds = 10) const;
  /// Exit status, or 128 + the signal, after it has ended.
  int status();
  /// Its child processes, from the kernel.
  std::vector<pid_t> children() const;

 private:
  TempFolder folder_;
  std::filesystem::path out_;
  pid_t pid_ = 0;
};

}  // namespace fovea
