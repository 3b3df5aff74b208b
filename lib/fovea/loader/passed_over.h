// Records whose pictures cannot be read.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "fovea/core/error.h"

namespace fovea {

/// The picture of a record cannot be read.
class UnreadablePicture : public Error {
 public:
  UnreadablePicture(int64_t record, const Error& why) : Error(why), record_(record) {}
  int64_t record() const { return record_; }

 private:
  int64_t record_;
};

/// Which of `count` records are passed over. Any thread may use it.
class PassedOver {
 public:
  explicit PassedOver(int64_t count) : count_(count) {}

  /// Throws `error` when no other record is left.
  void add(const UnreadablePicture& error);
  /// The record, or the next one that is not passed over.
  int64_t instead_of(int64_t record) const;
  /// What was added since the last call, as lines.
  std::vector<std::string> news();

 private:
  const int64_t count_;
  std::atomic<bool> any_ = false;
  mutable std::mutex mutex_ = {};  // of what follows
  std::set<int64_t> records_ = {};
  std::vector<std::string> news_ = {};
};

}  // namespace fovea
