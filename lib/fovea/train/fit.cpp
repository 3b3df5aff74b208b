#include "fovea/train/fit.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <chrono>
#include <optional>

#include "fovea/core/error.h"
#include "fovea/train/autocast.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/ema.h"
#include "fovea/train/optimizer.h"
#include "fovea/train/schedule.h"

namespace fovea {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Sums of the losses since the last line of the log, on the device: reading them waits for it, so
/// they are read at the log's cadence.
struct LossSums {
  explicit LossSums(at::Device device)
      : sums(at::zeros({8}, at::TensorOptions(at::kFloat).device(device))),
        count(at::zeros({}, at::kLong)) {}

  void add(const Losses& losses, const Tensor& total) {
    const at::NoGradGuard no_gradients;
    names.assign(1, "loss");
    std::vector<Tensor> values = {total.detach()};
    for (const auto& [name, value] : losses.terms) {
      names.push_back("loss/" + name);
      values.push_back(value.detach());
    }
    sums.slice(0, 0, static_cast<int64_t>(values.size())).add_(at::stack(values));
    count.add_(1);
  }

  /// The means over all processes since the last call.
  Metrics take_means(const World& world) {
    const Tensor host = sums.to(at::kCPU);
    std::vector<double> totals;
    for (size_t i = 0; i < names.size(); ++i) {
      totals.push_back(host[static_cast<int64_t>(i)].item<double>());
    }
    world.sum(totals);
    const double steps = count.item<double>() * static_cast<double>(world.size);
    Metrics means;
    for (size_t i = 0; i < names.size(); ++i) means.emplace_back(names[i], totals[i] / steps);
    sums.zero_();
    count.zero_();
    return means;
  }

