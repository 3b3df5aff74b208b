#include "fovea/curate/hash_index.h"

#include <bit>

namespace fovea {
namespace {

constexpr size_t kKeys = 1 << 16;  // of a part

}  // namespace

HashIndex::HashIndex(const std::vector<uint64_t>& hashes, int max_distance)
    : hashes_(hashes), max_distance_(max_distance) {
  for (uint32_t change = 0; change < kKeys; ++change) {
    if (std::popcount(change) <= max_distance / kParts) {
      changes_.push_back(static_cast<uint16_t>(change));
    }
  }
  for (Table& table : tables_) {
    table.first.assign(kKeys + 1, 0);
    table.index.resize(hashes.size());
  }
  for (const uint64_t hash : hashes) {
    const Parts parts = parts_of(hash);
    for (size_t p = 0; p < kParts; ++p) ++tables_[p].first[parts[p] + 1U];
  }
  for (Table& table : tables_) {
    for (size_t key = 0; key < kKeys; ++key) table.first[key + 1] += table.first[key];
  }
  for (size_t p = 0; p < kParts; ++p) {
    std::vector<uint32_t> next = tables_[p].first;
    for (size_t i = 0; i < hashes.size(); ++i) {
      tables_[p].index[next[parts_of(hashes[i])[p]]++] = static_cast<uint32_t>(i);
    }
  }
}

/// Every fourth bit each: neighbouring cosines of a photograph go together more than distant ones.
HashIndex::Parts HashIndex::parts_of(uint64_t hash) {
  Parts parts = {};
  for (size_t bit = 0; bit < 64; ++bit) {
    const auto value = static_cast<uint16_t>((hash >> bit) & 1);
    parts[bit % kParts] = static_cast<uint16_t>(parts[bit % kParts] | value << (bit / kParts));
  }
  return parts;
}

/// Whether a part before this one leads to the same hash, which was then found there.
bool HashIndex::is_near_before(uint64_t difference, int part) const {
  constexpr uint64_t kEveryFourth = 0x1111'1111'1111'1111;
  for (int p = 0; p < part; ++p) {
    if (std::popcount(difference & (kEveryFourth << p)) <= max_distance_ / kParts) return true;
  }
  return false;
}

void HashIndex::find(uint64_t hash, size_t end, std::vector<Near>& found) const {
  const Parts parts = parts_of(hash);
  for (int p = 0; p < kParts; ++p) {
    const Table& table = tables_[static_cast<size_t>(p)];
    for (const uint16_t change : changes_) {
      const size_t key = parts[static_cast<size_t>(p)] ^ change;
      for (uint32_t at = table.first[key]; at < table.first[key + 1]; ++at) {
        const size_t index = table.index[at];
        if (index >= end) break;
        const uint64_t difference = hash ^ hashes_[index];
        const int distance = std::popcount(difference);
        if (distance <= max_distance_ && !is_near_before(difference, p)) {
          found.push_back({.index = index, .distance = distance});
        }
      }
    }
  }
}

}  // namespace fovea
