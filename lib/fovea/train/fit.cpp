#include "fovea/train/fit.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "fovea/core/error.h"
#include "fovea/ops/recolour.h"
#include "fovea/train/autocast.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/ema.h"
#include "fovea/train/optimizer.h"
#include "fovea/train/schedule.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Sums of the losses since the last line of the log, on the device: reading them waits for it, so
/// they are read at the log's cadence.
struct LossSums {
  explicit LossSums(at::Device device)
      : sums(at::zeros({8}, at::TensorOptions(at::kFloat).device(device))) {}

  void add(const Losses& losses, const Tensor& total) {
    const at::NoGradGuard no_gradients;
    names.assign(1, "loss");
    std::vector<Tensor> values = {total.detach()};
    for (const auto& [name, value] : losses.terms) {
      names.push_back("loss/" + name);
      values.push_back(value.detach());
    }
    sums.slice(0, 0, static_cast<int64_t>(values.size())).add_(at::stack(values));
    ++count;
  }

  /// The means over all processes since the last call.
  Metrics take_means(const World& world) {
    std::vector<double> totals = read();
    world.sum(totals);
    const double steps = static_cast<double>(count * world.size);
    Metrics means;
    for (size_t i = 0; i < names.size(); ++i) means.emplace_back(names[i], totals[i] / steps);
    sums.zero_();
    count = 0;
    return means;
  }

  std::vector<double> read() const {
    const Tensor host = sums.to(at::kCPU, at::kDouble).contiguous();
    return {host.const_data_ptr<double>(), host.const_data_ptr<double>() + host.numel()};
  }

  /// What every process has summed, for a checkpoint.
  PartialLosses partial(const World& world) const {
    std::vector<double> own = read();
    const std::string bytes(reinterpret_cast<const char*>(own.data()), own.size() * sizeof(double));
    PartialLosses all{.steps = count, .sums = {}};
    for (const std::string& other : world.gather(bytes)) {
      std::memcpy(own.data(), other.data(), bytes.size());
      all.sums.push_back(own);
    }
    return all;
  }

  /// Each process takes up its own; as many processes as there are now share evenly where there
  /// were others.
  void restore(const PartialLosses& saved, const World& world) {
    count = saved.steps;
    if (saved.sums.empty()) return;
    std::vector<double> own(saved.sums.front().size());
    if (static_cast<int64_t>(saved.sums.size()) == world.size) {
      own = saved.sums[static_cast<size_t>(world.rank)];
    } else {
      for (const std::vector<double>& one : saved.sums) {
        for (size_t i = 0; i < own.size(); ++i) {
          own[i] += one[i] / static_cast<double>(saved.sums.size());
        }
      }
    }
    sums.copy_(at::tensor(own, at::kDouble));
  }

  std::vector<std::string> names;  // "loss", then a term each
  Tensor sums;                     // [8] float, as many as there are names in use
  int64_t count = 0;               // steps
};

/// Remembers the first step whose loss or gradient was not finite, without asking the device.
class FiniteGuard {
 public:
  explicit FiniteGuard(at::Device device)
      : bad_step_(at::full({}, -1, at::TensorOptions(at::kLong).device(device))) {}

  void note(const Tensor& skipped, int64_t step) {
    const Tensor first = skipped.to(at::kBool).logical_and(bad_step_.lt(0));
    bad_step_ = at::where(first, at::full_like(bad_step_, step), bad_step_);
  }

  /// The step, or -1; waits for the device.
  int64_t bad_step() const { return bad_step_.item<int64_t>(); }

 private:
  Tensor bad_step_;
};

/// Everything that changes while a network is trained.
struct Training {
  Training(Model& m, const TrainOptions& options, const World& world)
      : model(m),
        optimizer(m.named_parameters(), options.optimizer),
        ema(m, options.ema_decay),
        reducer(make_reducer(world, m.parameters())),
        sums(world.device),
        guard(world.device) {}

