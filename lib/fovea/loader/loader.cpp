#include "fovea/loader/loader.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fovea/augment/input_size.h"
#include "fovea/augment/objects.h"
#include "fovea/augment/plan.h"
#include "fovea/augment/sample.h"
#include "fovea/core/error.h"
#include "fovea/core/random.h"
#include "fovea/data/read_picture.h"
#include "fovea/image/decode.h"
#include "fovea/loader/file_reads.h"
#include "fovea/loader/order.h"
#include "fovea/loader/passed_over.h"
#include "fovea/loader/pictures.h"
#include "fovea/loader/prefetch.h"
#include "fovea/loader/read_ahead.h"

namespace fovea {
namespace {

constexpr double kSlowRead = 5;  // seconds

/// The pixels of one sample in its batch.
uint8_t* pixels_at(SampleBatch& batch, size_t place) {
  return batch.pixels.data() + place * static_cast<size_t>(batch.height * batch.width * 3);
}

void expect_records(const Dataset& dataset) {
  if (!dataset.records.empty()) return;
  fail(dataset.file, "/images", "holds no image", "add images, or name another split");
}

/// `input` times `scale`, in whole divisors.
ImageSize scaled(const InputOptions& input, double scale) {
  const auto side = [&](int64_t whole) {
    const double parts = scale * static_cast<double>(whole) / static_cast<double>(input.divisor);
    return std::max<int64_t>(1, std::llround(parts)) * input.divisor;
  };
  return scale == 1 ? input.size
                    : ImageSize{.height = side(input.size.height), .width = side(input.size.width)};
}

void warn_of_slow_reads(const FileReads& reads, Log& log) {
  const FileReads::Slow slow = reads.slowest();
  if (slow.seconds < kSlowRead) return;
  log.warning(fmt::format("{}: has been read for {:.0f} s; its disk is slow or gone", slow.path,
                          slow.seconds));
}

void report(PassedOver& passed_over, Log& log) {
  for (const std::string& line : passed_over.news()) {
    log.warning(line + " (passed over: data.on_error=skip)");
  }
}

/// Takes out what has no frame.
void drop_unread(SampleBatch& batch) {
  const auto size = static_cast<size_t>(batch.height * batch.width * 3);
  size_t kept = 0;
  for (size_t i = 0; i < batch.frames.size(); ++i) {
    if (batch.frames[i].file_height == 0) continue;
    if (kept != i) {
      std::memcpy(batch.pixels.data() + kept * size, batch.pixels.data() + i * size, size);
      batch.instances[kept] = std::move(batch.instances[i]);
      batch.frames[kept] = batch.frames[i];
      batch.image_ids[kept] = batch.image_ids[i];
    }
    ++kept;
  }
  batch.instances.resize(kept);
  batch.frames.resize(kept);
  batch.image_ids.resize(kept);
  batch.pixels.shrink(kept * size);
}

}  // namespace

// ---- training ----

struct Loader::State {
  const Dataset& dataset;
  const InputOptions input;
  const AugmentOptions augment;
  const LoaderPlan plan;
  const int64_t prefetch;  // batches
  Log& log;
  const ObjectMapper mapper;
  Pictures pictures;
  PassedOver passed_over;
  RecordOrder order;       // for the owner's thread
  RecordOrder neighbours;  // for the threads that draw plans
  std::mutex mutex = {};   // of `neighbours`
  std::optional<ReadAhead> ahead = {};
  int64_t expected_until = 0;  // the step

  State(const Dataset& data, const InputOptions& in, const AugmentOptions& options,
        const LoaderOptions& loader, const LoaderPlan& part, Log& to)
      : dataset(data),
        input(in),
        augment(options),
        plan(part),
        prefetch(loader.prefetch),
        log(to),
        mapper(data.categories),
        pictures(data, scaled(in, options.multi_scale.max), options, loader),
        passed_over(static_cast<int64_t>(data.records.size())),
        order(data, loader, part.seed, part.batch),
        neighbours(data, loader, part.seed, part.batch) {
    if (loader.workers > 0) ahead.emplace();
  }

