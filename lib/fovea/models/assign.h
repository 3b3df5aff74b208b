// Which location of a feature pyramid learns which object: FCOS (Tian et al. 2019, section 3.1)
// with centre sampling, as torchvision's FCOS.compute_loss does it. Plain numbers on the host: the
// work is a few locations an object, and a GPU need not be asked how many were positive.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fovea/data/vocabulary.h"

namespace fovea {

/// One level of a pyramid: location (i, j) is at x = j * stride, y = i * stride in input pixels
/// (torchvision's anchors are centred there).
struct PyramidLevel {
  int64_t height = 0;
  int64_t width = 0;
  int64_t stride = 1;
};

/// The levels of a network for an input of that size: strides 8, 16, ..., each rounding up.
std::vector<PyramidLevel> pyramid_levels(int64_t height, int64_t width, int64_t levels);

struct Positive {
  int64_t location = 0;  // index over all levels, row by row
  int64_t label = 0;
  std::array<float, 4> box = {};    // left, top, right, bottom in input pixels
  std::array<float, 2> point = {};  // x, y of the location
  float stride = 1;
};

struct Assignment {
  std::vector<Positive> positives = {};  // by rising location
  std::vector<int64_t> ignored = {};     // locations inside a crowd region and not positive
};

/// A location is positive for an object when it is inside the box and nearer than 1.5 strides to
/// its centre (in x and y), and when its greatest distance to a side lies inside the level's range:
/// 0 to 64 pixels at stride 8, 64 to 128 at 16, and so on, without an upper end at the last level
/// (exactly 64 belongs to neither, as in torchvision). Of several objects the smallest wins, then
/// the first.
Assignment assign(const std::vector<Instance>& instances, const std::vector<PyramidLevel>& levels);

}  // namespace fovea
