// The parts that a data set is to be divided into, as they are written: "train=0.8,val=0.2".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

struct PartSize {
  enum class Unit { share, images, rest };
  std::string name = {};
  Unit unit = Unit::share;
  double amount = 0;  // share 0..1, or images; of the rest 0
};

/// Shares that add up to 1, or numbers of images, of which one part may be the `rest`. Error that
/// says what is wrong with the text.
std::vector<PartSize> read_parts(std::string_view text);

/// Images of each part, of so many: they add up, and a part has at least one. Error where that
/// cannot be.
std::vector<int64_t> images_of(const std::vector<PartSize>& parts, int64_t images);

}  // namespace fovea
