#include "fovea/data/rle.h"

#include <limits>

namespace fovea {
namespace {

constexpr int64_t kBits = 5;       // of a number in each character
constexpr int64_t kMaxGroups = 7;  // 35 bits: a 32-bit count or a difference of two
constexpr size_t kFirstDifference = 3;

}  // namespace

std::optional<std::vector<uint32_t>> decode_counts(std::string_view text) {
  std::vector<uint32_t> counts;
  for (size_t at = 0; at < text.size();) {
    int64_t number = 0;
    int64_t group = 0;
    for (bool more = true; more; ++group) {
      if (at == text.size() || group == kMaxGroups || text[at] < '0' || text[at] > 'o') return {};
      const int64_t bits = text[at++] - '0';
      number |= (bits & 0x1F) << (kBits * group);
      more = (bits & 0x20) != 0;
      const bool negative = !more && (bits & 0x10) != 0;
      if (negative) number -= int64_t{1} << (kBits * (group + 1));
    }
    if (counts.size() >= kFirstDifference) number += counts[counts.size() - 2];
    if (number < 0 || number > std::numeric_limits<uint32_t>::max()) return {};
    counts.push_back(static_cast<uint32_t>(number));
  }
  return counts;
}

}  // namespace fovea
