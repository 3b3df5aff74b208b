// How many objects each class has.
#pragma once

#include <cstdint>
#include <vector>

#include "fovea/data/vocabulary.h"

namespace fovea {

/// By label, crowds left out.
inline std::vector<int64_t> class_counts(const Dataset& dataset) {
  std::vector<int64_t> counts(dataset.categories.size(), 0);
  for (const Record& record : dataset.records) {
    for (const auto& instance : record.instances) {
      if (!instance.crowd) ++counts[static_cast<size_t>(instance.label)];
    }
  }
  return counts;
}

}  // namespace fovea