  /// The tensors by file; they are the live ones, so that restoring fills them.
  TrainState state() const {
    TrainState::Tensors weights;
    for (const NamedTensor& entry : model.named_tensors()) {
      weights.emplace_back(entry.name, entry.tensor->detach());
    }
    return {.step = step,
            .files = {{"model.safetensors", std::move(weights)},
                      {"ema.safetensors", ema.state()},
                      {"optimizer.safetensors", optimizer.state()}},
            .progress = to_json(progress)};
  }

  Model& model;
  Optimizer optimizer;
  Ema ema;
  std::unique_ptr<GradientReducer> reducer;
  LossSums sums;
  FiniteGuard guard;
  TrainProgress progress;
  int64_t step = 0;  // steps done
};

/// Forward, loss, backward, step, average.
void take_step(Training& t, const Batch& batch, const TrainOptions& options, double rate,
               const World& world) {
  const bool bf16 = use_bf16(options.precision, world.device);
  t.reducer->clear_gradients();
  t.reducer->before_forward();
  Outputs outputs;
  {
    const AutocastScope autocast(world.device, bf16);
    // The loader's blocks are pinned for a GPU, so that the copy lets the host go on.
    const Tensor images = batch.images.to(world.device, /*non_blocking=*/true);
    outputs = t.model.forward(recolour(images, batch.colours));
  }
  const Losses losses = t.model.loss(outputs, batch, world.sum);
  const Tensor total = losses.total();
  t.reducer->backward(total);
  t.optimizer.step(rate, total);
  t.guard.note(t.optimizer.skipped(), t.step);
  t.ema.update(t.step);
  t.sums.add(losses, total);
  ++t.step;
}

/// Stops the run when a step went wrong on any process; its samples are a function of the step, so
/// they can be named.
void expect_finite(const Training& t, Loader& loader, const fs::path& checkpoints,
                   const World& world) {
  const int64_t own = t.guard.bad_step();
  std::vector<double> found = {own < 0 ? 0.0 : 1.0};
  world.sum(found);
  if (found[0] == 0) return;
  int64_t bad = t.step;
  for (const std::string& step : world.gather(std::to_string(own < 0 ? t.step : own))) {
    bad = std::min<int64_t>(bad, std::stoll(step));
  }
  const std::vector<std::string> ids =
      world.gather(fmt::format("{}", fmt::join(loader.batch(bad).image_ids, ", ")));
  const bool can_resume = newest_step(checkpoints).has_value();
  fail(
      fmt::format("the loss or a gradient is not finite at step {} (image ids {})", bad,
                  fmt::join(ids, ", ")),
      fmt::format("lower train.schedule.base, look at these images with `fovea inspect`, or use "
                  "train.precision=fp32; {}",
                  can_resume ? "the newest checkpoint is from before and `--resume` continues there"
                             : "no checkpoint was written yet"));
}

/// What the processes must agree on before a step.
struct Agreement {
  int stop = 0;  // SIGINT, SIGTERM or 0
  bool out_of_time = false;
  bool save = false;
};

Agreement agree(const Agreement& own, const World& world) {
  std::vector<double> votes = {own.stop == SIGINT ? 1.0 : 0.0, own.stop == SIGTERM ? 1.0 : 0.0,
                               own.out_of_time ? 1.0 : 0.0, own.save ? 1.0 : 0.0};
  world.sum(votes);
  const int stop = votes[1] > 0 ? SIGTERM : votes[0] > 0 ? SIGINT : 0;
  return {stop, votes[2] > 0, votes[3] > 0};
}

/// One call of fit: the state and all that it works with.
class Run {
 public:
  Run(Model& model, Loader& loader, const Dataset& val, const TrainOptions& options,
      const EvaluateOptions& evaluation, RunFolder& folder, const World& world, Log& log)
      : training_(model, options, world),
        loader_(loader),
        val_(val),
        images_(loader.length()),
        total_steps_(steps_for(options.epochs, images_, options.batch)),
        options_(options),
        evaluation_(evaluation),
        folder_(folder),
        world_(world),
        log_(log) {}

