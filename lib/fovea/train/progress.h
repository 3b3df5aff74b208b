// What a run has measured so far; part of every checkpoint, so that a resumed run's tables are
// those of an uninterrupted one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fovea/data/vocabulary.h"

namespace fovea {

/// The figures of one moment: losses every few steps, COCO figures after an evaluation.
struct ProgressRow {
  int64_t step = 0;  // steps done
  double epoch = 0;  // passes over the training images
  Metrics figures = {};
};

/// Losses that no row holds yet: their sums over `steps` steps, by process.
struct PartialLosses {
  int64_t steps = 0;
  std::vector<std::vector<double>> sums = {};
};

struct TrainProgress {
  std::vector<ProgressRow> losses = {};
  std::vector<ProgressRow> scores = {};
  PartialLosses partial_losses = {};
  double best = -1;  // AP of the best evaluation
  int64_t best_step = -1;
  double seconds = 0;  // of training, over all its parts
};

std::string to_json(const TrainProgress& progress);
/// Error naming `file` when the text is not what to_json wrote.
TrainProgress progress_from_json(const std::string& text, const std::filesystem::path& file);

}  // namespace fovea
