// libfovea_charts.so: charts with two axes.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "fovea/eval/chart_parts.h"

namespace fovea {
namespace {

constexpr double kLegendMark = 40;   // pixels from the plot to the names of the legend
constexpr double kLegendName = 150;  // the least and the most that a name is given
constexpr double kLongestName = 260;
constexpr double kLegendPitch = 22;
constexpr double kLargestDot = 15;  // radius, pixels
constexpr double kSmallestDot = 2.5;
constexpr int kMostLegendEntries = 22;

/// Colours that stay apart in print and for the colour-blind; neighbours differ most.
constexpr std::array<Paint, 8> kColors = {{{0.00, 0.45, 0.70},
                                           {0.84, 0.30, 0.00},
                                           {0.00, 0.62, 0.45},
                                           {0.80, 0.40, 0.70},
                                           {0.93, 0.68, 0.00},
                                           {0.42, 0.20, 0.60},
                                           {0.40, 0.75, 0.95},
                                           {0.55, 0.34, 0.20}}};

/// How a line is drawn.
struct Pen {
  Paint paint;
  double width = 2.2;
  double dash = 0;  // pixels; 0: none
};

/// One of each series: eight colours, then the same in dashes, each time longer ones.
std::vector<Pen> pens_for(const std::vector<Series>& series) {
  std::vector<Pen> pens;
  size_t coloured = 0;
  for (const Series& one : series) {
    if (one.emphasis == Emphasis::strong) {
      pens.push_back({.paint = {0.08, 0.08, 0.08}, .width = 4});
    } else if (one.emphasis == Emphasis::faint) {
      pens.push_back({.paint = {0.50, 0.52, 0.55, 0.55}, .width = 1.2});
    } else {
      const size_t round = coloured / kColors.size();
      pens.push_back(
          {.paint = kColors[coloured % kColors.size()], .dash = 6 * static_cast<double>(round)});
      ++coloured;
    }
  }
  return pens;
}

/// Marks along an axis at round numbers. Of a logarithmic axis low, high and step are exponents of
/// ten.
struct Ticks {
  double low = 0;
  double high = 1;
  double step = 0.2;
  AxisScale scale = AxisScale::linear;
  int64_t count() const { return std::llround((high - low) / step) + 1; }
  double value(int64_t i) const {
    const double place = low + step * static_cast<double>(i);
    return scale == AxisScale::linear ? place : std::pow(10, place);
  }
  /// 0 at the low end, 1 at the high end.
  double part(double value) const {
    const double place = scale == AxisScale::linear ? value : std::log10(value);
    return (place - low) / (high - low);
  }
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

/// Whole powers of ten around what is above 0.
Ticks log_ticks(const Extent& extent) {
  Ticks ticks{.low = 0, .high = 1, .step = 1, .scale = AxisScale::logarithmic};
  if (extent.low > extent.high) return ticks;  // no data
  ticks.low = std::floor(std::log10(extent.low) + 1e-9);
  ticks.high = std::max(ticks.low + 1, std::ceil(std::log10(extent.high) - 1e-9));
  ticks.step = std::ceil((ticks.high - ticks.low) / 8);
  ticks.high = ticks.low + ticks.step * std::ceil((ticks.high - ticks.low) / ticks.step);
  return ticks;
}

std::string tick_text(const Ticks& ticks, int64_t i) {
  const double value = ticks.value(i);
  return tick_text(value, ticks.scale == AxisScale::linear ? ticks.step : value);
}

/// The area of a plot and its two axes.
struct Plot {
  Rectangle area;
  Ticks x;
  Ticks y;
  bool counts_down = false;  // y, as rows of pixels do
  double at_x(double value) const { return area.left + x.part(value) * area.width(); }
  double at_y(double value) const {
    const double part = y.part(value);
    return counts_down ? area.top + part * area.height() : area.bottom - part * area.height();
  }
};

/// What is left of the cell for the plot; room for the numbers of the y axis and the axis names.
Rectangle plot_area(const Painter& painter, const Rectangle& cell, const Ticks& y,
                    double right_margin) {
  double widest = 0;
  for (int64_t i = 0; i < y.count(); ++i) {
    widest = std::max(widest, painter.text_width(tick_text(y, i), {}));
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
    painter.text(plot.area.left - 8, y, tick_text(plot.y, i), {}, {1, 0.5});
  }
}

void draw_x_axis(const Painter& painter, const Plot& plot) {
  for (int64_t i = 0; i < plot.x.count(); ++i) {
    const double x = plot.at_x(plot.x.value(i));
    painter.line(x, plot.area.top, x, plot.area.bottom, kGrid, 1);
    painter.text(x, plot.area.bottom + 7, tick_text(plot.x, i), {}, {0.5, 0});
  }
}

void draw_spines(const Painter& painter, const Plot& plot) {
  const Rectangle& area = plot.area;
  painter.line(area.left, area.bottom, area.right, area.bottom, kPaleInk, 1.4);
  painter.line(area.left, area.top, area.left, area.bottom, kPaleInk, 1.4);
}

/// Pixels that the names beside the plot need; 0 where there are none.
double legend_width(const Painter& painter, const std::vector<Series>& series) {
  double widest = 0;
  for (const Series& one : series) {
    if (one.name.empty()) continue;
    widest = std::max({widest, kLegendName, painter.text_width(one.name, {})});
  }
  return widest > 0 ? kLegendMark + std::min(widest, kLongestName) + 4 : 0;
}

void stroke(const Painter& painter, const Pen& pen) {
  cairo_t* context = painter.context();
  painter.use(pen.paint);
  cairo_set_line_width(context, pen.width);
  cairo_set_dash(context, &pen.dash, pen.dash > 0 ? 1 : 0, 0);
  cairo_stroke(context);
  cairo_set_dash(context, nullptr, 0, 0);
}

void draw_legend(const Painter& painter, const Rectangle& area, const std::vector<Series>& series,
                 const std::vector<Pen>& pens) {
  const auto named = std::count_if(series.begin(), series.end(),
                                   [](const Series& one) { return !one.name.empty(); });
  int entries = 0;
  for (size_t i = 0; i < series.size(); ++i) {
    if (series[i].name.empty()) continue;
    const double y = area.top + 8 + kLegendPitch * entries++;
    if (entries == kMostLegendEntries && named > kMostLegendEntries) {
      painter.text(area.right + kLegendMark, y, fmt::format("and {} more", named - entries + 1), {},
                   {0, 0.5});
      return;
    }
    Pen pen = pens[i];
    pen.width = std::max(pen.width, 3.0);
    cairo_move_to(painter.context(), area.right + 14, y);
    cairo_line_to(painter.context(), area.right + 32, y);
    stroke(painter, pen);
    painter.text(area.right + kLegendMark, y, series[i].name, {.max_width = kLongestName},
                 {0, 0.5});
  }
}

/// Axes and names common to lines, dots and cells; room for the legend of lines.
Plot draw_frame(const Painter& painter, const Rectangle& cell, const LineChart& chart) {
  const bool is_log = chart.y_scale == AxisScale::logarithmic;
  Extent x;
  Extent y;
  for (const Series& series : chart.series) {
    for (const double value : series.x) x.add(value);
    for (const double value : series.y) {
      if (!is_log || value > 0) y.add(value);
    }
  }
  Plot plot;
  const auto [low, high] = std::minmax(chart.y_range.low, chart.y_range.high);
  plot.counts_down = chart.y_range.low > chart.y_range.high;
  plot.y = is_log ? log_ticks(y) : ticks_for({low, high}, y, 6);
  plot.x = ticks_for(chart.x_range, x, 8);
  const double legend = legend_width(painter, chart.series);
  plot.area = plot_area(painter, cell, plot.y, std::max(legend, 10.0));
  draw_title(painter, cell, chart.title);
  draw_x_axis(painter, plot);
  draw_y_axis(painter, plot);
  draw_spines(painter, plot);
  draw_axis_names(painter, cell, plot.area, chart.x_label, chart.y_label);
  return plot;
}

void clip_to(const Painter& painter, const Rectangle& area) {
  cairo_save(painter.context());
  cairo_rectangle(painter.context(), area.left - 4, area.top - 4, area.width() + 8,
                  area.height() + 8);
  cairo_clip(painter.context());
}

void draw_line(const Painter& painter, const Plot& plot, const Series& series, const Pen& pen) {
  cairo_t* context = painter.context();
  bool pen_down = false;
  for (size_t i = 0; i < series.x.size(); ++i) {
    const double x = plot.at_x(series.x[i]);
    const double y = plot.at_y(series.y[i]);
    if (!std::isfinite(x) || !std::isfinite(y)) {
      pen_down = false;
      continue;
    }
    pen_down ? cairo_line_to(context, x, y) : cairo_move_to(context, x, y);
    pen_down = true;
  }
  stroke(painter, pen);
  if (series.x.size() > 40) return;
  for (size_t i = 0; i < series.x.size(); ++i) {  // few points are marked, a single one is seen
    const double x = plot.at_x(series.x[i]);
    const double y = plot.at_y(series.y[i]);
    if (std::isfinite(x) && std::isfinite(y)) painter.dot(x, y, pen.width + 1, pen.paint);
  }
}

/// The widest of the names below the bars, pixels.
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

/// As `number_text`, in thousands or millions where that is shorter.
std::string short_text(double value) {
  if (std::abs(value) < 10'000 || value != std::round(value)) return number_text(value);
  const bool millions = std::abs(value) >= 999'500;
  return fmt::format("{:.3g}{}", value / (millions ? 1e6 : 1e3), millions ? "M" : "k");
}

}  // namespace

std::string number_text(double value) {
  if (value == std::round(value) && std::abs(value) < 1e7) return fmt::format("{:.0f}", value);
  return fmt::format("{:.3g}", value);
}

void draw_title(const Painter& painter, const Rectangle& cell, const std::string& title) {
  painter.text((cell.left + cell.right) / 2, cell.top + kPadding * 0.6, title,
               {.size = kTitleSize, .weight = Weight::bold, .max_width = cell.width() - 20},
               {0.5, 0});
}

void draw(const Painter& painter, const Rectangle& cell, const LineChart& chart) {
  const Plot plot = draw_frame(painter, cell, chart);
  const std::vector<Pen> pens = pens_for(chart.series);
  clip_to(painter, plot.area);
  for (const Emphasis layer : {Emphasis::faint, Emphasis::normal, Emphasis::strong}) {
    for (size_t i = 0; i < chart.series.size(); ++i) {
      if (chart.series[i].emphasis != layer) continue;
      draw_line(painter, plot, chart.series[i], pens[i]);
    }
  }
  cairo_restore(painter.context());
  draw_legend(painter, plot.area, chart.series, pens);
}

void draw(const Painter& painter, const Rectangle& cell, const ScatterChart& chart) {
  double most_x = 0;
  double most_y = 0;
  double most_weight = 0;
  for (size_t i = 0; i < chart.x.size(); ++i) {
    most_x = std::max(most_x, chart.x[i]);
    most_y = std::max(most_y, chart.y[i]);
    most_weight = std::max(most_weight, chart.weights[i]);
  }
  constexpr double kRoom = 1.06;  // beyond the last dot, so that all of it is seen
  const Plot plot = draw_frame(painter, cell,
                               {.title = chart.title,
                                .x_label = chart.x_label,
                                .y_label = chart.y_label,
                                .x_range = {0, most_x * kRoom},
                                .y_range = {0, most_y * kRoom}});
  Paint paint = kColors[0];
  paint.opacity = 0.6;
  for (size_t i = 0; i < chart.x.size(); ++i) {
    if (!std::isfinite(chart.x[i]) || !std::isfinite(chart.y[i])) continue;
    const double part = most_weight > 0 ? std::max(0.0, chart.weights[i] / most_weight) : 0;
    painter.dot(plot.at_x(chart.x[i]), plot.at_y(chart.y[i]),
                std::max(kSmallestDot, kLargestDot * std::sqrt(part)), paint);
  }
}

void draw(const Painter& painter, const Rectangle& cell, const BarChart& chart) {
  Extent extent;
  extent.add(0);
  for (const double value : chart.values) extent.add(value);
  if (extent.low == extent.high) extent.high = 1;  // nothing but zeros
  Plot plot;
  plot.y = round_ticks(extent.low, extent.high, 6);
  const bool are_whole = std::all_of(chart.values.begin(), chart.values.end(),
                                     [](double value) { return value == std::round(value); });
  if (are_whole && plot.y.step < 1) plot.y = {std::floor(extent.low), std::ceil(extent.high), 1};
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
    painter.fill({x - half, top, x + half, bottom}, kColors[0]);
    if (step > 30) painter.text(x, top - 2, short_text(chart.values[i]), {.size = 13}, {0.5, 1});
  }
  draw_spines(painter, plot);
}

void draw(const Painter& painter, const Rectangle& cell, const DensityMap& chart) {
  const Plot plot = draw_frame(painter, cell,
                               {.title = chart.title,
                                .x_label = chart.x_label,
                                .y_label = chart.y_label,
                                .x_range = chart.x_range,
                                .y_range = chart.y_range});
  const double most = *std::max_element(chart.values.begin(), chart.values.end());
  const auto columns = static_cast<size_t>(chart.columns);
  const size_t rows = chart.values.size() / columns;
  const auto between = [](const AxisRange& range, size_t place, size_t count) {
    const auto [low, high] = std::minmax(range.low, range.high);
    return low + (high - low) * static_cast<double>(place) / static_cast<double>(count);
  };
  for (size_t i = 0; i < chart.values.size(); ++i) {
    if (!(chart.values[i] > 0)) continue;  // white as the ground
    // Whole pixels, so that no seams are seen.
    const auto x = [&](size_t column) {
      return std::round(plot.at_x(between(chart.x_range, column, columns)));
    };
    const auto y = [&](size_t row) {
      return std::round(plot.at_y(between(chart.y_range, row, rows)));
    };
    const auto [top, bottom] = std::minmax({y(i / columns), y(i / columns + 1)});
    painter.fill({x(i % columns), top, x(i % columns + 1), bottom},
                 shade(0.08 + 0.92 * std::sqrt(chart.values[i] / most)));
  }
  draw_spines(painter, plot);
}

}  // namespace fovea
