// libfovea_charts.so: the four kinds of chart, each into a cell of a picture.
#include <fmt/core.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "fovea/eval/chart_entry.h"
#include "fovea/eval/chart_painter.h"

namespace fovea {
namespace {

constexpr double kCellWidth = 880;  // pixels of one chart
constexpr double kCellHeight = 600;
constexpr double kPadding = 26;
constexpr double kTitleSize = 20;
constexpr double kLegendWidth = 190;
constexpr int kMostLegendEntries = 22;
constexpr double kNamePitch = 17;  // of names below or above each other
constexpr double kLargestCell = 90;
constexpr double kNumberedCell = 24;  // the smallest that holds a number
constexpr double kSmallestCell = 2;
constexpr double kMostNumbered = 101;  // labels: a hundred classes and the background
constexpr size_t kMostLabels = 1800;   // of a matrix whose picture stays below 4,000 pixels a side
constexpr double kQuarterTurn = -G_PI / 2;
constexpr Paint kPaleInk = {0.38, 0.38, 0.38};
constexpr Paint kGrid = {0.89, 0.89, 0.89};

/// Colours that stay apart in print and for the colour-blind.
constexpr std::array<Paint, 10> kColors = {{{0.00, 0.45, 0.70},
                                            {0.84, 0.37, 0.00},
                                            {0.00, 0.62, 0.45},
                                            {0.80, 0.47, 0.65},
                                            {0.90, 0.62, 0.00},
                                            {0.34, 0.71, 0.91},
                                            {0.55, 0.34, 0.29},
                                            {0.45, 0.45, 0.45},
                                            {0.42, 0.24, 0.60},
                                            {0.65, 0.72, 0.10}}};

Paint color_of_series(size_t index, double opacity = 1) {
  Paint paint = kColors[index % kColors.size()];
  paint.opacity = opacity;
  return paint;
}

/// Marks along an axis at round numbers.
struct Ticks {
  double low = 0;
  double high = 1;
  double step = 0.2;
  int64_t count() const { return std::llround((high - low) / step) + 1; }
  double value(int64_t i) const { return low + step * static_cast<double>(i); }
};

/// About `wanted` steps of 1, 2 or 5 times a power of ten that enclose low..high.
Ticks round_ticks(double low, double high, double wanted) {
  if (!(low < high)) {
    const double half = low == 0 || !std::isfinite(low) ? 0.5 : std::abs(low) * 0.1;
    low = std::isfinite(low) ? low : 0;
    return round_ticks(low - half, low + half, wanted);
  }
  const double rough = (high - low) / wanted;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double step = power * (rough / power < 1.5   ? 1
                               : rough / power < 3.5 ? 2
                               : rough / power < 7.5 ? 5
                                                     : 10);
  return {std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step, step};
}

/// As many digits as tell the steps apart: "0.25", "40", "12k".
std::string tick_text(double value, double step) {
  if (std::abs(value) < step * 1e-6) return "0";
  if (step >= 1e9) return fmt::format("{:g}", value);
  if (step >= 1e6) return fmt::format("{:g}M", value / 1e6);
  if (step >= 1e3) return fmt::format("{:g}k", value / 1e3);
  if (step < 1e-4) return fmt::format("{:.1e}", value);
  const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  return fmt::format("{:.{}f}", value, digits);
}

std::string number_text(double value) {
  if (value == std::round(value) && std::abs(value) < 1e7) return fmt::format("{:.0f}", value);
  return fmt::format("{:.3g}", value);
}

struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

Ticks ticks_for(const AxisRange& range, Extent extent, double wanted) {
  if (range.low < range.high) return round_ticks(range.low, range.high, wanted);
  if (extent.low > extent.high) extent = {0, 1};  // no data
  if (extent.low > 0) extent.low = 0;             // so that heights can be compared
  if (extent.low == extent.high) extent.high = extent.low + 1;
  return round_ticks(extent.low, extent.high, wanted);
}

/// The area of a plot and its two axes.
struct Plot {
  Rectangle area;
  Ticks x;
  Ticks y;
  bool counts_down = false;  // y, as rows of pixels do
  double at_x(double value) const {
    return area.left + (value - x.low) / (x.high - x.low) * area.width();
  }
  double at_y(double value) const {
    const double part = (value - y.low) / (y.high - y.low);
    return counts_down ? area.top + part * area.height() : area.bottom - part * area.height();
  }
};

void draw_title(const Painter& painter, const Rectangle& cell, const std::string& title) {
  painter.text((cell.left + cell.right) / 2, cell.top + kPadding * 0.6, title,
               {.size = kTitleSize, .weight = Weight::bold, .max_width = cell.width() - 20},
               {0.5, 0});
}

/// What is left of the cell for the plot; room for the numbers of the y axis and the axis names.
Rectangle plot_area(const Painter& painter, const Rectangle& cell, const Ticks& y,
                    double right_margin) {
  double widest = 0;
  for (int64_t i = 0; i < y.count(); ++i) {
    widest = std::max(widest, painter.text_width(tick_text(y.value(i), y.step), {}));
  }
  return {cell.left + kPadding + 30 + widest, cell.top + kPadding + 40,
          cell.right - kPadding - right_margin, cell.bottom - kPadding - 48};
}

void draw_axis_names(const Painter& painter, const Rectangle& cell, const Rectangle& area,
                     const std::string& x_label, const std::string& y_label) {
  painter.text((area.left + area.right) / 2, cell.bottom - kPadding * 0.5, x_label,
               {.size = 16, .max_width = area.width()}, {0.5, 1});
  painter.text(cell.left + kPadding * 0.5, (area.top + area.bottom) / 2, y_label,
               {.size = 16, .turn = kQuarterTurn, .max_width = area.height()}, {0.5, 0});
}

void draw_y_axis(const Painter& painter, const Plot& plot) {
  for (int64_t i = 0; i < plot.y.count(); ++i) {
    const double y = plot.at_y(plot.y.value(i));
    painter.line(plot.area.left, y, plot.area.right, y, kGrid, 1);
    painter.text(plot.area.left - 8, y, tick_text(plot.y.value(i), plot.y.step), {}, {1, 0.5});
  }
}

void draw_x_axis(const Painter& painter, const Plot& plot) {
  for (int64_t i = 0; i < plot.x.count(); ++i) {
    const double x = plot.at_x(plot.x.value(i));
    painter.line(x, plot.area.top, x, plot.area.bottom, kGrid, 1);
    painter.text(x, plot.area.bottom + 7, tick_text(plot.x.value(i), plot.x.step), {}, {0.5, 0});
  }
}

void draw_spines(const Painter& painter, const Plot& plot) {
  const Rectangle& area = plot.area;
  painter.line(area.left, area.bottom, area.right, area.bottom, kPaleInk, 1.4);
  painter.line(area.left, area.top, area.left, area.bottom, kPaleInk, 1.4);
}

bool needs_legend(const std::vector<Series>& series) {
  return series.size() > 1 || (series.size() == 1 && !series.front().name.empty());
}

void draw_legend(const Painter& painter, const Rectangle& area, const std::vector<Series>& series) {
  double y = area.top + 8;
  for (size_t i = 0; i < series.size(); ++i, y += 22) {
    if (i + 1 == kMostLegendEntries && series.size() > kMostLegendEntries) {
      painter.text(area.right + 40, y, fmt::format("and {} more", series.size() - i), {}, {0, 0.5});
      return;
    }
    painter.line(area.right + 14, y, area.right + 32, y, color_of_series(i), 4);
    painter.text(area.right + 40, y, series[i].name, {.max_width = kLegendWidth - 44}, {0, 0.5});
  }
}

/// Axes, names and legend common to lines and points.
template <class XyChart>
Plot draw_frame(const Painter& painter, const Rectangle& cell, const XyChart& chart) {
  Extent x;
  Extent y;
  for (const Series& series : chart.series) {
    for (const double value : series.x) x.add(value);
    for (const double value : series.y) y.add(value);
  }
  Plot plot;
  const auto [low, high] = std::minmax(chart.y_range.low, chart.y_range.high);
  plot.counts_down = chart.y_range.low > chart.y_range.high;
  plot.y = ticks_for({low, high}, y, 6);
  plot.x = ticks_for(chart.x_range, x, 8);
  const bool legend = needs_legend(chart.series);
  plot.area = plot_area(painter, cell, plot.y, legend ? kLegendWidth : 10);
  draw_title(painter, cell, chart.title);
  draw_x_axis(painter, plot);
  draw_y_axis(painter, plot);
  draw_spines(painter, plot);
  draw_axis_names(painter, cell, plot.area, chart.x_label, chart.y_label);
  if (legend) draw_legend(painter, plot.area, chart.series);
  return plot;
}

void clip_to(const Painter& painter, const Rectangle& area) {
  cairo_save(painter.context());
  cairo_rectangle(painter.context(), area.left - 4, area.top - 4, area.width() + 8,
                  area.height() + 8);
  cairo_clip(painter.context());
}

void draw_line(const Painter& painter, const Plot& plot, const Series& series, const Paint& paint) {
  cairo_t* context = painter.context();
  bool pen_down = false;
  for (size_t i = 0; i < series.x.size(); ++i) {
    if (!std::isfinite(series.x[i]) || !std::isfinite(series.y[i])) {
      pen_down = false;
      continue;
    }
    const double x = plot.at_x(series.x[i]);
    const double y = plot.at_y(series.y[i]);
    pen_down ? cairo_line_to(context, x, y) : cairo_move_to(context, x, y);
    pen_down = true;
  }
  painter.use(paint);
  cairo_set_line_width(context, 2.2);
  cairo_stroke(context);
  if (series.x.size() > 40) return;
  for (size_t i = 0; i < series.x.size(); ++i) {  // few points are marked, a single one is seen
    if (!std::isfinite(series.x[i]) || !std::isfinite(series.y[i])) continue;
    painter.dot(plot.at_x(series.x[i]), plot.at_y(series.y[i]), 3.2, paint);
  }
}

void draw(const Painter& painter, const Rectangle& cell, const LineChart& chart) {
  const Plot plot = draw_frame(painter, cell, chart);
  clip_to(painter, plot.area);
  for (size_t i = 0; i < chart.series.size(); ++i) {
    draw_line(painter, plot, chart.series[i], color_of_series(i));
  }
  cairo_restore(painter.context());
}

void draw(const Painter& painter, const Rectangle& cell, const ScatterChart& chart) {
  const Plot plot = draw_frame(painter, cell, chart);
  size_t points = 1;
  for (const Series& series : chart.series) points += series.x.size();
  const double opacity = std::clamp(60 / std::sqrt(static_cast<double>(points)), 0.15, 0.8);
  clip_to(painter, plot.area);
  for (size_t s = 0; s < chart.series.size(); ++s) {
    const Series& series = chart.series[s];
    for (size_t i = 0; i < series.x.size(); ++i) {
      if (!std::isfinite(series.x[i]) || !std::isfinite(series.y[i])) continue;
      painter.dot(plot.at_x(series.x[i]), plot.at_y(series.y[i]), 3.4, color_of_series(s, opacity));
    }
  }
  cairo_restore(painter.context());
}

double widest_text(const Painter& painter, const std::vector<std::string>& labels) {
  double widest = 0;
  for (const std::string& label : labels) widest = std::max(widest, painter.text_width(label, {}));
  return widest;
}

/// The name below bar `x`: level where it fits its `step` pixels, slanted where not.
void draw_bar_name(const Painter& painter, double x, double y, const std::string& name, double step,
                   double widest, double room) {
  if (widest < step - 6) {
    painter.text(x, y + 6, name, {}, {0.5, 0});
  } else {
    painter.text(x + 4, y + 8, name, {.size = 14, .turn = -G_PI / 4, .max_width = room}, {1, 0.3});
  }
}

void draw(const Painter& painter, const Rectangle& cell, const BarChart& chart) {
  Extent extent;
  extent.add(0);
  for (const double value : chart.values) extent.add(value);
  Plot plot;
  plot.y = round_ticks(extent.low, extent.high, 6);
  plot.area = plot_area(painter, cell, plot.y, 10);
  const double count = std::max(1.0, static_cast<double>(chart.labels.size()));
  const double step = plot.area.width() / count;
  const double widest = widest_text(painter, chart.labels);
  const double room = std::min(widest, 150.0);
  if (widest >= step - 6) plot.area.bottom -= room * 0.72;
  draw_title(painter, cell, chart.title);
  draw_y_axis(painter, plot);
  draw_axis_names(painter, cell, plot.area, chart.x_label, chart.y_label);
  const auto every =
      static_cast<size_t>(std::ceil(kNamePitch / step));  // names that would touch are left out
  for (size_t i = 0; i < chart.labels.size(); ++i) {
    const double x = plot.area.left + (static_cast<double>(i) + 0.5) * step;
    if (i % every == 0) {
      draw_bar_name(painter, x, plot.area.bottom, chart.labels[i], step, widest, room);
    }
    if (!std::isfinite(chart.values[i])) continue;
    const double half = std::min(step * 0.39, 40.0);
    const auto [top, bottom] = std::minmax({plot.at_y(chart.values[i]), plot.at_y(0)});
    painter.fill({x - half, top, x + half, bottom}, color_of_series(0));
    if (step > 30) painter.text(x, top - 2, number_text(chart.values[i]), {.size = 13}, {0.5, 1});
  }
  draw_spines(painter, plot);
}

/// White to deep blue.
Paint shade(double part) {
  const double t = std::clamp(part, 0.0, 1.0);
  return {1 - 0.97 * t, 1 - 0.69 * t, 1 - 0.48 * t};
}

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

double cell_side(size_t labels) {
  const double count = std::max(1.0, static_cast<double>(labels));
  if (count <= kMostNumbered) return std::clamp(640 / count, kNumberedCell, kLargestCell);
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
  layout.cell = cell_side(layout.labels.size());
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
    const double sum = std::accumulate(values, values + count, 0.0);
    for (size_t column = 0; column < layout.labels.size(); ++column) {
      const double value = values[static_cast<std::ptrdiff_t>(layout.labels[column])];
      if (!(value > 0)) continue;  // white as the ground
      const double left = area.left + static_cast<double>(column) * layout.cell;
      const double top = area.top + static_cast<double>(row) * layout.cell;
      const Rectangle cell = {left, top, left + layout.cell, top + layout.cell};
      painter.fill(cell, shade(value / sum));
      if (layout.has_numbers()) draw_number(painter, cell, value, value / sum);
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

struct Size {
  double width = kCellWidth;
  double height = kCellHeight;
};

/// Room for a chart; only a heat map of many labels needs more than the others.
Size size_of(const Painter& painter, const Chart& chart) {
  const auto* matrix = std::get_if<HeatMap>(&chart);
  if (matrix == nullptr) return {};
  const MatrixLayout layout = matrix_layout(painter, *matrix);
  const double extent = layout.extent();
  return {std::max(kCellHeight, extent + layout.names + 130),
          std::max(kCellHeight * 0.8, extent + layout.names + 140)};
}

}  // namespace

extern "C" void fovea_draw_charts(const std::vector<Chart>& charts, int64_t columns, Image& image) {
  const Painter measuring(1, 1);
  Size cell{0, 0};
  for (const Chart& chart : charts) {
    const Size size = size_of(measuring, chart);
    cell = {std::max(cell.width, size.width), std::max(cell.height, size.height)};
  }
  const auto count = static_cast<int64_t>(charts.size());
  const int64_t rows = (count + columns - 1) / columns;
  const Painter painter(static_cast<int64_t>(std::ceil(cell.height * static_cast<double>(rows))),
                        static_cast<int64_t>(std::ceil(cell.width * static_cast<double>(columns))));
  for (int64_t i = 0; i < count; ++i) {
    const int64_t row = i / columns;
    const double left = cell.width * static_cast<double>(i % columns);
    const double top = cell.height * static_cast<double>(row);
    const Rectangle place = {left, top, left + cell.width, top + cell.height};
    std::visit([&](const auto& chart) { draw(painter, place, chart); },
               charts[static_cast<size_t>(i)]);
  }
  image = painter.finish();
}

}  // namespace fovea
