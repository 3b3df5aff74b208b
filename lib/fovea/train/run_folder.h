// The folder of a run: names that scripts and habits know (README.md lists them).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fovea/deploy/model_info.h"
#include "fovea/eval/coco_eval.h"
#include "fovea/models/model.h"
#include "fovea/ops/vocabulary.h"
#include "fovea/train/progress.h"

namespace fovea {

/// Writes what people look at. Only the first process of a run writes; the others hold a RunFolder
/// whose functions do nothing.
class RunFolder {
 public:
  enum class Writes { yes, no };
  /// `info` goes into the header of the weights, with the metrics of the moment.
  RunFolder(std::filesystem::path folder, ModelInfo info, Writes writes);

  const std::filesystem::path& path() const { return folder_; }
  std::filesystem::path checkpoints() const { return folder_ / "checkpoints"; }
  bool writes() const { return writes_ == Writes::yes; }

  /// labels.png: the charts of `fovea-data stats --plot` of the training data.
  void draw_labels(const Dataset& train) const;
  /// train_batch<index>.jpg: pictures and boxes exactly as the network gets them.
  void draw_batch(const Batch& batch, int64_t index) const;
  /// One more line of metrics.jsonl.
  void append_metrics(const ProgressRow& row) const;
  /// metrics.jsonl, results.csv and results.png anew.
  void write_progress(const TrainProgress& progress) const;
  /// weights/<name>.safetensors with the present weights of `model`.
  void save_weights(const Model& model, const std::string& name, const CocoMetrics& metrics) const;
  /// See write_evaluation below, into this folder.
  void write_evaluation(const Dataset& val, const std::vector<Predictions>& predictions,
                        const CocoMetrics& metrics) const;

 private:
  std::filesystem::path folder_;
  ModelInfo info_;
  Writes writes_;
};

/// predictions.json (COCO results), metrics.json, val_batch<n>_labels.jpg and
/// val_batch<n>_pred.jpg, confusion_matrix.png, PR_curve.png and F1_curve.png of an evaluation.
void write_evaluation(const std::filesystem::path& folder, const Dataset& val,
                      const std::vector<Predictions>& predictions, const CocoMetrics& metrics);

/// The pictures of a batch, with their objects (crowds grey), as one contact sheet.
Image draw_samples(const Batch& batch, const std::vector<Category>& categories);

}  // namespace fovea