  FitResult loop(const std::atomic<int>& stop) {
    resume();
    while (training_.step < total_steps_) {
      const Agreement now =
          agree({.stop = stop, .out_of_time = out_of_time(), .save = save_is_due()}, world_);
      if (now.stop != 0 || now.out_of_time) {
        if (now.stop == 0 && !evaluated()) evaluate();
        save();
        const auto end = now.stop != 0 ? FitResult::End::stopped : FitResult::End::out_of_time;
        return {end, training_.step, total_steps_, now.stop};
      }
      if (now.save) save();
      step();
      const bool is_last = training_.step == total_steps_;
      if (training_.step % options_.log_every == 0 || is_last) log_losses();
      if (is_due(options_.evaluate_every) && training_.step < total_steps_) evaluate();
      if (is_due(options_.checkpoint_every)) save();
    }
    if (!evaluated()) {
      evaluate();
      save();
    }
    return {FitResult::End::finished, training_.step, total_steps_, 0};
  }

 private:
  void resume() {
    TrainState state = training_.state();
    if (restore_checkpoint(folder_.checkpoints(), state, log_)) {
      training_.step = state.step;
      training_.progress = progress_from_json(state.progress, folder_.checkpoints());
      training_.sums.restore(training_.progress.partial_losses, world_);
      log_.line(fmt::format("resuming after step {} of {}", state.step, total_steps_));
    }
    before_ = training_.progress.seconds;
    folder_.write_progress(training_.progress);
  }

  void step() {
    const Clock::time_point asked = Clock::now();
    const Batch batch = collate(loader_.batch(training_.step));
    waited_ += seconds_since(asked);
    if (training_.step < 3) folder_.draw_batch(batch, training_.step);
    const double rate = learning_rate(options_.schedule, training_.step, total_steps_);
    take_step(training_, batch, options_, rate, world_);
    // On a CPU the answer is there; a GPU is asked at the log's cadence (log_losses, save).
    if (world_.device.is_cpu()) expect_finite(training_, loader_, folder_.checkpoints(), world_);
    ++steps_here_;
    show_progress(rate);
  }

  void show_progress(double rate) {
    const double seconds = seconds_since(started_) - evaluating_;
    const double steps_a_second = static_cast<double>(steps_here_) / seconds;
    const double images_a_second = steps_a_second * static_cast<double>(options_.batch);
    log_.progress(
        {.what = "train",
         .done = training_.step,
         .total = total_steps_,
         .unit = "steps",
         .rate = steps_a_second,
         .seconds_left = static_cast<double>(total_steps_ - training_.step) / steps_a_second,
         .note = fmt::format("{:.1f} img/s  {}lr {:.2g}{}", images_a_second, last_loss_, rate,
                             waiting_note(seconds))});
  }

  /// Says so when the network stands idle for want of pictures.
  std::string waiting_note(double seconds) const {
    const double part = waited_ / seconds;
    return part < 0.1 ? "" : fmt::format("  waiting for data {:.0f}%", 100 * part);
  }

  /// The share of the training since the last evaluation in which the network had no pictures.
  std::string waited_since_evaluation(Clock::time_point now) const {
    const double seconds = std::chrono::duration<double>(now - evaluated_at_).count();
    if (waited_ == waited_before_) return "";  // there were no steps
    return fmt::format("  waiting for data {:.1f} %", 100 * (waited_ - waited_before_) / seconds);
  }

  void log_losses() {
    expect_finite(training_, loader_, folder_.checkpoints(), world_);
    ProgressRow row{training_.step, epoch(), training_.sums.take_means(world_)};
    row.figures.emplace_back("lr",
                             learning_rate(options_.schedule, training_.step - 1, total_steps_));
    row.figures.emplace_back("gradient_norm", training_.optimizer.gradient_norm().item<double>());
    last_loss_ = fmt::format("loss {:.3f}  ", row.figures.front().second);
    folder_.append_metrics(row);
    training_.progress.losses.push_back(std::move(row));
  }

