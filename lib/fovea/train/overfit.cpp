#include "fovea/train/overfit.h"

#include <fmt/core.h>

#include "fovea/augment/input_size.h"
#include "fovea/loader/loader.h"
#include "fovea/train/optimizer.h"
#include "fovea/train/schedule.h"

namespace fovea {

OverfitReport overfit(Model& model, const Dataset& dataset, const TrainOptions& options,
                      const EvaluateOptions& evaluation, int64_t steps, at::Device device,
                      Log& log) {
  const ImageSize input =
      training_input(dataset, evaluation.input.size, evaluation.input.divisor, no_augmentation());
  Loader loader(dataset, {.size = input, .divisor = evaluation.input.divisor}, no_augmentation(),
                {.workers = 0}, {.batch = static_cast<int64_t>(dataset.records.size())}, log);
  const Batch batch = collate(loader.batch(0));
  const auto alone = [](std::vector<double>&) {};
  Optimizer optimizer(model.named_parameters(), options.optimizer);
  OverfitReport report{.lowest_loss = model.lowest_loss(batch)};
  model.train();
  for (int64_t step = 0; step < steps; ++step) {
    const Tensor loss = model.loss(model.forward(batch.images.to(device)), batch, alone).total();
    report.last_loss = loss.item<double>();
    if (step == 0) report.first_loss = report.last_loss;
    for (Tensor& parameter : model.parameters()) parameter.mutable_grad().reset();
    loss.backward();
    optimizer.step(learning_rate(options.schedule, step, steps), loss);
    log.progress({.what = "overfit",
                  .done = step + 1,
                  .total = steps,
                  .unit = "steps",
                  .note = fmt::format("loss {:.4f}", report.last_loss)});
  }
  const Detector detector = [&](const Tensor& images) {
    const EvalScope evaluating(model);
    return model.decode(model.forward(images.to(device)));
  };
  report.metrics =
      score(predict(detector, dataset, evaluation, World{.device = device}, log), dataset);
  return report;
}

}  // namespace fovea
