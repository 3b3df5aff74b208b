#include "fovea/train/run_folder.h"

#include <ATen/ops/empty.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <ostream>
#include <set>
#include <sstream>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/curate/statistics.h"
#include "fovea/curate/statistics_charts.h"
#include "fovea/data/results.h"
#include "fovea/data/score_tables.h"
#include "fovea/eval/charts.h"
#include "fovea/eval/coco_charts.h"
#include "fovea/eval/coco_report.h"
#include "fovea/eval/confusion.h"
#include "fovea/image/decode.h"
#include "fovea/image/draw.h"
#include "fovea/image/draw_text.h"
#include "fovea/image/encode.h"
#include "fovea/image/warp.h"
#include "fovea/nn/weights.h"
#include "fovea/ops/recolour.h"

namespace fovea {
namespace {

constexpr int64_t kSheetPictures = 16;  // on one contact sheet
constexpr int64_t kSheetSide = 400;     // pixels that a picture on it is fitted into
constexpr double kLeastScore = 0.25;    // predictions below it are never shown
constexpr Color kCrowd = {128, 128, 128};

std::string class_name(const std::vector<Category>& categories, int64_t label) {
  return categories.at(static_cast<size_t>(label)).name;
}

/// Outlines a box that is `scale` times as large on the picture; `name` is drawn later.
Tag draw_outline(Image& image, const Box& box, double scale, std::string name, Color color) {
  Tag tag{.left = box.left * scale,
          .top = box.top * scale,
          .right = box.right() * scale,
          .bottom = box.bottom() * scale,
          .text = std::move(name),
          .color = color};
  draw_box(image, tag.left, tag.top, tag.right, tag.bottom, color, line_thickness(image));
  return tag;
}

void draw_instances(Image& image, const std::vector<Instance>& instances, double scale,
                    const std::vector<Category>& categories) {
  std::vector<Tag> tags;
  for (const Instance& instance : instances) {
    const std::string name = class_name(categories, instance.label);
    tags.push_back(draw_outline(image, instance.box, scale, instance.crowd ? name + " crowd" : name,
                                instance.crowd ? kCrowd : color_of(instance.label)));
  }
  draw_tags(image, tags);
}

/// `found` is best first: the best are drawn on top, and have the choice where their names stand.
void draw_predictions(Image& image, const std::vector<Prediction>& found, double scale,
                      const std::vector<Category>& categories) {
  std::vector<Tag> tags;
  for (auto p = found.rbegin(); p != found.rend(); ++p) {
    const std::string name = class_name(categories, p->label);
    tags.push_back(draw_outline(image, p->box, scale, fmt::format("{} {:.2f}", name, p->score),
                                color_of(p->label)));
    tags.back().short_text = name;
  }
  std::reverse(tags.begin(), tags.end());
  draw_tags(image, tags);
}

/// A picture fitted into kSheetSide, and the factor by which it shrank or grew.
std::pair<Image, double> thumbnail(const std::filesystem::path& path) {
  const Image image = decode_image(path);
  const double scale =
      static_cast<double>(kSheetSide) / static_cast<double>(std::max(image.height, image.width));
  const auto side = [scale](int64_t pixels) {
    return std::max<int64_t>(1, std::llround(static_cast<double>(pixels) * scale));
  };
  return {warp(image, {scale, 0, 0, 0, scale, 0}, side(image.height), side(image.width)), scale};
}

/// The scores from which on a user would keep the predictions of each class: those of its best F1.
std::vector<double> scores_to_keep(const CocoMetrics& metrics) {
  std::vector<double> scores;
  for (const ClassMetrics& figures : metrics.classes) {
    scores.push_back(std::max(kLeastScore, figures.best_threshold));
  }
  return scores;
}

std::vector<Predictions> confident(std::vector<Predictions> predictions,
                                   const std::vector<double>& scores) {
  for (Predictions& image : predictions) {
    std::erase_if(image.found, [&](const Prediction& p) {
      return p.score < scores[static_cast<size_t>(p.label)];
    });
  }
  return predictions;
}

/// The records that predictions were made for.
Dataset part_of(const Dataset& dataset, const std::vector<Predictions>& predictions) {
  std::set<int64_t> ids;
  for (const Predictions& image : predictions) ids.insert(image.image_id);
  Dataset part = dataset;
  std::erase_if(part.records, [&](const Record& record) { return !ids.contains(record.id); });
  return part;
}

/// Two contact sheets of the same pictures: the truth and what was predicted.
void draw_validation(const fs::path& folder, int64_t index, const Dataset& val, size_t first,
                     const std::vector<Predictions>& predictions) {
  std::vector<Image> truth, found;
  const size_t last = std::min(val.records.size(), first + kSheetPictures);
  for (size_t i = first; i < last; ++i) {
    const auto [image, scale] = thumbnail(val.records[i].path);
    truth.push_back(image);
    found.push_back(image);
    draw_instances(truth.back(), val.records[i].instances.unpacked(), scale, val.categories);
    draw_predictions(found.back(), predictions[i].found, scale, val.categories);
  }
  save_image(folder / fmt::format("val_batch{}_labels.jpg", index), tile(truth, 4, 4));
  save_image(folder / fmt::format("val_batch{}_pred.jpg", index), tile(found, 4, 4));
}

void write_row(std::ostream& out, const ProgressRow& row) {
  JsonWriter json(out);
  json.begin_object().field("step", row.step).field("epoch", row.epoch);
  for (const auto& [name, value] : row.figures) json.field(name, value);
  json.end_object();
  out << '\n';
}

/// The curve of one figure over the epochs. `shown` is its name in the legend; none where it is
/// alone.
Series curve(const std::vector<ProgressRow>& rows, const std::string& name,
             const std::string& shown) {
  Series series{.name = shown};
  for (const ProgressRow& row : rows) {
    for (const auto& [figure, value] : row.figures) {
      if (figure != name) continue;
      series.x.push_back(row.epoch);
      series.y.push_back(value);
    }
  }
  return series;
}

/// The loss figures at or before `step`, the newest ones.
const ProgressRow* losses_at(const TrainProgress& progress, int64_t step) {
  const ProgressRow* newest = nullptr;
  for (const ProgressRow& row : progress.losses) {
    if (row.step <= step) newest = &row;
  }
  return newest;
}

/// One line an evaluation: step, epoch, the losses at that time, the COCO figures.
std::string results_csv(const TrainProgress& progress) {
  std::ostringstream text;
  text << "step,epoch";
  if (!progress.losses.empty()) {
    for (const auto& [name, value] : progress.losses.front().figures) text << ',' << name;
  }
  for (const auto& [name, value] : progress.scores.front().figures) text << ',' << name;
  text << '\n';
  for (const ProgressRow& row : progress.scores) {
    text << fmt::format("{},{}", row.step, row.epoch);
    if (!progress.losses.empty()) {
      const ProgressRow* losses = losses_at(progress, row.step);
      for (size_t i = 0; i < progress.losses.front().figures.size(); ++i) {
        text << (losses != nullptr ? fmt::format(",{}", losses->figures[i].second) : ",");
      }
    }
    for (const auto& [name, value] : row.figures) text << fmt::format(",{}", value);
    text << '\n';
  }
  return text.str();
}

LineChart over_epochs(const std::string& title, const std::string& unit,
                      std::vector<Series> series) {
  return {.title = title, .x_label = "epoch", .y_label = unit, .series = std::move(series)};
}

void draw_results(const fs::path& path, const TrainProgress& progress) {
  const auto& losses = progress.losses;
  const auto& scores = progress.scores;
  constexpr std::string_view kTerm = "loss/";
  std::vector<Series> terms;
  if (!losses.empty()) {
    for (const auto& [name, value] : losses.front().figures) {
      if (name == "loss") terms.push_back(curve(losses, name, "total"));
      if (name.starts_with(kTerm)) {
        terms.push_back(curve(losses, name, name.substr(kTerm.size())));
      }
    }
  }
  write_grid(path, {over_epochs("Training losses", "loss", std::move(terms)),
                    over_epochs("Validation AP", "AP",
                                {curve(scores, "AP", "AP"), curve(scores, "AP50", "AP50"),
                                 curve(scores, "AP75", "AP75")}),
                    over_epochs("Learning rate", "rate", {curve(losses, "lr", "")}),
                    over_epochs("Gradient norm", "norm", {curve(losses, "gradient_norm", "")})});
}

}  // namespace

RunFolder::RunFolder(fs::path folder, ModelInfo info, Writes writes)
    : folder_(std::move(folder)), info_(std::move(info)), writes_(writes) {}

void RunFolder::draw_labels(const Dataset& train) const {
  if (!writes()) return;
  draw_statistics(folder_ / "labels.png", statistics_of(train, "train"), "train");
}

Image draw_samples(const Batch& batch, const std::vector<Category>& categories) {
  const Tensor images = recolour(batch.images, batch.colours);
  const int64_t height = images.size(2), width = images.size(3);
  // Whole times larger where names would hide what is small.
  const int64_t times = std::max<int64_t>(1, kSheetSide / std::max(height, width));
  const auto scale = static_cast<double>(times);
  std::vector<Image> pictures;
  for (int64_t b = 0; b < std::min(kSheetPictures, images.size(0)); ++b) {
    const Tensor rows = images[b].permute({1, 2, 0}).contiguous();  // [H,W,3]
    Image image{height, width, PixelBuffer(static_cast<size_t>(rows.numel()))};
    std::memcpy(image.pixels.data(), rows.const_data_ptr<uint8_t>(), image.pixels.size());
    image = warp(image, {scale, 0, 0, 0, scale, 0}, height * times, width * times);
    draw_instances(image, batch.instances[static_cast<size_t>(b)], scale, categories);
    pictures.push_back(std::move(image));
  }
  return tile(pictures, 4, 4);
}

void RunFolder::draw_batch(const Batch& batch, int64_t index) const {
  if (!writes()) return;
  save_image(folder_ / fmt::format("train_batch{}.jpg", index),
             draw_samples(batch, info_.categories));
}

void RunFolder::append_metrics(const ProgressRow& row) const {
  if (!writes()) return;
  const fs::path file = folder_ / "metrics.jsonl";
  std::ofstream out(file, std::ios::app);
  write_row(out, row);
  if (!out.flush()) fail(file, "", "could not be written", "check free space and permissions");
}

void RunFolder::write_progress(const TrainProgress& progress) const {
  if (!writes()) return;
  write_whole(folder_ / "metrics.jsonl", [&](std::ostream& out) {
    size_t next = 0;  // both lists are sorted by step: merge them
    for (const ProgressRow& row : progress.losses) {
      for (; next < progress.scores.size() && progress.scores[next].step < row.step; ++next) {
        write_row(out, progress.scores[next]);
      }
      write_row(out, row);
    }
    for (; next < progress.scores.size(); ++next) write_row(out, progress.scores[next]);
  });
  if (progress.scores.empty()) return;
  write_whole(folder_ / "results.csv", results_csv(progress));
  draw_results(folder_ / "results.png", progress);
}

void RunFolder::save_weights(const Model& model, const std::string& name,
                             const CocoMetrics& metrics) const {
  if (!writes()) return;
  ModelInfo info = info_;
  info.metrics = metrics.named();
  make_folder(folder_ / "weights");
  fovea::save_weights(folder_ / "weights" / (name + ".safetensors"), model,
                      {{kModelInfoKey, to_json(info)}});
}

void RunFolder::write_evaluation(const Dataset& val, const std::vector<Predictions>& predictions,
                                 const CocoMetrics& metrics) const {
  if (writes()) fovea::write_evaluation(folder_, val, predictions, metrics);
}

void write_evaluation(const fs::path& folder, const Dataset& dataset,
                      const std::vector<Predictions>& predictions, const CocoMetrics& metrics) {
  constexpr int64_t kSheets = 3;
  const bool is_all = predictions.size() == dataset.records.size();
  const Dataset read = is_all ? Dataset() : part_of(dataset, predictions);
  const Dataset& val = is_all ? dataset : read;
  write_results(folder / "predictions.json", predictions, val.categories);
  write_whole(folder / "metrics.json", to_json({.metrics = metrics, .categories = val.categories}));
  const std::vector<double> scores = scores_to_keep(metrics);
  const std::vector<Predictions> shown = confident(predictions, scores);
  for (int64_t sheet = 0; sheet < kSheets; ++sheet) {
    const auto first = static_cast<size_t>(sheet * kSheetPictures);
    if (first < val.records.size()) draw_validation(folder, sheet, val, first, shown);
  }
  const TruthTable truth = truth_of(val);
  const ConfusionMatrix confusion =
      confusion_matrix(truth, found_of(predictions, truth), metrics.options, scores);
  draw_confusion(folder / "confusion_matrix.png", confusion, val.categories);
  draw_precision_curves(folder / "PR_curve.png", metrics, val.categories);
  draw_f1_curves(folder / "F1_curve.png", metrics, val.categories);
}

}  // namespace fovea
