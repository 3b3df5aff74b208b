#include "fovea/data/loader.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "fovea/core/error.h"
#include "fovea/core/random.h"
#include "fovea/data/input_size.h"
#include "fovea/data/pictures.h"
#include "fovea/data/prefetch.h"
#include "fovea/data/transforms.h"
#include "fovea/image/decode.h"
#include "fovea/image/pixel_kernels.h"
#include "fovea/image/warp.h"

namespace fovea {
namespace {

constexpr int64_t kMegabyte = 1'000'000;

int64_t bytes_of(ImageSize size) {
  return size.height * size.width * 3;
}

/// The pixels of one sample in its batch.
std::span<uint8_t> pixels_at(SampleBatch& batch, size_t place) {
  const auto bytes = static_cast<size_t>(bytes_of({batch.height, batch.width}));
  return {batch.pixels.data() + place * bytes, bytes};
}

void expect_records(const Dataset& dataset) {
  if (!dataset.records.empty()) return;
  fail(dataset.file, "/images", "holds no image", "add images, or name another split");
}

/// One picture in a window: its geometry and its objects.
struct Piece {
  Frame frame = {};
  std::vector<Instance> instances = {};
};

void shift(Piece& piece, double x, double y) {
  piece.frame.a[2] += x;
  piece.frame.a[5] += y;
  for (Instance& instance : piece.instances) {
    instance.box.left += x;
    instance.box.top += y;
    for (std::vector<double>& polygon : instance.segmentation.polygons) {
      for (size_t i = 0; i < polygon.size(); ++i) polygon[i] += i % 2 == 0 ? x : y;
    }
    for (Keypoint& keypoint : instance.keypoints) {
      keypoint.x += x;
      keypoint.y += y;
    }
  }
}

}  // namespace

// ---- training ----

struct Loader::State {
  const Dataset& dataset;
  const ImageSize size;
  const AugmentOptions augment;
  const LoaderPlan plan;
  Pictures pictures;
  int64_t ordered_epoch = -1;  // the epoch of `order`; used by the owner's thread alone
  std::vector<int64_t> order = {};

  int64_t record_at(int64_t epoch, int64_t position) {
    if (epoch != ordered_epoch) {
      order = permutation(static_cast<int64_t>(dataset.records.size()),
                          rng_for(Stream::order, plan.seed, epoch));
      ordered_epoch = epoch;
    }
    return order[static_cast<size_t>(position)];
  }

  std::vector<SampleKey> samples(int64_t step) {
    const auto count = static_cast<int64_t>(dataset.records.size());
    const int64_t own = plan.batch / plan.ranks;
    const int64_t first = step * plan.batch + plan.rank * own;
    std::vector<SampleKey> keys;
    for (int64_t k = first; k < first + own; ++k) {
      keys.push_back({.epoch = k / count, .index = record_at(k / count, k % count)});
    }
    return keys;
  }

  /// Shows a picture through a window of height x width x 3 bytes at `out`.
  Piece show(int64_t index, const AugmentOptions& options, ImageSize window, Rng& rng,
             uint8_t* out) {
    const Picture picture = pictures.get(index);
    Record record = dataset.records[static_cast<size_t>(index)];
    record.height = picture.file.height;
    record.width = picture.file.width;
    Piece piece{.frame = draw_geometry(options, record, window, rng)};
    fill_pixels(out, kFill, static_cast<size_t>(window.height * window.width));
    warp_into(*picture.image, compose(piece.frame.a, inverse(picture.from_file)),
              Antialias::block_mean, {}, {out, window.height, window.width});
    piece.instances = map_instances(record.instances, piece.frame, window, options.min_visible);
    return piece;
  }

  /// Four pictures around a random point; the sample's own is in the upper left. Sizes are drawn
  /// from the same range of pixels as without mosaic, but leave no room in a quarter.
  Piece show_four(int64_t index, Rng& rng, uint8_t* out) {
    AugmentOptions options = augment;
    options.zoom = 1;
    options.scale_min = std::max(1.0, 2 * augment.scale_min);
    options.scale_max = std::max(1.0, 2 * augment.scale_max);
    const auto split = [&rng](int64_t side) {
      const double share = rng.uniform(1 - kLargestQuarter, kLargestQuarter);
      return std::clamp<int64_t>(static_cast<int64_t>(share * static_cast<double>(side)), 1,
                                 side - 1);
    };
    const int64_t split_x = split(size.width);
    const int64_t split_y = split(size.height);
    Piece whole;
    std::vector<uint8_t> quarter;
    for (int q = 0; q < 4; ++q) {
      const int64_t left = q % 2 == 0 ? 0 : split_x;
      const int64_t top = q / 2 == 0 ? 0 : split_y;
      const ImageSize window = {.height = q / 2 == 0 ? split_y : size.height - split_y,
                                .width = q % 2 == 0 ? split_x : size.width - split_x};
      const int64_t shown =
          q == 0 ? index : rng.below(static_cast<int64_t>(dataset.records.size()));
      quarter.resize(static_cast<size_t>(bytes_of(window)));
      Piece piece = show(shown, options, window, rng, quarter.data());
      for (int64_t y = 0; y < window.height; ++y) {
        std::copy_n(quarter.data() + y * window.width * 3, window.width * 3,
                    out + ((top + y) * size.width + left) * 3);
      }
      shift(piece, static_cast<double>(left), static_cast<double>(top));
      if (q == 0) whole.frame = piece.frame;
      std::move(piece.instances.begin(), piece.instances.end(),
                std::back_inserter(whole.instances));
    }
    return whole;
  }