  /// The same for all ranks.
  ImageSize size_at(int64_t step) const {
    const MultiScaleOptions& scale = augment.multi_scale;
    return scaled(input, rng_for(Stream::size, plan.seed, step).uniform(scale.min, scale.max));
  }

  SampleKey key_of(int64_t epoch, int64_t index) {
    return {.record = order.at(epoch * order.length() + index), .epoch = epoch, .index = index};
  }

  /// The samples of a step; those that come as much later as batches are made ahead will be on
  /// their way from the disk.
  std::vector<SampleKey> samples(int64_t step) {
    if (ahead) {
      if (expected_until < step) expected_until = step;  // begun in the middle
      std::vector<std::string> paths;
      for (; expected_until <= step + prefetch; ++expected_until) {
        for (const SampleKey& key : keys_of(expected_until)) {
          if (!pictures.has(key.record)) {
            paths.push_back(dataset.records[static_cast<size_t>(key.record)].path);
          }
        }
      }
      ahead->expect(paths);
    }
    return keys_of(step);
  }

  std::vector<SampleKey> keys_of(int64_t step) {
    const int64_t own = plan.batch / plan.ranks;
    const int64_t first = step * plan.batch + plan.rank * own;
    std::vector<SampleKey> keys;
    for (int64_t place = first; place < first + own; ++place) {
      keys.push_back(key_of(place / order.length(), place % order.length()));
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

  void make_sample(const SampleKey& key, SampleBatch& batch, size_t place) {
    const Draws draws(plan.seed, key.epoch, key.index);
    const PlanSource source = {
        .dataset = dataset,
        .options = augment,
        .size_of = [this](int64_t record) { return pictures.size_of(record); },
        .partner = [&](Rng& rng) { return passed_over.instead_of(partner(key, rng)); }};
    const int64_t record = passed_over.instead_of(key.record);
    const ImageSize size = {.height = batch.height, .width = batch.width};
    SamplePlan sample = draw_plan(source, record, size, draws);
    if (defers_colours()) batch.colours[place] = deferred(std::exchange(sample.colour, {}));
    const auto antialias = augment.antialias ? Antialias::block_mean : Antialias::none;
    uint8_t* const pixels = pixels_at(batch, place);
    paint(sample, dataset, antialias, pictures, pixels);
    {
      const StageTimer timer(pictures.stages(), Stage::colour);
      vary_colours(sample, draws, pixels);
    }
    const StageTimer timer(pictures.stages(), Stage::objects);
    batch.instances[place] = objects_of(sample, dataset, mapper, augment.min_visible);
    batch.image_ids[place] = dataset.records[static_cast<size_t>(record)].id;
  }

  bool defers_colours() const {
    return plan.defer_colours && augment.blur.p == 0 && augment.noise.p == 0 &&
           augment.erase.p == 0;
  }

  /// Of a new batch: places for what is left to the device, if anything is.
  SampleBatch finished(SampleBatch batch) {
    if (!defers_colours()) batch.colours.clear();
    report(passed_over, log);
    return batch;
  }

  /// The plan is drawn anew without what cannot be read: which files those are decides what is
  /// shown, not when they are met.
  void make(const SampleKey& key, SampleBatch& batch, size_t place) {
    while (true) {
      try {
        return make_sample(key, batch, place);
      } catch (const UnreadablePicture& error) {
        if (plan.on_error == OnError::stop) throw;
        passed_over.add(error);
      }
    }
  }

  BatchStream stream(BlockSource blocks) {
    return {.size = [this](int64_t step) { return size_at(step); },
            .samples = [this](int64_t step) { return samples(step); },
            .make = [this](const SampleKey& key, SampleBatch& batch,
                           size_t place) { make(key, batch, place); },
            .waiting = [this] { warn_of_slow_reads(pictures.reads(), log); },
            .blocks = std::move(blocks)};
  }
};

Loader::Loader(const Dataset& dataset, const InputOptions& input, const AugmentOptions& augment,
               const LoaderOptions& options, const LoaderPlan& plan, Log& log, BlockSource blocks) {
  expect_records(dataset);
  check_batch(plan.batch, plan.ranks);
  state_ = std::make_unique<State>(dataset, input, augment, options, plan, log);
  prefetch_ = std::make_unique<Prefetch>(state_->stream(std::move(blocks)), options.workers,
                                         options.prefetch);
}

Loader::~Loader() = default;

SampleBatch Loader::batch(int64_t step) {
  return state_->finished(prefetch_->batch(step));
}

int64_t Loader::length() const {
  return state_->order.length();
}

SampleBatch Loader::sample(int64_t epoch, int64_t index) {
  const int64_t step = (epoch * length() + index) / state_->plan.batch;
  SampleBatch one = new_batch(state_->size_at(step), 1,
                              [](size_t size) { return PixelBlock(PixelBuffer(size)); });
  state_->make(state_->key_of(epoch, index), one, 0);
  return state_->finished(std::move(one));
}

const Stages& Loader::stages() const {
  return state_->pictures.stages();
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
  const LoaderPlan plan;
  Log& log;
  const ObjectMapper mapper;
  FileReads reads;
  PassedOver passed_over;
  std::vector<EvalGroup> groups = {};  // by step

  State(const Dataset& data, const InputOptions& in, const LoaderPlan& part, Log& to)
      : dataset(data),
        input(in),
        plan(part),
        log(to),
        mapper(data.categories),
        passed_over(static_cast<int64_t>(data.records.size())) {
    group();
  }

  /// Every ranks-th record from `rank` on, neighbours of one input size together.
  void group() {
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

  Image picture_of(const Record& record) {
    Image image = decode_image(reads.read(record.path)->bytes(), record.path);
    expect_stated_size(dataset, record, image.height, image.width);
    return image;
  }

  void make_sample(const SampleKey& key, SampleBatch& batch, size_t place) {
    const Record& record = dataset.records[static_cast<size_t>(key.record)];
    const Image image = picture_of(record);
    const ImageSize window = {.height = batch.height, .width = batch.width};
    const Frame frame = fit_into(image, input.size, window, pixels_at(batch, place));
    batch.instances[place] =
        mapper.map(record.instances, {frame.file_height, frame.file_width}, frame.a,
                   {.part = {0, 0, window.width, window.height}, .sample = window}, 0);
    batch.frames[place] = frame;
    batch.image_ids[place] = record.id;
  }

  void make(const SampleKey& key, SampleBatch& batch, size_t place) {
    try {
      make_sample(key, batch, place);
    } catch (const Error& error) {
      if (plan.on_error == OnError::stop) throw;
      passed_over.add({key.record, error});  // its frame stays empty
    }
  }

  BatchStream stream() {
    return {
        .size = [this](int64_t step) { return at(step) ? at(step)->input : ImageSize{}; },
        .samples =
            [this](int64_t step) { return at(step) ? at(step)->keys : std::vector<SampleKey>{}; },
        .make = [this](const SampleKey& key, SampleBatch& batch,
                       size_t place) { make(key, batch, place); },
        .waiting = [this] { warn_of_slow_reads(reads, log); }};
  }
};

EvalLoader::EvalLoader(const Dataset& dataset, const InputOptions& input,
                       const LoaderOptions& options, const LoaderPlan& plan, Log& log) {
  expect_records(dataset);
  state_ = std::make_unique<State>(dataset, input, plan, log);
  prefetch_ = std::make_unique<Prefetch>(state_->stream(), options.workers, options.prefetch);
}

EvalLoader::~EvalLoader() = default;

int64_t EvalLoader::batches() const {
  return static_cast<int64_t>(state_->groups.size());
}

SampleBatch EvalLoader::batch(int64_t step) {
  SampleBatch batch = prefetch_->batch(step);
  batch.colours.clear();
  drop_unread(batch);
  report(state_->passed_over, state_->log);
  return batch;
}

}  // namespace fovea
