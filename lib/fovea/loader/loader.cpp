#include "fovea/loader/loader.h"

#include <fmt/core.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "fovea/augment/input_size.h"
#include "fovea/augment/objects.h"
#include "fovea/augment/plan.h"
#include "fovea/augment/sample.h"
#include "fovea/core/error.h"
#include "fovea/core/random.h"
#include "fovea/data/read_picture.h"
#include "fovea/loader/order.h"
#include "fovea/loader/pictures.h"
#include "fovea/loader/prefetch.h"

namespace fovea {
namespace {

/// The pixels of one sample in its batch.
uint8_t* pixels_at(SampleBatch& batch, size_t place) {
  return batch.pixels.data() + place * static_cast<size_t>(batch.height * batch.width * 3);
}

void expect_records(const Dataset& dataset) {
  if (!dataset.records.empty()) return;
  fail(dataset.file, "/images", "holds no image", "add images, or name another split");
}

}  // namespace

// ---- training ----

struct Loader::State {
  const Dataset& dataset;
  const ImageSize size;
  const AugmentOptions augment;
  const LoaderPlan plan;
  const ObjectMapper mapper;
  Pictures pictures;
  RecordOrder order;       // for the owner's thread
  RecordOrder neighbours;  // for the threads that draw plans
  std::mutex mutex = {};   // of `neighbours`

  State(const Dataset& data, ImageSize sample, const AugmentOptions& options,
        const LoaderOptions& loader, const LoaderPlan& part)
      : dataset(data),
        size(sample),
        augment(options),
        plan(part),
        mapper(data.categories),
        pictures(data, sample, options, loader),
        order(data, loader, part.seed, part.batch),
        neighbours(data, loader, part.seed, part.batch) {}

  std::vector<SampleKey> samples(int64_t step) {
    const int64_t own = plan.batch / plan.ranks;
    const int64_t first = step * plan.batch + plan.rank * own;
    std::vector<SampleKey> keys;
    for (int64_t place = first; place < first + own; ++place) {
      keys.push_back({.record = order.at(place),
                      .epoch = place / order.length(),
                      .index = place % order.length()});
    }
    return keys;
  }

  /// Another record: any, or that of a near place of the same epoch.
  int64_t partner(const SampleKey& key, Rng& rng) {
    const auto count = static_cast<int64_t>(dataset.records.size());
    if (augment.mosaic.near == 0) return rng.below(count);
    const int64_t length = neighbours.length();
    const int64_t low = std::max<int64_t>(0, key.index - augment.mosaic.near);
    const int64_t high = std::min(length - 1, key.index + augment.mosaic.near);
    const int64_t index = low + rng.below(high - low + 1);
    const std::lock_guard lock(mutex);
    return neighbours.at(key.epoch * length + index);
  }

  void make(const SampleKey& key, SampleBatch& batch, size_t place) {
    const Draws draws(plan.seed, key.epoch, key.index);
    const PlanSource source = {
        .dataset = dataset,
        .options = augment,
        .size_of = [this](int64_t record) { return pictures.size_of(record); },
        .partner = [this, &key](Rng& rng) { return partner(key, rng); }};
    const SamplePlan sample =
        draw_plan(source, key.record, {.height = batch.height, .width = batch.width}, draws);
    const auto antialias = augment.antialias ? Antialias::block_mean : Antialias::none;
    paint(sample, dataset, antialias, draws, pictures, pixels_at(batch, place));
    const StageTimer timer(pictures.stages(), Stage::objects);
    batch.instances[place] = objects_of(sample, dataset, mapper, augment.min_visible);
    batch.image_ids[place] = dataset.records[static_cast<size_t>(key.record)].id;
  }
};

Loader::Loader(const Dataset& dataset, ImageSize size, const AugmentOptions& augment,
               const LoaderOptions& options, const LoaderPlan& plan, BlockSource blocks) {
  expect_records(dataset);
  check_batch(plan.batch, plan.ranks);
  state_ = std::make_unique<State>(dataset, size, augment, options, plan);
  State* state = state_.get();
  const BatchStream stream = {.size = [size](int64_t) { return size; },
                              .samples = [state](int64_t step) { return state->samples(step); },
                              .make = [state](const SampleKey& key, SampleBatch& batch,
                                              size_t place) { state->make(key, batch, place); },
                              .blocks = std::move(blocks)};
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
  const ObjectMapper mapper;
  std::vector<EvalGroup> groups = {};  // by step

  /// Every ranks-th record from `rank` on, neighbours of one input size together.
  void group(const LoaderPlan& plan) {
    const auto count = static_cast<int64_t>(dataset.records.size());
    for (int64_t i = plan.rank; i < count; i += plan.ranks) {
      const ImageSize own = input_of(dataset.records[static_cast<size_t>(i)]);
      const bool full = groups.empty() || groups.back().input != own ||
                        static_cast<int64_t>(groups.back().keys.size()) == plan.batch;
      if (full) groups.push_back({.input = own});
      groups.back().keys.push_back({.record = i});
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
    const Record& record = dataset.records[static_cast<size_t>(key.record)];
    const Image image = read_picture(dataset, record);
    const ImageSize window = {.height = batch.height, .width = batch.width};
    const Frame frame = fit_into(image, input.size, window, pixels_at(batch, place));
    batch.instances[place] =
        mapper.map(record.instances, {frame.file_height, frame.file_width}, frame.a,
                   {.part = {0, 0, window.width, window.height}, .sample = window}, 0);
    batch.frames[place] = frame;
    batch.image_ids[place] = record.id;
  }
};

EvalLoader::EvalLoader(const Dataset& dataset, const InputOptions& input,
                       const LoaderOptions& options, const LoaderPlan& plan) {
  expect_records(dataset);
  state_ = std::unique_ptr<State>(new State{dataset, input, ObjectMapper(dataset.categories)});
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