  std::vector<std::string> names;  // "loss", then a term each
  Tensor sums;                     // [8] float, as many as there are names in use
  Tensor count;                    // [] int64, on the CPU
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
    TrainState::Tensors moments = optimizer.state();
    moments.emplace_back("losses.sums", sums.sums);
    moments.emplace_back("losses.count", sums.count);
    return {.step = step,
            .files = {{"model.safetensors", std::move(weights)},
                      {"ema.safetensors", ema.state()},
                      {"optimizer.safetensors", std::move(moments)}},
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

bool use_bf16(TrainOptions::Precision precision, at::Device device) {
  if (precision == TrainOptions::Precision::automatic) return device.is_cuda();
  return precision == TrainOptions::Precision::bf16;
}

/// Forward, loss, backward, step, average.
void take_step(Training& t, const Batch& batch, const TrainOptions& options, double rate,
               const World& world) {
  const bool bf16 = use_bf16(options.precision, world.device);
  t.reducer->clear_gradients();
  t.reducer->before_forward();
  Outputs outputs;
  {
    const AutocastScope autocast(world.device, bf16);
    outputs = t.model.forward(batch.images.to(world.device, /*non_blocking=*/true));
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

/// Stops the run when a step went wrong; its samples are a function of the step, so they can be
/// named.
void expect_finite(const Training& t, Loader& loader, const World& world) {
  const int64_t bad = t.guard.bad_step();
  std::vector<double> first = {bad < 0 ? 0.0 : 1.0};
  world.sum(first);
  if (first[0] == 0) return;
  const std::vector<int64_t> ids = loader.batch(bad < 0 ? t.step - 1 : bad).image_ids;
  fail(fmt::format("the loss or a gradient is not finite at step {} (image ids {})", bad,
                   fmt::join(ids, ", ")),
       "lower train.schedule.base, look at these images with `fovea inspect`, or use "
       "train.precision=fp32; the newest checkpoint is from before and `--resume` continues there");
}

/// What the processes must agree on before a step.
struct Agreement {
  bool stop = false;
  bool out_of_time = false;
  bool save = false;
};

Agreement agree(const Agreement& own, const World& world) {
  std::vector<double> votes = {own.stop ? 1.0 : 0.0, own.out_of_time ? 1.0 : 0.0,
                               own.save ? 1.0 : 0.0};
  world.sum(votes);
  return {votes[0] > 0, votes[1] > 0, votes[2] > 0};
}

/// One call of fit: the state and all that it works with.
class Run {
 public:
  Run(Model& model, Loader& loader, const Dataset& train, const Dataset& val,
      const TrainOptions& options, const EvaluateOptions& evaluation, RunFolder& folder,
      const World& world, Log& log)
      : training_(model, options, world),
        loader_(loader),
        val_(val),
        images_(static_cast<int64_t>(train.records.size())),
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
          agree({.stop = stop != 0, .out_of_time = out_of_time(), .save = save_is_due()}, world_);
      if (now.stop || now.out_of_time) {
        if (!now.stop && !evaluated()) evaluate();
        save();
        if (now.stop) return {FitResult::End::stopped, training_.step, total_steps_};
        return {FitResult::End::out_of_time, training_.step, total_steps_};
      }
      if (now.save) save();
      step();
      if (training_.step % options_.log_every == 0) log_losses();
      if (is_due(options_.evaluate_every) && training_.step < total_steps_) evaluate();
      if (is_due(options_.checkpoint_every)) save();
    }
    if (!evaluated()) {
      evaluate();
      save();
    }
    return {FitResult::End::finished, training_.step, total_steps_};
  }

 private:
  void resume() {
    TrainState state = training_.state();
    if (restore_checkpoint(folder_.checkpoints(), state, log_)) {
      training_.step = state.step;
      training_.progress = progress_from_json(state.progress, folder_.checkpoints());
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
    if (world_.device.is_cpu()) expect_finite(training_, loader_, world_);
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
         .note = fmt::format("{:.1f} img/s  {}lr {:.2g}", images_a_second, last_loss_, rate)});
  }

  void log_losses() {
    expect_finite(training_, loader_, world_);
    ProgressRow row{training_.step, epoch(), training_.sums.take_means(world_)};
    row.figures.emplace_back("lr",
                             learning_rate(options_.schedule, training_.step - 1, total_steps_));
    row.figures.emplace_back("gradient_norm", training_.optimizer.gradient_norm().item<double>());
    last_loss_ = fmt::format("loss {:.3f}  ", row.figures.front().second);
    folder_.append_metrics(row);
    training_.progress.losses.push_back(std::move(row));
  }

  void evaluate() {
    expect_finite(training_, loader_, world_);
    const Clock::time_point start = Clock::now();
    const EmaScope averaged(training_.ema);
    const EvalScope evaluating(training_.model);
    const bool bf16 = use_bf16(options_.precision, world_.device);
    const Detector detector = [&](const Tensor& images) {
      const AutocastScope autocast(world_.device, bf16);
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
    evaluating_ += seconds_since(start);
    log_.line(fmt::format("epoch {:.1f}: AP {:.3f}  AP50 {:.3f}  AP75 {:.3f}{}", epoch(),
                          metrics.stats[0], metrics.stats[1], metrics.stats[2],
                          best ? "  (best)" : ""));
    folder_.save_weights(training_.model, "last", metrics);
    if (best) folder_.save_weights(training_.model, "best", metrics);
    folder_.write_evaluation(val_, predictions, metrics);
    folder_.write_progress(training_.progress);
    save_after_evaluation_ = true;
  }

  void save() {
    expect_finite(training_, loader_, world_);
    training_.progress.seconds = before_ + seconds_since(started_);
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
  int64_t images_;  // of the training split
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
  bool save_after_evaluation_ = false;
  std::string last_loss_;
};

}  // namespace

FitResult fit(Model& model, Loader& loader, const Dataset& train, const Dataset& val,
              const TrainOptions& options, const EvaluateOptions& evaluation, RunFolder& folder,
              const World& world, const std::atomic<int>& stop, Log& log) {
  Run run(model, loader, train, val, options, evaluation, folder, world, log);
  return run.loop(stop);
}

}  // namespace fovea
