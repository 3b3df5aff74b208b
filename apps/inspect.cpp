#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <iostream>

#include "commands.h"
#include "datasets.h"
#include "fovea/augment/input_size.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/image/encode.h"
#include "fovea/loader/loader.h"
#include "fovea/train/overfit.h"
#include "fovea/train/run_folder.h"
#include "open_model.h"
#include "outputs.h"

namespace fovea {
namespace {

std::string shape_of(const Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes(), ", "));
}

/// One line a layer: its name, the shapes of its tensors and how many numbers are trained.
void print_layers(const Module& module, const std::string& prefix) {
  int64_t count = 0;
  std::string shapes;
  for (const Module::Own& own : module.own_tensors()) {
    if (own.is_buffer) continue;
    count += own.tensor->numel();
    shapes.append(own.name).append(" ").append(shape_of(*own.tensor)).append("  ");
  }
  if (count > 0) std::cout << fmt::format("{:<52} {:>10}  {}\n", prefix, count, shapes);
  for (const auto& [name, child] : module.children()) {
    print_layers(*child, prefix.empty() ? name : prefix + "." + name);
  }
}

void print_network(OpenModel& opened, ImageSize input) {
  std::cout << fmt::format("\n{:<52} {:>10}  shapes\n", "layer", "parameters");
  print_layers(*opened.model, "");
  const Tensor blank = at::zeros({1, 3, input.height, input.width},
                                 at::TensorOptions(at::kByte).device(opened.device));
  const EvalScope evaluating(*opened.model);
  std::cout << fmt::format("\n{} parameters; for an input of {}:\n", parameter_count(*opened.model),
                           shape_of(blank));
  for (const auto& [name, tensor] : opened.model->forward(blank)) {
    std::cout << fmt::format("  {:<20} {}\n", name, shape_of(tensor));
  }
}

void draw_batches(const InspectCommand& command, const Config& config, Loader& loader,
                  const std::vector<Category>& categories, Log& log) {
  for (int64_t step = 0; step < command.batches; ++step) {
    const fs::path file = command.out / fmt::format("train_batch{}.jpg", step);
    save_image(file, draw_samples(collate(loader.batch(step)), categories));
    log.line(fmt::format("batch {} of seed {}: {}", step, config.train.seed, file.string()));
  }
}

/// The first `count` images that have objects.
Dataset first_images(Dataset dataset, int64_t count) {
  std::erase_if(dataset.records, [](const Record& record) { return record.instances.empty(); });
  if (static_cast<int64_t>(dataset.records.size()) > count) {
    dataset.records.resize(static_cast<size_t>(count));
  }
  return dataset;
}

void run_overfit(const InspectCommand& command, OpenModel& opened, const Dataset& train, Log& log) {
  const Dataset few = first_images(train, command.overfit);
  const EvaluateOptions evaluation = evaluation_of(opened.config, opened.info.size_divisor);
  const OverfitReport report = overfit(*opened.model, few, opened.config.train, evaluation,
                                       command.steps, opened.device, log);
  std::cout << fmt::format(
      "\n{} images, {} steps: loss {:.4f} at first, {:.4f} at the end, {:.4f} at best possible; "
      "AP {:.3f}, AP50 {:.3f} on these images\n",
      few.records.size(), command.steps, report.first_loss, report.last_loss, report.lowest_loss,
      report.metrics.stats[0], report.metrics.stats[1]);
}

}  // namespace

extern "C" void fovea_inspect(const InspectCommand& command, Log& log) {
  OpenModel opened = open_model(command.model, log);
  if (opened.predictor && (!command.out.empty() || command.overfit > 0)) {
    fail(opened.file, "", "is an exported file, which has no batches to draw and cannot be trained",
         "leave out --out and --overfit, or name the run folder, the weights or the recipe");
  }
  make_output_folder(command.out);
  std::cout << to_yaml(opened.config);
  if (opened.predictor) {
    std::cout << fmt::format("\nexported by fovea {}; {} classes; {}\n", opened.info.fovea,
                             opened.info.categories.size(), opened.info.architecture);
    return;
  }
  const Dataset train = open_split(opened.config.data, opened.config.data.train, log);
  const ImageSize input = training_input(train, opened.config.model.size, opened.info.size_divisor,
                                         opened.config.augment);
  print_network(opened, input);
  Loader loader(train, input, opened.config.augment, opened.config.loader,
                {.batch = opened.config.train.batch,
                 .seed = static_cast<uint64_t>(opened.config.train.seed)});
  if (!command.out.empty()) {
    draw_batches(command, opened.config, loader, train.categories, log);
  }
  if (command.overfit > 0) run_overfit(command, opened, train, log);
}

}  // namespace fovea
