#include "fovea/loader/file_reads.h"

#include <algorithm>
#include <utility>

namespace fovea {

FileReads::FileReads(std::function<Bytes(const std::string& path)> read) : read_(std::move(read)) {}

FileReads::Bytes FileReads::read_file(const std::string& path) {
  return std::make_shared<const FileBytes>(path);
}

FileReads::Bytes FileReads::read(const std::string& path) {
  const int call = 0;  // its address is this call
  {
    const std::lock_guard lock(mutex_);
    begun_[&call] = {path, Clock::now()};
  }
  const auto end = [&] {
    const std::lock_guard lock(mutex_);
    begun_.erase(&call);
  };
  try {
    Bytes bytes = read_(path);
    end();
    return bytes;
  } catch (...) {
    end();
    throw;
  }
}

FileReads::Slow FileReads::slowest() const {
  const std::lock_guard lock(mutex_);
  const auto first =
      std::min_element(begun_.begin(), begun_.end(),
                       [](const auto& a, const auto& b) { return a.second.at < b.second.at; });
  if (first == begun_.end()) return {};
  const std::chrono::duration<double> spent = Clock::now() - first->second.at;
  return {first->second.path, spent.count()};
}

}  // namespace fovea
