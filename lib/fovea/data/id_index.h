// From ids to their places.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace fovea {

/// The place of each of some ids, by a table where they lie close together and by search where not.
class IdIndex {
 public:
  IdIndex() = default;
  /// `ids` must rise.
  explicit IdIndex(std::span<const int64_t> ids) : ids_(ids.begin(), ids.end()) {
    if (ids_.empty()) return;
    const auto span = static_cast<uint64_t>(ids_.back()) - static_cast<uint64_t>(ids_.front());
    if (span >= kSparse * ids_.size() + kSmall) return;
    table_.assign(span + 1, -1);
    for (size_t place = 0; place < ids_.size(); ++place) {
      table_[static_cast<size_t>(ids_[place] - ids_.front())] = static_cast<int32_t>(place);
    }
  }

  /// The place of an id, -1 when it is none.
  int32_t find(int64_t id) const {
    if (!table_.empty()) {
      const uint64_t at = static_cast<uint64_t>(id) - static_cast<uint64_t>(ids_.front());
      return at < table_.size() ? table_[at] : -1;
    }
    const auto found = std::lower_bound(ids_.begin(), ids_.end(), id);
    const bool is_there = found != ids_.end() && *found == id;
    return is_there ? static_cast<int32_t>(found - ids_.begin()) : -1;
  }

 private:
  static constexpr uint64_t kSparse = 256;  // entries of the table for each id
  static constexpr uint64_t kSmall = 1 << 16;
  std::vector<int64_t> ids_ = {};
  std::vector<int32_t> table_ = {};
};

}  // namespace fovea
