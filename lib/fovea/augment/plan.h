// All that is random about a sample, drawn before a pixel is touched: what is shown where, and what
// becomes of its colours. A function of (seed, epoch, place in the epoch) and the data set's
// annotations.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "fovea/augment/colour.h"
#include "fovea/augment/draws.h"
#include "fovea/augment/objects.h"
#include "fovea/augment/options.h"
#include "fovea/augment/policy.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// One picture on a sample.
struct Placement {
  int64_t record = 0;         // its place in Dataset::records
  ImageSize file = {};        // its pixels
  Projection to_sample = {};  // from them
  Window window = {};
};

/// Objects of a picture that are laid over a sample.
struct Paste {
  Placement from = {};
  std::vector<size_t> objects = {};  // of the record's instances
};

/// What fills a sample: one picture or four, and what lies on it.
struct Layer {
  std::vector<Placement> pictures = {};
  std::optional<Paste> paste = {};
};

struct SamplePlan {
  ImageSize size = {};
  Layer first = {};
  std::optional<Layer> second = {};   // of mixup or cutmix
  double second_share = 0;            // mixup: of every pixel; cutmix: of the area
  std::optional<PixelRect> cut = {};  // cutmix: where the second is shown
  std::vector<PixelRect> erased = {};
  ColourChange colour = {};
  std::vector<PixelChange> changes = {};
  double blur = 0;   // standard deviation, pixels
  double noise = 0;  // standard deviation, grey levels
};

/// What a plan is drawn from.
struct PlanSource {
  const Dataset& dataset;
  const AugmentOptions& options;
  std::function<ImageSize(int64_t record)> size_of;  // pixels of its picture
  std::function<int64_t(Rng& rng)> partner;          // another record
};

/// The most sample pixels that a plan makes of one file pixel, on either axis.
double largest_sample_scale(const AugmentOptions& options, ImageSize file, ImageSize size);

SamplePlan draw_plan(const PlanSource& source, int64_t record, ImageSize size, const Draws& draws);

}  // namespace fovea
