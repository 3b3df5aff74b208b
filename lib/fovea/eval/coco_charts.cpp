#include "fovea/eval/coco_charts.h"

#include <fmt/format.h>

#include <utility>

#include "fovea/eval/charts.h"

namespace fovea {

void draw_precision_curves(const std::filesystem::path& path, const CocoMetrics& metrics,
                           const std::vector<Category>& categories) {
  LineChart chart{.title = fmt::format("Precision over recall at IoU {:.2g} (numbers: AP)",
                                       metrics.options.iou_thresholds[0]),
                  .x_label = "recall",
                  .y_label = "precision",
                  .x_range = {0, 1},
                  .y_range = {0, 1}};
  Series mean;
  double sum = 0;
  for (size_t label = 0; label < categories.size(); ++label) {
    const auto precision = metrics.precision_curve(static_cast<int64_t>(label));
    if (precision.empty()) continue;
    Series series{
        .name = fmt::format("{} {:.2f}", categories[label].name, metrics.classes[label].ap50)};
    sum += metrics.classes[label].ap50;
    mean.y.resize(precision.size());
    for (size_t i = 0; i < precision.size(); ++i) {
      series.x.push_back(metrics.options.recall_thresholds[i]);
      series.y.push_back(precision[i]);
      mean.y[i] += precision[i];
    }
    mean.x = series.x;
    chart.series.push_back(std::move(series));
  }
  if (chart.series.size() > 1) {
    const auto count = static_cast<double>(chart.series.size());
    mean.name = fmt::format("all classes {:.2f}", sum / count);
    for (double& y : mean.y) y /= count;
    chart.series.insert(chart.series.begin(), std::move(mean));
  }
  write_line_chart(path, chart);
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
