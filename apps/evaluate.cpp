#include <iostream>

#include "commands.h"
#include "datasets.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/eval/coco_report.h"
#include "fovea/train/run_folder.h"
#include "open_model.h"
#include "outputs.h"

namespace fovea {
namespace {

/// The split of the named data set, or of the recipe's.
Dataset data_of(const EvalCommand& command, const Config& config, Log& log) {
  DataOptions data = config.data;
  SplitOptions split = data.val;
  if (!command.data.empty()) {
    data.root = command.data.string();
    split = {.name = command.split};
  } else if (command.split != "val") {
    split = command.split == "train" ? data.train : SplitOptions{.name = command.split};
  }
  return open_split(data, split, Masks::leave, log);
}

}  // namespace

extern "C" void fovea_eval(const EvalCommand& command, Log& log) {
  const OpenModel opened = open_model(command.model, log);
  if (opened.file.empty()) {
    fail(command.model.path, "", "names no weights to score", "set model.weights=FILE");
  }
  const Dataset dataset = data_of(command, opened.config, log);
  expect_same_categories(opened.info.categories, opened.file.string(), dataset);
  const auto predictions =
      predict(opened.detector(), dataset, evaluation_of(opened.config, opened.info.size_divisor),
              World{.device = opened.device}, log);
  const CocoMetrics metrics = score(predictions, dataset);
  if (!command.out.empty()) {
    write_evaluation(command.out, dataset, predictions, metrics);
    log.line("figures and pictures in " + command.out.string());
  }
  if (!command.json.empty()) {
    write_result(command.json, to_json({.metrics = metrics, .categories = dataset.categories}));
  }
  if (command.json == "-") return;
  std::cout << summary(metrics) << class_table(metrics, dataset.categories);
}

}  // namespace fovea
