// Dividing things into parts so that each part has its share of everything that they show.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fovea {

/// How much of a label a thing shows.
struct Shows {
  size_t label = 0;
  int64_t amount = 0;
};

/// Images that go to one part together.
struct StratifyGroup {
  int64_t images = 1;
  std::vector<Shows> shows = {};  // each label once
};

/// The part of each group. `sizes` are the images wanted in each part and add up to all there are;
/// a part is filled beyond its size only by a group that no part has room for. Each label's amounts
/// are shared out as the images are, as nearly as the groups allow. The same seed gives the same
/// parts.
///
/// Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011, "On the Stratification of
/// Multi-Label Data"): the label that the fewest remaining groups show comes first, because there
/// is the least choice, and a group goes where it is missed most. Where the paper asks for that one
/// label, here all that the group shows is asked for, each label weighed against its share: the
/// part whose squared distance from its share, relative to it, grows least.
std::vector<size_t> stratify(const std::vector<StratifyGroup>& groups, size_t labels,
                             std::span<const int64_t> sizes, uint64_t seed);

}  // namespace fovea
