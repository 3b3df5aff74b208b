#include "fovea/eval/charts.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/eval/chart_entry.h"
#include "fovea/image/encode.h"
#include "fovea/image/module_library.h"

namespace fovea {
namespace {

/// Sizes that do not fit together are a mistake of the caller.
void expect(bool sound, const char* what) {
  if (!sound) throw std::invalid_argument(what);
}

void check(const std::vector<Series>& all) {
  for (const Series& series : all) {
    expect(series.x.size() == series.y.size(), "chart: a series needs as many x as y");
  }
}

struct Check {
  void operator()(const LineChart& chart) const { check(chart.series); }
  void operator()(const ScatterChart& chart) const {
    expect(chart.x.size() == chart.y.size() && chart.x.size() == chart.weights.size(),
           "chart: a dot needs x, y and a weight");
  }
  void operator()(const BarChart& chart) const {
    expect(chart.labels.size() == chart.values.size(), "chart: a bar needs a label and a value");
  }
  void operator()(const DensityMap& chart) const {
    const size_t count = chart.values.size();
    expect(chart.columns > 0 && count > 0 && count % static_cast<size_t>(chart.columns) == 0,
           "chart: a density map needs whole rows of values");
  }
  void operator()(const HeatMap& chart) const {
    expect(chart.labels.size() * chart.labels.size() == chart.values.size(),
           "chart: a heat map needs a value for each pair of labels");
  }
};

}  // namespace

void write_grid(const std::filesystem::path& path, const std::vector<Chart>& charts,
                int64_t columns, const std::string& heading) {
  expect(!charts.empty(), "chart: there is nothing to draw");
  for (const Chart& chart : charts) std::visit(Check(), chart);
  const auto count = static_cast<int64_t>(charts.size());
  if (columns <= 0) {
    columns = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(count))));
  }
  static const auto draw =
      reinterpret_cast<DrawCharts*>(module_symbol("libfovea_charts.so", kDrawChartsName));
  Image image;
  draw(charts, std::min(columns, count), heading, image);
  write_whole(path, encode_png(image));
}

void write_line_chart(const std::filesystem::path& path, const LineChart& chart) {
  write_grid(path, {chart}, 1);
}
void write_heat_map(const std::filesystem::path& path, const HeatMap& chart) {
  write_grid(path, {chart}, 1);
}

}  // namespace fovea
