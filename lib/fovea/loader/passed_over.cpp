#include "fovea/loader/passed_over.h"

#include <utility>

namespace fovea {

void PassedOver::add(const UnreadablePicture& error) {
  const std::lock_guard lock(mutex_);
  if (records_.contains(error.record())) return;
  if (static_cast<int64_t>(records_.size()) + 1 == count_) throw error;
  records_.insert(error.record());
  news_.emplace_back(error.what());
  any_ = true;
}

int64_t PassedOver::instead_of(int64_t record) const {
  if (!any_) return record;
  const std::lock_guard lock(mutex_);
  while (records_.contains(record)) record = (record + 1) % count_;
  return record;
}

std::vector<std::string> PassedOver::news() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

}  // namespace fovea
