#include "fovea/curate/statistics_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "fovea/curate/statistics_report.h"
#include "fovea/curate/text_table.h"
#include "fovea/eval/charts.h"

namespace fovea {
namespace {

constexpr size_t kMostBars = 30;      // classes drawn as bars
constexpr size_t kMostTogether = 12;  // classes of the matrix
constexpr size_t kMostSizes = 5'000;  // dots of pictures
constexpr double kMatrixSide = 400;   // pixels, about as high as the other charts
constexpr int64_t kNameColumns = 22;

std::string name_of(const DatasetStatistics& statistics, size_t label) {
  return shortened(statistics.categories[label].name, kNameColumns);
}

/// Labels by falling count of objects.
std::vector<size_t> by_count(const PartStatistics& part) {
  std::vector<size_t> labels(part.classes.size());
  std::iota(labels.begin(), labels.end(), size_t{0});
  std::stable_sort(labels.begin(), labels.end(), [&](size_t a, size_t b) {
    return part.classes[a].objects > part.classes[b].objects;
  });
  return labels;
}

BarChart class_chart(const DatasetStatistics& statistics) {
  const std::vector<size_t> labels = by_count(statistics.all);
  const size_t shown = std::min(labels.size(), kMostBars);
  BarChart chart{.title = "Objects by class", .y_label = "objects"};
  if (shown < labels.size()) {
    chart.title = fmt::format("The {} classes with most objects, of {}", shown,
                              with_commas(static_cast<int64_t>(labels.size())));
  }
  for (size_t i = 0; i < shown; ++i) {
    chart.labels.push_back(name_of(statistics, labels[i]));
    chart.values.push_back(static_cast<double>(statistics.all.classes[labels[i]].objects));
  }
  return chart;
}

/// A line a split over the classes by rank: a gap where a split has none of a class.
LineChart balance_chart(const DatasetStatistics& statistics) {
  LineChart chart{.title = "Balance of the classes",
                  .x_label = "class, the most frequent first",
                  .y_label = "objects",
                  .x_range = {1, static_cast<double>(statistics.categories.size())},
                  .y_scale = AxisScale::logarithmic};
  const std::vector<size_t> labels = by_count(statistics.all);
  for (const PartStatistics& split : statistics.splits) {
    Series series;
    if (statistics.splits.size() > 1) series.name = split.name;
    for (size_t rank = 0; rank < labels.size(); ++rank) {
      series.x.push_back(static_cast<double>(rank + 1));
      series.y.push_back(static_cast<double>(split.classes[labels[rank]].objects));
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

BarChart split_chart(const DatasetStatistics& statistics) {
  BarChart chart{.title = "Objects by split", .y_label = "objects"};
  for (const PartStatistics& split : statistics.splits) {
    chart.labels.push_back(shortened(split.name, kNameColumns));
    chart.values.push_back(static_cast<double>(split.objects));
  }
  return chart;
}

/// How the objects are shared out: between classes, and between splits. Of one class in one split
/// there is nothing to draw.
std::vector<Chart> shares_charts(const DatasetStatistics& statistics) {
  if (statistics.categories.size() > 1) return {class_chart(statistics), balance_chart(statistics)};
  if (statistics.splits.size() > 1) return {split_chart(statistics)};
  return {};
}

/// Bars from the first to the last bin that is not empty, between `least` and `most` anyhow.
BarChart bars_of(const Histogram& histogram, const std::vector<std::string>& names, size_t least,
                 size_t most) {
  BarChart chart;
  const std::vector<int64_t>& counts = histogram.counts;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    least = std::min(least, i);
    most = std::max(most, i);
  }
  for (size_t i = least; i <= most; ++i) {
    chart.labels.push_back(names[i]);
    chart.values.push_back(static_cast<double>(counts[i]));
  }
  return chart;
}

/// "4-8", the last "512+"; of whole numbers "10-14".
std::vector<std::string> bin_names(const std::vector<double>& edges, bool whole) {
  std::vector<std::string> names;
  for (size_t i = 0; i + 1 < edges.size(); ++i) {
    const double last = whole ? edges[i + 1] - 1 : edges[i + 1];
    names.push_back(last == edges[i] ? fmt::format("{}", edges[i])
                                     : fmt::format("{}-{}", edges[i], last));
  }
  names.push_back(fmt::format("{}+", edges.back()));
  return names;
}

BarChart crowding_chart(const PartStatistics& all) {
  BarChart chart = bars_of(all.image_histogram, bin_names(all.image_histogram.edges, true), 0, 5);
  chart.title = fmt::format("Objects an image (mean {:.1f}, most {:.0f})",
                            all.objects_an_image.mean, all.objects_an_image.most);
  chart.x_label = "objects (from 10 on several numbers a bar)";
  chart.y_label = "images";
  return chart;
}

BarChart side_chart(const PartStatistics& all) {
  BarChart chart = bars_of(all.side_histogram, bin_names(all.side_histogram.edges, false), 3, 8);
  chart.title =
      fmt::format("Object sizes: {} small, {} medium, {} large", percent(all.small, all.objects),
                  percent(all.medium, all.objects), percent(all.large, all.objects));
  chart.x_label = "side in pixels: square root of width * height of the box";
  chart.y_label = "objects";
  return chart;
}

BarChart shape_chart(const PartStatistics& all) {
  static const std::vector<std::string> names = {"< 1:10",  "1:10-1:5", "1:5-1:3", "1:3-1:2",
                                                 "1:2-3:4", "3:4-4:3",  "4:3-2:1", "2:1-3:1",
                                                 "3:1-5:1", "5:1-10:1", "> 10:1"};
  BarChart chart = bars_of(all.aspect_histogram, names, 3, 7);
  chart.title = "Shapes of the boxes";
  chart.x_label = "width : height";
  chart.y_label = "objects";
  return chart;
}

template <int64_t kSide>
std::vector<double> cells_of(const CellCounts<kSide>& cells) {
  return {cells.counts.begin(), cells.counts.end()};
}

DensityMap centre_chart(const PartStatistics& all) {
  return {.title = "Where the centres of the boxes lie",
          .x_label = "x / picture width",
          .y_label = "y / picture height",
          .columns = decltype(all.centres)::side,
          .values = cells_of(all.centres),
          .y_range = {1, 0}};
}

DensityMap extent_chart(const PartStatistics& all) {
  return {.title = "How large the boxes are in their pictures",
          .x_label = "width / picture width",
          .y_label = "height / picture height",
          .columns = decltype(all.extents)::side,
          .values = cells_of(all.extents)};
}

ScatterChart picture_chart(const PartStatistics& all) {
  ScatterChart chart{.title = "Sizes of the pictures",
                     .x_label = "width, pixels (the larger a dot, the more pictures)",
                     .y_label = "height, pixels"};
  for (size_t i = 0; i < std::min(kMostSizes, all.picture_sizes.size()); ++i) {
    const PictureSize& size = all.picture_sizes[i];
    chart.x.push_back(static_cast<double>(size.width));
    chart.y.push_back(static_cast<double>(size.height));
    chart.weights.push_back(static_cast<double>(size.images));
  }
  if (!all.picture_sizes.empty()) {
    const PictureSize& usual = all.picture_sizes.front();
    chart.title = fmt::format("Sizes of the pictures ({}: {} x {})",
                              percent(usual.images, all.images), usual.width, usual.height);
  }
  return chart;
}

HeatMap together_chart(const DatasetStatistics& statistics) {
  const Together& together = statistics.all.together;
  const size_t shown = std::min(together.labels.size(), kMostTogether);
  HeatMap chart{.title = "Seen together: % of the images with one class",
                .row_label = "of the images with",
                .column_label = "so many have",
                .full = 100,
                .side = kMatrixSide};
  for (size_t a = 0; a < shown; ++a) {
    chart.labels.push_back(name_of(statistics, static_cast<size_t>(together.labels[a])));
    for (size_t b = 0; b < shown; ++b) {
      const double share =
          100 * static_cast<double>(together.at(a, b)) / static_cast<double>(together.at(a, a));
      chart.values.push_back(share < 1 ? share : std::round(share));
    }
  }
  return chart;
}

}  // namespace

void draw_statistics(const std::filesystem::path& path, const DatasetStatistics& statistics,
                     const std::string& name) {
  const PartStatistics& all = statistics.all;
  const auto counted = [](int64_t count, std::string_view one, std::string_view more) {
    return fmt::format("{} {}", with_commas(count), count == 1 ? one : more);
  };
  const std::string heading =
      fmt::format("{}: {}, {}, {}", name, counted(all.images, "image", "images"),
                  counted(all.objects, "object", "objects"),
                  counted(static_cast<int64_t>(statistics.categories.size()), "class", "classes"));
  std::vector<Chart> charts = shares_charts(statistics);
  charts.insert(charts.end(), {crowding_chart(all), side_chart(all), shape_chart(all),
                               extent_chart(all), centre_chart(all), picture_chart(all)});
  if (all.together.labels.size() > 1) charts.emplace_back(together_chart(statistics));
  write_grid(path, charts, 3, heading);
}

}  // namespace fovea
