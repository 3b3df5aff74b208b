// Charts as PNG files, drawn for a report.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace fovea {

/// How much a line is to be seen: those that matter most are black and wide, those that only show
/// the spread are pale, below the others.
enum class Emphasis { strong, normal, faint };

/// Points of one name; a NaN breaks the line. Without a name it is not in the legend.
struct Series {
  std::string name = {};
  std::vector<double> x = {};
  std::vector<double> y = {};  // as many as x
  Emphasis emphasis = Emphasis::normal;
};

/// An axis from low to high; both 0: as the data needs. A y axis from high to low counts downwards,
/// as rows of pixels do.
struct AxisRange {
  double low = 0;
  double high = 0;
};

enum class AxisScale { linear, logarithmic };

struct LineChart {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  std::vector<Series> series = {};
  AxisRange x_range = {};
  AxisRange y_range = {};                 // not of a logarithmic axis, which is as the data needs
  AxisScale y_scale = AxisScale::linear;  // logarithmic: what is not above 0 breaks the line
};

/// Dots over both axes from 0 on.
struct ScatterChart {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  std::vector<double> x = {};
  std::vector<double> y = {};        // as many as x
  std::vector<double> weights = {};  // as many: the areas of the dots are in proportion
};

/// One bar a label, in the order given.
struct BarChart {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  std::vector<std::string> labels = {};
  std::vector<double> values = {};  // as many as labels
};

/// Cells of equal size over both ranges, as many a row as there are columns, the first row at
/// the smallest y: the darker, the more. The shade goes with the square root, so that single counts
/// are seen beside thousands.
struct DensityMap {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  int64_t columns = 0;
  std::vector<double> values = {};  // rows * columns, >= 0
  AxisRange x_range = {0, 1};
  AxisRange y_range = {0, 1};
};

/// A square matrix with its numbers in the cells, such as a confusion matrix: row r is what is
/// true, column c what was said, values[r * labels.size() + c] >= 0. Each row is shaded by its own
/// sum, or all of them by `full`. Above 100 classes the cells are too small for numbers; above
/// 1,800 the most frequent ones are drawn and the title says so.
struct HeatMap {
  std::string title = {};
  std::string row_label = "true";
  std::string column_label = "predicted";
  std::vector<std::string> labels = {};
  std::vector<double> values = {};
  double full = 0;    // the value of the darkest shade; 0: each row's sum
  double side = 640;  // pixels that few cells fill together, at most
};

using Chart = std::variant<LineChart, ScatterChart, BarChart, DensityMap, HeatMap>;

/// Each writes one PNG, whole or absent. Error when the file cannot be written or when the chart
/// library that comes with Fovea (libfovea_charts.so) is missing.
void write_line_chart(const std::filesystem::path& path, const LineChart& chart);
void write_heat_map(const std::filesystem::path& path, const HeatMap& chart);

/// Several charts in one picture, in rows of `columns` (0: about as wide as high), under a heading
/// where there is one.
void write_grid(const std::filesystem::path& path, const std::vector<Chart>& charts,
                int64_t columns = 0, const std::string& heading = {});

}  // namespace fovea
