#include "fovea/eval/coco_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "fovea/eval/charts.h"

namespace fovea {

namespace {

constexpr size_t kMostNamed = 10;  // classes with a colour and a name each
constexpr size_t kNamedEnds = 4;   // of more: the best and the worst so many

/// The line of a class, and the figure that it is ranked by.
struct ClassCurve {
  Series series = {};
  double figure = 0;
};

std::string counted(size_t classes) {
  return fmt::format("{} class{}", classes, classes == 1 ? "" : "es");
}

/// Best first. Of many, those in the middle become pale and share a name.
std::vector<Series> ranked(std::vector<ClassCurve> curves) {
  std::ranges::stable_sort(
      curves, [](const ClassCurve& a, const ClassCurve& b) { return a.figure > b.figure; });
  std::vector<Series> lines;
  std::vector<Series> pale;
  for (size_t i = 0; i < curves.size(); ++i) {
    const bool is_named =
        curves.size() <= kMostNamed || i < kNamedEnds || i + kNamedEnds >= curves.size();
    (is_named ? lines : pale).push_back(std::move(curves[i].series));
  }
  for (Series& line : pale) {
    line.emphasis = Emphasis::faint;
    line.name.clear();
  }
  if (!pale.empty()) pale.front().name = counted(pale.size()) + " between";
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(std::min(kNamedEnds, lines.size())),
               pale.begin(), pale.end());
  return lines;
}

/// The mean of lines over the same x; `name` becomes its own.
Series mean_of(const std::vector<ClassCurve>& curves) {
  Series mean{.x = curves.front().series.x, .emphasis = Emphasis::strong};
  mean.y.resize(mean.x.size());
  for (const ClassCurve& curve : curves) {
    for (size_t i = 0; i < mean.y.size(); ++i) mean.y[i] += curve.series.y[i];
  }
  for (double& y : mean.y) y /= static_cast<double>(curves.size());
  return mean;
}

/// A chart over 0..1 in both directions, the mean before the classes.
void write_curves(const std::filesystem::path& path, LineChart chart, Series mean,
                  std::vector<ClassCurve> curves) {
  chart.x_range = {0, 1};
  chart.y_range = {0, 1};
  const bool is_alone = curves.size() < 2;
  chart.series = ranked(std::move(curves));
  if (!is_alone) chart.series.insert(chart.series.begin(), std::move(mean));
  write_line_chart(path, chart);
}

}  // namespace

void draw_precision_curves(const std::filesystem::path& path, const CocoMetrics& metrics,
                           const std::vector<Category>& categories) {
  LineChart chart{.title = fmt::format("Precision over recall at IoU {:.2g} (numbers: AP)",
                                       metrics.options.iou_thresholds[0]),
                  .x_label = "recall",
                  .y_label = "precision"};
  std::vector<ClassCurve> curves;
  double sum = 0;
  for (size_t label = 0; label < categories.size(); ++label) {
    std::vector<double> precision = metrics.precision_curve(static_cast<int64_t>(label));
    if (precision.empty()) continue;
    const double ap = metrics.classes[label].ap50;
    sum += ap;
    curves.push_back({.series = {.name = fmt::format("{:.2f}  {}", ap, categories[label].name),
                                 .x = metrics.options.recall_thresholds,
                                 .y = std::move(precision)},
                      .figure = ap});
  }
  Series mean;
  if (!curves.empty()) {
    mean = mean_of(curves);
    mean.name = fmt::format("{:.2f}  mean of {}", sum / static_cast<double>(curves.size()),
                            counted(curves.size()));
  }
  write_curves(path, std::move(chart), std::move(mean), std::move(curves));
}

void draw_f1_curves(const std::filesystem::path& path, const CocoMetrics& metrics,
                    const std::vector<Category>& categories) {
  LineChart chart{.title = fmt::format("F1 over the score at IoU {:.2g} (numbers: best F1, score)",
                                       metrics.options.iou_thresholds[0]),
                  .x_label = "detections count from this score on",
                  .y_label = "F1"};
  std::vector<double> scores;
  for (size_t i = 0; i <= kF1Steps; ++i) scores.push_back(static_cast<double>(i) / kF1Steps);
  std::vector<ClassCurve> curves;
  for (size_t label = 0; label < categories.size(); ++label) {
    const ClassMetrics& figures = metrics.classes[label];
    if (figures.f1.empty()) continue;
    const std::string best = figures.best_f1 > 0 ? fmt::format("{:.2f} at {:.2f}", figures.best_f1,
                                                               figures.best_threshold)
                                                 : "never found";
    const std::string name = fmt::format("{}  {}", best, categories[label].name);
    curves.push_back(
        {.series = {.name = name, .x = scores, .y = figures.f1}, .figure = figures.best_f1});
  }
  Series mean;
  if (!curves.empty()) {
    mean = mean_of(curves);
    const auto best = std::ranges::max_element(mean.y);
    mean.name =
        fmt::format("{:.2f} at {:.2f}  mean of {}", *best,
                    scores[static_cast<size_t>(best - mean.y.begin())], counted(curves.size()));
  }
  write_curves(path, std::move(chart), std::move(mean), std::move(curves));
}

void draw_confusion(const std::filesystem::path& path, const ConfusionMatrix& matrix,
                    const std::vector<Category>& categories) {
  HeatMap chart{.title = "Confusion matrix (scores of best F1, IoU 0.5)",
                .row_label = "true (shade: part of the row)"};
  for (const Category& category : categories) chart.labels.push_back(category.name);
  chart.labels.emplace_back("background");
  for (const int64_t count : matrix.counts) chart.values.push_back(static_cast<double>(count));
  write_heat_map(path, chart);
}

}  // namespace fovea
