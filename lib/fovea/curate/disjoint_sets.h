// Things that are joined to groups, one pair after the other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace fovea {

/// A forest in which each thing knows one before it of its group; at first each is alone.
class DisjointSets {
 public:
  explicit DisjointSets(size_t count) : before_(count) {
    std::iota(before_.begin(), before_.end(), size_t{0});
  }
  /// The first of its group, the same for all in it.
  size_t first_of(size_t i) {
    while (before_[i] != i) i = before_[i] = before_[before_[i]];
    return i;
  }
  void join(size_t a, size_t b) {
    a = first_of(a);
    b = first_of(b);
    before_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<size_t> before_;
};

}  // namespace fovea
