#include "fovea/train/throughput.h"

#include <ATen/core/Tensor.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "fovea/core/parallel.h"
#include "fovea/ops/recolour.h"
#include "fovea/train/autocast.h"

namespace fovea {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Adds the time since it was last asked to `sum`.
class Lap {
 public:
  void to(double& sum) {
    const Clock::time_point now = Clock::now();
    sum += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }

 private:
  Clock::time_point last_ = Clock::now();
};

/// Waits until the device has done all it was asked for.
void finish(const Tensor& newest) {
  newest.flatten().slice(0, 0, 1).cpu();
}

void clear_gradients(const Model& model) {
  for (Tensor& parameter : model.parameters()) parameter.mutable_grad().reset();
}

std::array<double, kStages> spent_in(const Stages& stages) {
  std::array<double, kStages> spent = {};
  for (size_t i = 0; i < kStages; ++i) spent[i] = stages.seconds(static_cast<Stage>(i));
  return spent;
}

/// One training step without the optimizer.
void take_step(Model& model, SampleBatch samples, const NetworkTrial& trial, NetworkSpeed& spent) {
  Lap lap;
  const Batch batch = collate(std::move(samples));
  lap.to(spent.collate);
  const Tensor images = batch.images.to(trial.device, /*non_blocking=*/true);
  finish(images);
  lap.to(spent.copy);
  Outputs outputs;
  {
    const AutocastScope autocast(trial.device, trial.bf16);
    outputs = model.forward(recolour(images, batch.colours));
  }
  finish(outputs.back().second);
  lap.to(spent.forward);
  const auto alone = [](std::vector<double>&) {};
  model.loss(outputs, batch, alone).total().backward();
  finish(model.parameters().front().grad());
  lap.to(spent.backward);
  clear_gradients(model);
}

/// MB that all pictures take when they are decoded.
double decoded_megabytes(const Dataset& dataset) {
  const auto add = [](double sum, const Record& record) {
    return sum + 3e-6 * static_cast<double>(record.height) * static_cast<double>(record.width);
  };
  return std::accumulate(dataset.records.begin(), dataset.records.end(), 0.0, add);
}

}  // namespace

LoaderSpeed measure_loader(Loader& loader, int64_t warm_up, double seconds) {
  int64_t step = 0;
  do loader.batch(step);
  while (++step < warm_up);
  const auto before = spent_in(loader.stages());
  const Clock::time_point start = Clock::now();
  int64_t images = 0;
  do images += loader.batch(step++).size();
  while (seconds_since(start) < seconds);
  const double passed = seconds_since(start);
  LoaderSpeed speed{.images_per_second = static_cast<double>(images) / passed};
  speed.stage_seconds = spent_in(loader.stages());
  for (size_t i = 0; i < kStages; ++i) {
    speed.stage_seconds[i] = (speed.stage_seconds[i] - before[i]) / static_cast<double>(images);
  }
  return speed;
}

NetworkSpeed measure_network(Model& model, const SampleBatch& samples, const NetworkTrial& trial) {
  model.train();
  NetworkSpeed unused;
  take_step(model, samples, trial, unused);
  NetworkSpeed spent;
  int64_t images = 0;
  const Clock::time_point start = Clock::now();
  do {
    take_step(model, samples, trial, spent);
    images += samples.size();
  } while (seconds_since(start) < trial.seconds);
  for (double* part : {&spent.collate, &spent.copy, &spent.forward, &spent.backward}) {
    *part /= static_cast<double>(images);
  }
  return spent;
}

TogetherSpeed measure_together(Model& model, Loader& loader, int64_t step,
                               const NetworkTrial& trial) {
  model.train();
  loader.batch(step);
  NetworkSpeed spent;
  double waited = 0;
  int64_t images = 0;
  const Clock::time_point start = Clock::now();
  do {
    Lap lap;
    SampleBatch samples = loader.batch(++step);
    lap.to(waited);
    images += samples.size();
    take_step(model, std::move(samples), trial, spent);
  } while (seconds_since(start) < trial.seconds);
  const double passed = seconds_since(start);
  return {.images_per_second = static_cast<double>(images) / passed, .waited = waited / passed};
}

std::string advice(const LoaderSpeed& loader, const NetworkSpeed& network,
                   const TogetherSpeed& together, const AugmentOptions& augment,
                   const LoaderOptions& options, const Dataset& dataset) {
  constexpr double kLittle = 0.03;
  if (together.waited < kLittle) {
    return fmt::format(
        "the network sets the pace: the loader alone gives {:.1f} times as many images\n",
        loader.images_per_second / network.images_per_second());
  }
  std::string text = fmt::format(
      "the loader sets the pace: the network waits for {:.0f} % of the time. What may help:\n",
      100 * together.waited);
  const int64_t cores = core_count();
  if (options.workers < cores) {
    text += fmt::format("  loader.workers={}: as many threads as there are cores\n", cores);
  }
  const double all = std::accumulate(loader.stage_seconds.begin(), loader.stage_seconds.end(), 0.0);
  const auto share = [&](Stage stage) {
    return loader.stage_seconds[static_cast<size_t>(stage)] / all;
  };
  if (share(Stage::read) > 0.2 && options.cache == Cache::none) {
    text += "  loader.cache=files: files are read once and kept in memory\n";
  }
  if (share(Stage::decode) > 0.3 && options.cache != Cache::decoded) {
    text += fmt::format(
        "  loader.cache=decoded loader.cache_mb={:.0f}: every image is decoded once and kept\n",
        decoded_megabytes(dataset) + 1);
    if (augment.mosaic.p > 0 && augment.mosaic.near == 0) {
      text += "  augment.mosaic.near=100: a mosaic takes images that were decoded a moment ago\n";
    }
  }
  return text;
}

std::string describe(const LoaderSpeed& loader, const NetworkSpeed& network,
                     const TogetherSpeed& together) {
  std::string text =
      fmt::format("{:<22} {:>12} {:>20}\n", "stage", "ms an image", "images/s alone");
  const auto row = [&](std::string_view name, double seconds) {
    text += seconds > 0
                ? fmt::format("{:<22} {:>12.3f} {:>20.0f}\n", name, 1e3 * seconds, 1 / seconds)
                : fmt::format("{:<22} {:>12.3f} {:>20}\n", name, 0.0, "-");
  };
  constexpr std::array<std::string_view, kStages> kNames = {"read", "decode", "warp", "colour",
                                                            "boxes and masks"};
  for (size_t i = 0; i < kStages; ++i) row(kNames[i], loader.stage_seconds[i]);
  row("collate", network.collate);
  row("copy to the device", network.copy);
  row("forward", network.forward);
  row("loss and backward", network.backward);
  text += fmt::format("\nloader   {:8.1f} img/s\nnetwork  {:8.1f} img/s\n",
                      loader.images_per_second, network.images_per_second());
  text += fmt::format("together {:8.1f} img/s, waiting for data {:.1f} %\n\n",
                      together.images_per_second, 100 * together.waited);
  return text;
}

}  // namespace fovea
