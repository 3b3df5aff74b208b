#include <ATen/Parallel.h>
#include <fmt/core.h>
#include <signal.h>

#include "commands.h"
#include "datasets.h"
#include "environment.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/data/input_size.h"
#include "fovea/data/loader.h"
#include "fovea/dist/process_group.h"
#include "fovea/nn/weights.h"
#include "fovea/ops/cuda_plugin.h"
#include "fovea/train/fit.h"
#include "open_model.h"

namespace fovea {
namespace {

/// runs/<task>/<name>, or with the first number that is free.
fs::path free_folder(const Config& config) {
  const fs::path base = fs::path("runs") / config.task / config.run.name;
  if (!fs::exists(base)) return base;
  for (int64_t number = 2;; ++number) {
    const fs::path numbered = base.string() + std::to_string(number);
    if (!fs::exists(numbered)) return numbered;
  }
}

/// The folder of a new run: named and absent or empty, or numbered.
fs::path new_folder(const Config& config) {
  if (config.run.dir.empty()) return free_folder(config);
  const fs::path folder = config.run.dir;
  if (fs::exists(folder / "run.yaml")) {
    fail(folder, "", "holds a run already",
         fmt::format("continue it with `fovea train --resume {}`, or name another run.dir",
                     folder.string()));
  }
  if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder))) {
    fail(folder, "", "exists and is not an empty folder", "name another run.dir");
  }
  return folder;
}

/// Rank 0 chooses the folder; all use it.
fs::path run_folder(const TrainCommand& command, const World& world) {
  std::string folder;
  if (world.is_first()) {
    folder = command.resume ? command.config.run.dir : new_folder(command.config).string();
  }
  return world.gather(folder).front();
}

void start_weights(Model& model, const std::string& file, Log& log) {
  if (file.empty()) return;
  const LoadReport report = load_by_name(model, read_safetensors(file), Match::partial);
  log.line(fmt::format("{}: {}", file, report.describe()));
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

extern "C" void fovea_train(const TrainCommand& command, CommandContext& context) {
  Config config = command.config;
  ConsoleLog& log = context.log;
  use_threads(config);
  const Rendezvous rendezvous = command.rendezvous.value_or(Rendezvous{});
  const at::Device device = choose_device(config.device, rendezvous.local_rank, log);
  const Joined joined(rendezvous, device);
  const World& world = joined.world();
  config.run.dir = run_folder(command, world).string();

  const Dataset train = open_split(config.data, config.data.train, log);
  const Dataset val = open_split(config.data, config.data.val, log);
  expect_same_categories(train.categories, train.file.string(), val);
  const auto seed = static_cast<uint64_t>(config.train.seed);
  const auto model = make_model(config.model, static_cast<int64_t>(train.categories.size()), seed);
  if (!command.resume) start_weights(*model, config.model.weights, log);
  move_to(*model, device);
  if (world.is_first()) make_folder(config.run.dir);
  const RunFolder::Writes writes =
      world.is_first() ? RunFolder::Writes::yes : RunFolder::Writes::no;
  RunFolder run(config.run.dir, describe_model(config, train.categories, model->size_divisor()),
                writes);
  if (run.writes()) {
    write_whole(run.path() / "run.yaml", to_yaml(config));
    write_whole(run.path() / "env.json", environment_json(command.arguments, train, val, world));
    log.set_file(run.path() / "log.txt");
    run.draw_labels(train);
  }
  log.line(fmt::format("{}: {} with {:.2f} M parameters on {}, {} process{}", run.path().string(),
                       config.model.name, static_cast<double>(parameter_count(*model)) / 1e6,
                       device.str(), world.size, world.size == 1 ? "" : "es"));

  if (command.resume && !fs::exists(run.checkpoints())) {
    log.line("no checkpoint was written yet: starting at the beginning");
  }
  const ImageSize input =
      training_input(train, config.model.size, model->size_divisor(), config.augment);
  Loader loader(
      train, input, config.augment, config.loader,
      {.batch = config.train.batch, .seed = seed, .rank = world.rank, .ranks = world.size});
  const EvaluateOptions evaluation = evaluation_of(config, model->size_divisor());
  const FitResult result =
      fit(*model, loader, train, val, config.train, evaluation, run, world, context.stop, log);
  log.line(ending(result, run));
  if (result.end == FitResult::End::stopped) context.status = 128 + context.stop;
}

}  // namespace fovea
