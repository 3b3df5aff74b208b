// Finds hashes that differ in few bits without comparing all with all.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fovea {

/// Hashes in four tables by 16 of their bits each. Two hashes that differ in d bits differ in at
/// most d / 4 bits of one of the four parts, so that only the parts near those of a hash are looked
/// up.
class HashIndex {
 public:
  /// `hashes` must outlive this. max_distance is 0..16.
  HashIndex(const std::vector<uint64_t>& hashes, int max_distance);

  struct Near {
    size_t index = 0;
    int distance = 0;
  };
  /// Appends each indexed hash below `end` that differs from `hash` in at most max_distance bits.
  void find(uint64_t hash, size_t end, std::vector<Near>& found) const;

 private:
  static constexpr int kParts = 4;
  using Parts = std::array<uint16_t, kParts>;
  static Parts parts_of(uint64_t hash);
  bool is_near_before(uint64_t difference, int part) const;

  const std::vector<uint64_t>& hashes_;
  int max_distance_;
  std::vector<uint16_t> changes_ = {};  // every change of at most max_distance / 4 bits
  struct Table {
    std::vector<uint32_t> first = {};  // by part: where its hashes begin in `index`
    std::vector<uint32_t> index = {};  // rising within a part
  };
  std::array<Table, kParts> tables_ = {};
};

}  // namespace fovea