  void make(const SampleKey& key, SampleBatch& batch, size_t place) {
    Rng rng = rng_for(Stream::augment, plan.seed, key.epoch, key.index);
    const std::span<uint8_t> pixels = pixels_at(batch, place);
    Piece piece = rng.chance(augment.mosaic) ? show_four(key.index, rng, pixels.data())
                                             : show(key.index, augment, size, rng, pixels.data());
    jitter_colour(pixels, augment, rng);
    batch.instances[place] = std::move(piece.instances);
    batch.frames[place] = piece.frame;
    batch.image_ids[place] = dataset.records[static_cast<size_t>(key.index)].id;
  }
};

void check_batch(int64_t batch, int64_t ranks) {
  if (batch % ranks == 0) return;
  const int64_t below = batch / ranks * ranks;
  const std::string near =
      below == 0 ? fmt::format("the nearest that they can is {}", ranks)
                 : fmt::format("the nearest that they can are {} and {}", below, below + ranks);
  fail(fmt::format("train.batch: is `{}`, which {} processes cannot share evenly", batch, ranks),
       near);
}

Loader::Loader(const Dataset& dataset, ImageSize size, const AugmentOptions& augment,
               const LoaderOptions& options, const LoaderPlan& plan) {
  expect_records(dataset);
  check_batch(plan.batch, plan.ranks);
  state_ = std::unique_ptr<State>(
      new State{dataset, size, augment, plan, {dataset, size, augment, options.cache * kMegabyte}});
  State* state = state_.get();
  const BatchStream stream = {.size = [size](int64_t) { return size; },
                              .samples = [state](int64_t step) { return state->samples(step); },
                              .make = [state](const SampleKey& key, SampleBatch& batch,
                                              size_t place) { state->make(key, batch, place); }};
  prefetch_ = std::make_unique<Prefetch>(stream, options.workers, options.prefetch);
}

Loader::~Loader() = default;

SampleBatch Loader::batch(int64_t step) {
  return prefetch_->batch(step);
}

// ---- evaluation and inference ----

/// Records that share a batch, and the size of their inputs.
struct EvalGroup {
  ImageSize input = {};
  std::vector<SampleKey> keys = {};
};

struct EvalLoader::State {
  const Dataset& dataset;
  const InputOptions input;
  std::vector<EvalGroup> groups = {};  // by step

  /// Every ranks-th record from `rank` on, neighbours of one input size together.
  void group(const LoaderPlan& plan) {
    const auto count = static_cast<int64_t>(dataset.records.size());
    for (int64_t i = plan.rank; i < count; i += plan.ranks) {
      const ImageSize own = input_of(dataset.records[static_cast<size_t>(i)]);
      const bool full = groups.empty() || groups.back().input != own ||
                        static_cast<int64_t>(groups.back().keys.size()) == plan.batch;
      if (full) groups.push_back({.input = own});
      groups.back().keys.push_back({.index = i});
    }
  }

  ImageSize input_of(const Record& record) const {
    return input_for({record.height, record.width}, input.size, input.divisor);
  }

  const EvalGroup* at(int64_t step) const {
    return step < static_cast<int64_t>(groups.size()) ? &groups[static_cast<size_t>(step)]
                                                      : nullptr;
  }

  void make(const SampleKey& key, SampleBatch& batch, size_t place) const {
    const Record& record = dataset.records[static_cast<size_t>(key.index)];
    const Image image = read_picture(dataset, record);
    const ImageSize window = {.height = batch.height, .width = batch.width};
    const Frame frame = fit_into(image, input.size, window, pixels_at(batch, place).data());
    batch.instances[place] = map_instances(record.instances, frame, window, 0);
    batch.frames[place] = frame;
    batch.image_ids[place] = record.id;
  }
};

EvalLoader::EvalLoader(const Dataset& dataset, const InputOptions& input,
                       const LoaderOptions& options, const LoaderPlan& plan) {
  expect_records(dataset);
  state_ = std::unique_ptr<State>(new State{dataset, input});
  state_->group(plan);
  const State* state = state_.get();
  const BatchStream stream = {
      .size =
          [state](int64_t step) { return state->at(step) ? state->at(step)->input : ImageSize{}; },
      .samples =
          [state](int64_t step) {
            return state->at(step) ? state->at(step)->keys : std::vector<SampleKey>{};
          },
      .make = [state](const SampleKey& key, SampleBatch& batch,
                      size_t place) { state->make(key, batch, place); }};
  prefetch_ = std::make_unique<Prefetch>(stream, options.workers, options.prefetch);
}

EvalLoader::~EvalLoader() = default;

int64_t EvalLoader::batches() const {
  return static_cast<int64_t>(state_->groups.size());
}

SampleBatch EvalLoader::batch(int64_t step) {
  return prefetch_->batch(step);
}

}  // namespace fovea
