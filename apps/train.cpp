#include <ATen/Parallel.h>
#include <fmt/core.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "commands.h"
#include "datasets.h"
#include "environment.h"
#include "fovea/augment/input_size.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/dist/process_group.h"
#include "fovea/loader/loader.h"
#include "fovea/loader/order.h"
#include "fovea/nn/weights.h"
#include "fovea/ops/cuda_plugin.h"
#include "fovea/ops/pinned_memory.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/fit.h"
#include "fovea/train/schedule.h"
#include "open_model.h"

namespace fovea {
namespace {

constexpr std::string_view kUse = "a training run";

/// Whether there is nothing inside but what a killed process left half-written (write_whole).
bool is_unused(const fs::path& folder) {
  if (!fs::is_directory(folder)) return false;
  const std::vector<fs::directory_entry> entries = entries_of(folder);
  return std::all_of(entries.begin(), entries.end(), [](const fs::directory_entry& entry) {
    return entry.path().extension().string().starts_with(".part");
  });
}

/// Error unless the folder that was named for a new run can be its own.
void expect_unused(const fs::path& folder) {
  if (fs::exists(folder / "run.yaml")) {
    fail(folder, "", "holds a run already",
         fmt::format("continue it with `fovea train --resume {}`, or name another run.dir",
                     folder.string()));
  }
  if (fs::exists(folder) && !is_unused(folder)) {
    fail(folder, "", "exists and is not an empty folder", "name another run.dir");
  }
}

/// Error when going on would lose what the run has: without checkpoints it starts at the beginning.
void expect_resumable(const fs::path& folder) {
  const fs::path weights = folder / "weights/last.safetensors";
  if (fs::exists(folder / "checkpoints") || !fs::exists(weights)) return;
  fail(folder, "", "has lost its checkpoints, and starting again would overwrite its weights",
       fmt::format("start another run from them with model.weights={}", weights.string()));
}

/// Error when the run is over already by what is asked of it now.
void expect_steps_left(const RunFolder& run, const TrainOptions& options, int64_t images) {
  const int64_t done = newest_step(run.checkpoints()).value_or(0);
  const int64_t wanted = steps_for(options.epochs, images, options.batch);
  if (done <= wanted) return;
  fail(run.path(), "",
       fmt::format("is at step {} already, and train.epochs={} ends at step {}", done,
                   options.epochs, wanted),
       "ask for more epochs, or for those that the run was started with");
}

/// Error unless a detector can learn from the data set and a batch holds no picture twice.
void expect_enough(const Dataset& train, int64_t batch) {
  const auto images = static_cast<int64_t>(train.records.size());
  if (batch > images) {
    fail(fmt::format("train.batch: is `{}`, but {} has {} image{}", batch, train.file.string(),
                     images, images == 1 ? "" : "s"),
         fmt::format("take {} or less", images));
  }
  const bool has_objects =
      std::any_of(train.records.begin(), train.records.end(), [](const Record& record) {
        return std::any_of(record.instances.begin(), record.instances.end(),
                           [](const auto& instance) { return !instance.crowd; });
      });
  if (!has_objects) {
    fail(train.file, "/annotations", "has no object to learn from",
         "mark some with boxes, or name another file");
  }
}

/// Rank 0 makes the folder; all use it.
std::string make_run_folder(const Config& config, const World& world) {
  std::string folder = config.run.dir;
  if (world.is_first()) {
    if (folder.empty()) {
      folder = make_new_folder(fs::path("runs") / config.task / config.run.name).string();
    } else {
      make_folder(folder);
    }
  }
  return world.gather(folder).front();
}

/// Paths that hold in any working folder: a run may be resumed or scored from another one.
void make_absolute(Config& config) {
  DataOptions& data = config.data;
  for (std::string* path : {&data.root, &data.train.images, &data.train.annotations,
                            &data.val.images, &data.val.annotations, &config.model.weights}) {
    if (!path->empty()) *path = fs::absolute(*path).lexically_normal().string();
  }
}

void start_weights(Model& model, const std::string& file, Log& log) {
  if (file.empty()) return;
  const LoadReport report = load_by_name(model, read_safetensors(file), Match::partial);
  const std::string line = fmt::format("{}: {}", file, report.describe());
  report.matched_most() ? log.line(line) : log.warning(line);
}

void use_threads(const Config& config) {
  if (config.train.threads > 0) at::set_num_threads(static_cast<int>(config.train.threads));
}

std::string ending(const FitResult& result, const RunFolder& run) {
  if (result.end == FitResult::End::stopped) {
    return fmt::format("stopped after step {}; continue with `fovea train --resume {}`",
                       result.step, run.path().string());
  }
  if (result.end == FitResult::End::out_of_time) {
    return fmt::format(
        "train.max_time is over after step {} of {}; go on with `fovea train "
        "--resume {} train.max_time=none`",
        result.step, result.total_steps, run.path().string());
  }
  return fmt::format("finished; results in {}", run.path().string());
}

}  // namespace

extern "C" int fovea_train(const TrainCommand& command, const std::atomic<int>& stop,
                           ConsoleLog& log) {
  Config config = command.config;
  use_threads(config);
  const Rendezvous rendezvous = command.rendezvous.value_or(Rendezvous{});
  const at::Device device = choose_device(config.device, rendezvous.local_rank, log);
  const Joined joined(rendezvous, device);
  const World& world = joined.world();
  const bool is_named = !command.resume && !config.run.dir.empty();
  std::optional<FolderLock> lock;
  if (world.is_first() && command.resume) {
    lock.emplace(config.run.dir, kUse);
    expect_resumable(config.run.dir);
  }
  if (world.is_first() && is_named) expect_unused(config.run.dir);

  if (!config.model.weights.empty()) expect_file(config.model.weights, "a weights file");
  expect_splits(config.data);
  const Masks masks = uses_masks(config.augment) ? Masks::keep : Masks::leave;
  const Dataset train = open_split(config.data, config.data.train, masks, log);
  expect_enough(train, config.train.batch);
  const Dataset val = open_split(config.data, config.data.val, Masks::leave, log);
  expect_same_categories(train.categories, train.file.string(), val);
  const auto seed = static_cast<uint64_t>(config.train.seed);
  const auto model = make_model(config.model, static_cast<int64_t>(train.categories.size()), seed);
  if (!command.resume) start_weights(*model, config.model.weights, log);
  move_to(*model, device);
  make_absolute(config);
  config.run.dir = make_run_folder(config, world);
  if (world.is_first() && !lock) {
    lock.emplace(config.run.dir, kUse);
    if (is_named) expect_unused(config.run.dir);  // another may have come first
  }
  const RunFolder::Writes writes =
      world.is_first() ? RunFolder::Writes::yes : RunFolder::Writes::no;
  RunFolder run(config.run.dir, describe_model(config, train.categories, model->size_divisor()),
                writes);
  expect_steps_left(run, config.train, epoch_length(train, config.loader));
  if (run.writes()) {
    write_whole(run.path() / "run.yaml", to_yaml(config));
    make_folder(run.checkpoints());
    write_whole(run.path() / "env.json", environment_json(command.arguments, train, val, world));
    log.set_file(run.path() / "log.txt");
    run.draw_labels(train);
  }
  log.line(fmt::format("{}: {} with {:.2f} M parameters on {}, {} process{}", run.path().string(),
                       config.model.name, static_cast<double>(parameter_count(*model)) / 1e6,
                       device.str(), world.size, world.size == 1 ? "" : "es"));

  if (command.resume && !newest_step(run.checkpoints())) {
    log.line("no checkpoint was written yet: starting at the beginning");
  }
  const ImageSize input =
      training_input(train, config.model.size, model->size_divisor(), config.augment);
  Loader loader(train, {.size = input, .divisor = model->size_divisor()}, config.augment,
                config.loader,
                {.batch = config.train.batch,
                 .seed = seed,
                 .rank = world.rank,
                 .ranks = world.size,
                 .on_error = config.data.on_error,
                 .defer_colours = device.is_cuda()},
                log, device.is_cuda() ? pinned_blocks() : BlockSource());
  const EvaluateOptions evaluation = evaluation_of(config, model->size_divisor());
  const FitResult result =
      fit(*model, loader, val, config.train, evaluation, run, world, stop, log);
  log.line(ending(result, run));
  return result.end == FitResult::End::stopped ? 128 + result.signal : 0;
}

}  // namespace fovea
