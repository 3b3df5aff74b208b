// The candidates worth a closer look: the first step of select(), in two ways with one answer.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fovea/deploy/options.h"
#include "fovea/ops/vocabulary.h"

namespace fovea {

using Corners = std::array<float, 4>;  // left, top, right, bottom

/// One (location, class) pair that passed the threshold.
struct Pick {
  float score = 0;
  int64_t index = 0;  // location * C + class
  Corners box = {};   // in input pixels
};

/// For each image the best `top_k` pairs above `score_threshold`, best first, equal scores by
/// rising index. For tensors in the host's memory.
std::vector<std::vector<Pick>> picks_on_host(const Candidates& candidates,
                                             const SelectOptions& options);

/// The same with tensors' own operators, for a GPU: it finds what is above the threshold and not
/// below the top_k-th score, a few more than top_k where scores are equal, and only these are
/// copied; the host decides between the equal ones.
std::vector<std::vector<Pick>> picks_on_device(const Candidates& candidates,
                                               const SelectOptions& options);

}  // namespace fovea
