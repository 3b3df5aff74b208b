// libfovea_charts.so: a matrix with a cell for each pair of labels.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fovea/eval/chart_parts.h"

namespace fovea {
namespace {

constexpr double kLargestCell = 90;
constexpr double kNumberedCell = 24;  // the smallest that holds a number
constexpr double kSmallestCell = 2;
constexpr double kMostNumbered = 101;  // labels: a hundred classes and the background
constexpr size_t kMostLabels = 1800;   // of a matrix whose picture stays below 4,000 pixels a side

/// How a matrix is drawn: the more labels, the smaller its cells, first without numbers, lines and
/// every name, in the end with the most frequent labels alone.
struct MatrixLayout {
  std::vector<size_t> labels = {};  // those drawn, in their order
  double cell = 0;                  // side, pixels
  double names = 0;                 // room for the row and column names
  double extent() const { return cell * static_cast<double>(labels.size()); }
  bool has_numbers() const { return cell >= kNumberedCell; }
  /// Names that would touch are left out: one in so many is drawn.
  size_t name_step() const { return static_cast<size_t>(std::ceil(kNamePitch / cell)); }
};

double cell_side(size_t labels, double side) {
  const double count = std::max(1.0, static_cast<double>(labels));
  if (count <= kMostNumbered) return std::clamp(side / count, kNumberedCell, kLargestCell);
  return std::max(kSmallestCell, std::floor(kNumberedCell * kMostNumbered / count));
}

/// All labels; of too many the ones that occur most, as truth and as prediction.
std::vector<size_t> labels_to_draw(const HeatMap& chart) {
  std::vector<size_t> labels(chart.labels.size());
  std::iota(labels.begin(), labels.end(), size_t{0});
  if (labels.size() <= kMostLabels) return labels;
  std::vector<double> sums(labels.size());
  for (size_t i = 0; i < chart.values.size(); ++i) {
    sums[i / labels.size()] += chart.values[i];
    sums[i % labels.size()] += chart.values[i];
  }
  std::ranges::stable_sort(labels, [&](size_t a, size_t b) { return sums[a] > sums[b]; });
  labels.resize(kMostLabels);
  std::ranges::sort(labels);
  return labels;
}

MatrixLayout matrix_layout(const Painter& painter, const HeatMap& chart) {
  MatrixLayout layout{.labels = labels_to_draw(chart)};
  layout.cell = cell_side(layout.labels.size(), chart.side);
  for (size_t i = 0; i < layout.labels.size(); i += layout.name_step()) {
    layout.names =
        std::max(layout.names, painter.text_width(chart.labels[layout.labels[i]], {}) + 10);
  }
  layout.names = std::min(layout.names, 170.0);
  return layout;
}

void draw_number(const Painter& painter, const Rectangle& cell, double value, double part) {
  const std::string text = number_text(value);
  TextStyle style{.size = std::clamp(cell.width() * 0.32, 9.0, 18.0)};
  if (part > 0.55) style.paint = {1, 1, 1};
  style.size *= std::min(1.0, (cell.width() - 4) / painter.text_width(text, style));
  painter.text((cell.left + cell.right) / 2, (cell.top + cell.bottom) / 2, text, style, {0.5, 0.5});
}

void draw_cells(const Painter& painter, const HeatMap& chart, const MatrixLayout& layout,
                const Rectangle& area) {
  const auto count = static_cast<std::ptrdiff_t>(chart.labels.size());
  for (size_t row = 0; row < layout.labels.size(); ++row) {
    const auto values =
        chart.values.begin() + static_cast<std::ptrdiff_t>(layout.labels[row]) * count;
    const double full = chart.full > 0 ? chart.full : std::accumulate(values, values + count, 0.0);
    for (size_t column = 0; column < layout.labels.size(); ++column) {
      const double value = values[static_cast<std::ptrdiff_t>(layout.labels[column])];
      if (!(value > 0)) continue;  // white as the ground
      const double left = area.left + static_cast<double>(column) * layout.cell;
      const double top = area.top + static_cast<double>(row) * layout.cell;
      const Rectangle cell = {left, top, left + layout.cell, top + layout.cell};
      painter.fill(cell, shade(value / full));
      if (layout.has_numbers()) draw_number(painter, cell, value, value / full);
    }
  }
}

/// Lines between all cells, or around them where they are small.
void draw_cell_lines(const Painter& painter, const MatrixLayout& layout, const Rectangle& area) {
  const size_t count = layout.labels.size();
  const size_t step = layout.has_numbers() ? 1 : count;
  for (size_t i = 0; i <= count; i += step) {
    const double offset = layout.cell * static_cast<double>(i);
    painter.line(area.left, area.top + offset, area.right, area.top + offset, kGrid, 1);
    painter.line(area.left + offset, area.top, area.left + offset, area.bottom, kGrid, 1);
  }
}

void draw_cell_names(const Painter& painter, const HeatMap& chart, const MatrixLayout& layout,
                     const Rectangle& area) {
  const bool slanted = layout.names > layout.cell - 4;
  for (size_t i = 0; i < layout.labels.size(); i += layout.name_step()) {
    const std::string& name = chart.labels[layout.labels[i]];
    const double middle = layout.cell * (static_cast<double>(i) + 0.5);
    const TextStyle style{.size = 14, .max_width = layout.names};
    TextStyle below = style;
    if (slanted) below.turn = -G_PI / 4;
    painter.text(area.left - 8, area.top + middle, name, style, {1, 0.5});
    painter.text(area.left + middle + (slanted ? 4 : 0), area.bottom + 8, name, below,
                 slanted ? Anchor{1, 0.3} : Anchor{0.5, 0});
  }
  const double names_below = slanted ? layout.names * 0.72 + 22 : 34;
  painter.text((area.left + area.right) / 2, area.bottom + names_below, chart.column_label,
               {.size = 16}, {0.5, 0});
  painter.text(area.left - layout.names - 22, (area.top + area.bottom) / 2, chart.row_label,
               {.size = 16, .turn = kQuarterTurn}, {0.5, 1});
}

std::string matrix_title(const HeatMap& chart, const MatrixLayout& layout) {
  if (layout.labels.size() == chart.labels.size()) return chart.title;
  return fmt::format("{}: the {} of {} classes that occur most", chart.title, layout.labels.size(),
                     chart.labels.size());
}

}  // namespace

/// White to deep blue.
Paint shade(double part) {
  const double t = std::clamp(part, 0.0, 1.0);
  return {1 - 0.97 * t, 1 - 0.69 * t, 1 - 0.48 * t};
}

void draw(const Painter& painter, const Rectangle& cell, const HeatMap& chart) {
  const MatrixLayout layout = matrix_layout(painter, chart);
  const double extent = layout.extent();
  // Whole pixels, so that cells of a few of them stay sharp.
  const double left = std::round((cell.left + cell.right - extent + layout.names + 40) / 2);
  const double top = std::round(cell.top + kPadding + 34);
  const Rectangle area = {left, top, left + extent, top + extent};
  draw_title(painter, cell, matrix_title(chart, layout));
  draw_cells(painter, chart, layout, area);
  draw_cell_lines(painter, layout, area);
  draw_cell_names(painter, chart, layout, area);
}

ChartRoom room_of(const Painter& painter, const HeatMap& chart) {
  const MatrixLayout layout = matrix_layout(painter, chart);
  const double extent = layout.extent();
  return {std::max(kCellHeight, extent + layout.names + 130),
          std::max(kCellHeight * 0.8, extent + layout.names + 140)};
}

}  // namespace fovea
