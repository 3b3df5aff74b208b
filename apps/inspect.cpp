#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "commands.h"
#include "datasets.h"
#include "fovea/augment/input_size.h"
#include "fovea/augment/options.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/image/draw.h"
#include "fovea/image/draw_text.h"
#include "fovea/image/encode.h"
#include "fovea/image/warp.h"
#include "fovea/loader/loader.h"
#include "fovea/ops/pinned_memory.h"
#include "fovea/train/autocast.h"
#include "fovea/train/overfit.h"
#include "fovea/train/run_folder.h"
#include "fovea/train/throughput.h"
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

LoaderPlan plan_of(const Config& config, at::Device device) {
  return {.batch = config.train.batch,
          .seed = static_cast<uint64_t>(config.train.seed),
          .on_error = config.data.on_error,
          .defer_colours = device.is_cuda()};
}

/// A strip of pictures below its name, `width` pixels wide.
Image captioned(const Image& strip, const std::string& name, int64_t width) {
  constexpr int64_t kCaption = 34;
  const double scale = static_cast<double>(width) / static_cast<double>(strip.width);
  const auto height = static_cast<int64_t>(static_cast<double>(strip.height) * scale);
  const Image small = warp(strip, {scale, 0, 0, 0, scale, 0}, height, width);
  Image image = Image::filled(height + kCaption, width, 255, 255, 255);
  draw_text(image, 6, 4, name, {.size = 22, .max_width = width, .max_lines = 1, .ink = {}});
  std::copy(small.pixels.begin(), small.pixels.end(), image.at(0, kCaption));
  return image;
}

/// The same four training samples as they are, then with each augmentation of the recipe alone.
void draw_augmentations(const InspectCommand& command, const Config& config, const Dataset& train,
                        const InputOptions& input, Log& log) {
  constexpr int64_t kWidth = 1280;
  std::vector<NamedAugmentation> rows = each_alone(config.augment);
  rows.insert(rows.begin(), {"as they are", no_augmentation()});
  std::vector<Image> strips;
  for (const NamedAugmentation& row : rows) {
    LoaderPlan plan = plan_of(config, at::kCPU);
    plan.batch = 4;
    LoaderOptions options = config.loader;
    options.workers = 0;
    Loader loader(train, input, row.options, options, plan, log);
    strips.push_back(
        captioned(draw_samples(collate(loader.batch(0)), train.categories), row.name, kWidth));
  }
  const fs::path file = command.out / "augmentations.jpg";
  save_image(file, tile(strips, 1, 4));
  log.line(fmt::format("each augmentation alone, on samples of seed {}: {}", config.train.seed,
                       file.string()));
}

/// EPOCH:INDEX.
std::pair<int64_t, int64_t> parse_sample(const std::string& text, int64_t length) {
  const size_t colon = text.find(':');
  const auto number = [&](const std::string& digits) -> int64_t {
    const bool is_number = !digits.empty() && digits.size() < 10 &&
                           digits.find_first_not_of("0123456789") == std::string::npos;
    return is_number ? std::stoll(digits) : -1;
  };
  const int64_t epoch = number(text.substr(0, colon));
  const int64_t index = colon == std::string::npos ? -1 : number(text.substr(colon + 1));
  if (epoch >= 0 && index >= 0 && index < length) return {epoch, index};
  fail(fmt::format("--sample: `{}` names no sample", text),
       fmt::format("write EPOCH:INDEX, both from 0 on; an epoch has {} samples", length));
}

void draw_sample(const InspectCommand& command, Loader& loader,
                 const std::vector<Category>& categories, Log& log) {
  const auto [epoch, index] = parse_sample(command.sample, loader.length());
  const Batch sample = collate(loader.sample(epoch, index));
  const fs::path file = command.out / fmt::format("sample_{}_{}.jpg", epoch, index);
  save_image(file, draw_samples(sample, categories));
  log.line(fmt::format("sample {} of epoch {}, image id {}: {}", index, epoch,
                       sample.image_ids.front(), file.string()));
}

void bench(const InspectCommand& command, OpenModel& opened, const Dataset& train, Loader& loader) {
  const Config& config = opened.config;
  const NetworkTrial trial = {.seconds = command.bench,
                              .device = opened.device,
                              .bf16 = use_bf16(config.train.precision, opened.device)};
  // What is kept in memory is there after an epoch.
  const bool keeps = config.loader.cache != Cache::none;
  const LoaderSpeed alone =
      measure_loader(loader, keeps ? loader.length() / config.train.batch : 1, command.bench);
  const NetworkSpeed network = measure_network(*opened.model, loader.batch(0), trial);
  const TogetherSpeed together = measure_together(*opened.model, loader, 0, trial);
  std::cout << '\n'
            << describe(alone, network, together)
            << advice(alone, network, together, config.augment, config.loader, train);
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
  if (opened.predictor && (!command.out.empty() || command.overfit > 0 || command.bench > 0)) {
    fail(opened.file, "", "is an exported file, which has no batches to draw and cannot be trained",
         "leave out --out, --overfit and --bench, or name the run folder, the weights or the "
         "recipe");
  }
  make_output_folder(command.out);
  std::cout << to_yaml(opened.config);
  if (opened.predictor) {
    std::cout << fmt::format("\nexported by fovea {}; {} classes; {}\n", opened.info.fovea,
                             opened.info.categories.size(), opened.info.architecture);
    return;
  }
  const Masks masks = uses_masks(opened.config.augment) ? Masks::keep : Masks::leave;
  const Dataset train = open_split(opened.config.data, opened.config.data.train, masks, log);
  const ImageSize input = training_input(train, opened.config.model.size, opened.info.size_divisor,
                                         opened.config.augment);
  print_network(opened, input);
  const InputOptions inputs = {.size = input, .divisor = opened.info.size_divisor};
  Loader loader(train, inputs, opened.config.augment, opened.config.loader,
                plan_of(opened.config, opened.device), log,
                opened.device.is_cuda() ? pinned_blocks() : BlockSource());
  if (!command.sample.empty()) {
    draw_sample(command, loader, train.categories, log);
  } else if (!command.out.empty()) {
    draw_batches(command, opened.config, loader, train.categories, log);
    draw_augmentations(command, opened.config, train, inputs, log);
  }
  if (command.bench > 0) bench(command, opened, train, loader);
  if (command.overfit > 0) run_overfit(command, opened, train, log);
}

}  // namespace fovea
