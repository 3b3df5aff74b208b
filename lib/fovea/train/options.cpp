#include "fovea/train/options.h"

namespace fovea {

void fields(OptionList& field, ScheduleOptions& o) {
  field("base", o.base, above(0), "learning rate after warm-up, for the global batch");
  field("final_fraction", o.final_fraction, between(0, 1),
        "of the base rate, reached at the last step");
  field("warmup_steps", o.warmup_steps, at_least(0), "steps of linear warm-up");
}

void fields(OptionList& field, OptimizerOptions& o) {
  using Kind = OptimizerOptions::Kind;
  field("kind", o.kind, {{"sgd", Kind::sgd}, {"adamw", Kind::adamw}}, "optimizer");
  field("momentum", o.momentum, between(0, 0.9999), "of SGD (Nesterov); AdamW's first beta");
  field("beta2", o.beta2, between(0, 0.99999),
        "AdamW's second beta; 0.99 learns faster in short runs");
  field("weight_decay", o.weight_decay, at_least(0), "of weights; norms and biases have none");
  field("max_gradient_norm", o.max_gradient_norm, at_least(0),
        "longer gradients are shortened to this; 0 switches it off");
}

void fields(OptionList& field, TrainOptions& o) {
  using Precision = TrainOptions::Precision;
  field("epochs", o.epochs, between(1, 1'000'000), "passes over the training images");
  field("batch", o.batch, between(1, 1'000'000), "images a step, over all processes");
  field("seed", o.seed, at_least(0), "of weights, order and augmentation");
  field("max_time", o.max_time, "stop and save after this long");
  field("precision", o.precision,
        {{"auto", Precision::automatic}, {"fp32", Precision::fp32}, {"bf16", Precision::bf16}},
        "of the network's arithmetic; auto is bf16 on CUDA, fp32 on the CPU");
  field.group("schedule", o.schedule);
  field.group("optimizer", o.optimizer);
  field("ema_decay", o.ema_decay, between(0, 0.999999),
        "of the moving average of the weights, which is evaluated and exported; 0 switches it off");
  field("checkpoint_every", o.checkpoint_every, "how often the state is saved");
  field("keep_checkpoints", o.keep_checkpoints, at_least(3), "generations of checkpoints to keep");
  field("evaluate_every", o.evaluate_every, "how often the validation images are scored");
  field("log_every", o.log_every, at_least(1), "steps between lines of the log and metrics.jsonl");
  field("threads", o.threads, at_least(0),
        "CPU threads a process; 0 shares the cores among the processes");
}

}  // namespace fovea
