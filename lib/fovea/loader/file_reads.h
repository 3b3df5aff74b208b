// Reading whole files, while somebody may ask what is taking so long.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "fovea/core/files.h"

namespace fovea {

class FileReads {
 public:
  using Bytes = std::shared_ptr<const FileBytes>;
  /// `read` gives the bytes of a path.
  explicit FileReads(std::function<Bytes(const std::string& path)> read = read_file);

  /// Error naming the file when it cannot be read. For any thread.
  Bytes read(const std::string& path);

  struct Slow {
    std::string path = {};  // empty: nothing is being read
    double seconds = 0;     // until now
  };
  /// The read that has been going on for longest.
  Slow slowest() const;

 private:
  using Clock = std::chrono::steady_clock;
  static Bytes read_file(const std::string& path);
  struct Begun {
    std::string path;
    Clock::time_point at;
  };
  const std::function<Bytes(const std::string& path)> read_;
  mutable std::mutex mutex_ = {};  // of what follows
  std::map<const void*, Begun> begun_ = {};
};

}  // namespace fovea