  void evaluate() {
    expect_finite(training_, loader_, folder_.checkpoints(), world_);
    const Clock::time_point start = Clock::now();
    const EmaScope averaged(training_.ema);
    const EvalScope evaluating(training_.model);
    share_statistics();
    const Detector detector = [&](const Tensor& images) {
      return training_.model.decode(training_.model.forward(images.to(world_.device)));
    };
    const auto predictions = predict(detector, val_, evaluation_, world_, log_);
    const CocoMetrics metrics = fovea::score(predictions, val_);
    const bool best = metrics.stats[0] > training_.progress.best;
    if (best) {
      training_.progress.best = metrics.stats[0];
      training_.progress.best_step = training_.step;
    }
    training_.progress.scores.push_back({training_.step, epoch(), metrics.named()});
    log_.line(fmt::format("epoch {:.1f}: AP {:.3f}  AP50 {:.3f}  AP75 {:.3f}{}{}", epoch(),
                          metrics.stats[0], metrics.stats[1], metrics.stats[2],
                          best ? "  (best)" : "", waited_since_evaluation(start)));
    evaluating_ += seconds_since(start);
    evaluated_at_ = Clock::now();
    waited_before_ = waited_;
    folder_.save_weights(training_.model, "last", metrics);
    if (best) folder_.save_weights(training_.model, "best", metrics);
    folder_.write_evaluation(val_, predictions, metrics);
    folder_.write_progress(training_.progress);
    save_after_evaluation_ = true;
  }

  /// Batch norm's running statistics are each process's own; what is scored and kept is the first
  /// one's, as in DistributedDataParallel. (The next training step does not read them.)
  void share_statistics() {
    std::vector<Tensor> statistics;
    for (const NamedTensor& entry : training_.model.named_tensors()) {
      if (entry.is_buffer) statistics.push_back(*entry.tensor);
    }
    world_.broadcast(statistics);
  }

  void save() {
    expect_finite(training_, loader_, folder_.checkpoints(), world_);
    training_.progress.seconds = before_ + seconds_since(started_);
    training_.progress.partial_losses = training_.sums.partial(world_);
    if (folder_.writes()) {
      save_checkpoint(folder_.checkpoints(), training_.state(), options_.keep_checkpoints);
    }
    saved_ = Clock::now();
    save_after_evaluation_ = false;
  }

  bool evaluated() const {
    const auto& scores = training_.progress.scores;
    return !scores.empty() && scores.back().step == training_.step;
  }
  double epoch() const {
    return static_cast<double>(training_.step * options_.batch) / static_cast<double>(images_);
  }
  bool is_due(const Cadence& cadence) const {
    return due(cadence, training_.step, images_, options_.batch);
  }
  bool save_is_due() const {
    const Cadence& cadence = options_.checkpoint_every;
    return save_after_evaluation_ ||
           (cadence.unit == Cadence::Unit::seconds && seconds_since(saved_) >= cadence.count);
  }
  bool out_of_time() const {
    const double limit = options_.max_time.seconds;
    return limit > 0 && before_ + seconds_since(started_) >= limit;
  }

  Training training_;
  Loader& loader_;
  const Dataset& val_;
  int64_t images_;  // of an epoch
  int64_t total_steps_;
  const TrainOptions& options_;
  const EvaluateOptions& evaluation_;
  RunFolder& folder_;
  const World& world_;
  Log& log_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point saved_ = started_;
  int64_t steps_here_ = 0;  // steps taken by this process
  double before_ = 0;       // seconds of training before this process
  double waited_ = 0;       // seconds spent waiting for data
  double evaluating_ = 0;   // seconds spent in evaluations
  Clock::time_point evaluated_at_ = started_;
  double waited_before_ = 0;  // waited_ at that time
  bool save_after_evaluation_ = false;
  std::string last_loss_;
};

}  // namespace

FitResult fit(Model& model, Loader& loader, const Dataset& val, const TrainOptions& options,
              const EvaluateOptions& evaluation, RunFolder& folder, const World& world,
              const std::atomic<int>& stop, Log& log) {
  Run run(model, loader, val, options, evaluation, folder, world, log);
  return run.loop(stop);
}

}  // namespace fovea
