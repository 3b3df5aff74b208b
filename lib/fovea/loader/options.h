// In which order records are read, by whom, and what is kept in memory.
#pragma once

#include <cstdint>

#include "fovea/core/options.h"

namespace fovea {

enum class Order { shuffled, repeat_factor, class_balanced };
enum class Cache { none, files, decoded };

struct LoaderOptions {
  int64_t workers = 2;   // threads; 0: the caller's own
  int64_t prefetch = 2;  // batches made ahead
  Order order = Order::shuffled;
  double repeat_threshold = 0.001;  // share of images; of `repeat_factor`
  bool same_shape = false;          // batches of wide or of high pictures alone
  Cache cache = Cache::none;
  int64_t cache_mb = 2000;  // that the cache may take
};

void fields(OptionList& field, LoaderOptions& o);

/// Error naming the nearest batches that `ranks` processes can share evenly, when `batch` is none.
void check_batch(int64_t batch, int64_t ranks);

}  // namespace fovea
