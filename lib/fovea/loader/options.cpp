#include "fovea/loader/options.h"

#include <fmt/core.h>

#include <string>

#include "fovea/core/error.h"

namespace fovea {

void fields(OptionList& field, LoaderOptions& o) {
  field("workers", o.workers, between(0, 256),
        "threads that read images; 0 reads in between steps");
  field("prefetch", o.prefetch, between(1, 64), "batches made ahead");
  field("order", o.order,
        {{"shuffled", Order::shuffled},
         {"repeat_factor", Order::repeat_factor},
         {"class_balanced", Order::class_balanced}},
        "every image once an epoch; images of rare classes more often; each class as often");
  field("repeat_threshold", o.repeat_threshold, between(0, 1),
        "share of the images below which a class counts as rare for `repeat_factor`");
  field("same_shape", o.same_shape, "batches of wide images, or of high ones, which need no room");
  field("cache", o.cache,
        {{"none", Cache::none}, {"files", Cache::files}, {"decoded", Cache::decoded}},
        "what of the images stays in memory");
  field("cache_mb", o.cache_mb, between(0, 100'000'000), "memory for that in MB, a process");
}

void check_batch(int64_t batch, int64_t ranks) {
  if (batch % ranks == 0) return;
  const int64_t below = batch / ranks * ranks;
  const std::string near =
      below == 0 ? fmt::format("the nearest that they can is {}", ranks)
                 : fmt::format("the nearest that they can are {} and {}", below, below + ranks);
  fail(fmt::format("train.batch: is `{}`, which {} processes cannot share evenly", batch, ranks),
       near);
}

}  // namespace fovea
