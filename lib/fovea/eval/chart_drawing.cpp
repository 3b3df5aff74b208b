// libfovea_charts.so: a picture of charts in rows.
#include <algorithm>
#include <cmath>
#include <string>
#include <variant>

#include "fovea/eval/chart_entry.h"
#include "fovea/eval/chart_parts.h"

namespace fovea {
namespace {

constexpr double kHeadingHeight = 64;
constexpr double kHeadingSize = 26;

ChartRoom room_of(const Painter& painter, const Chart& chart) {
  const auto* matrix = std::get_if<HeatMap>(&chart);
  return matrix == nullptr ? ChartRoom() : room_of(painter, *matrix);
}

/// Wide enough for the widest chart, high enough for the highest.
ChartRoom cell_for(const std::vector<Chart>& charts) {
  const Painter measuring(1, 1);
  ChartRoom cell{0, 0};
  for (const Chart& chart : charts) {
    const ChartRoom room = room_of(measuring, chart);
    cell = {std::max(cell.width, room.width), std::max(cell.height, room.height)};
  }
  return cell;
}

}  // namespace

extern "C" void fovea_draw_charts(const std::vector<Chart>& charts, int64_t columns,
                                  const std::string& heading, Image& image) {
  const ChartRoom cell = cell_for(charts);
  const double above = heading.empty() ? 0 : kHeadingHeight;
  const auto count = static_cast<int64_t>(charts.size());
  const int64_t rows = (count + columns - 1) / columns;
  const double width = std::ceil(cell.width * static_cast<double>(columns));
  const double height = std::ceil(above + cell.height * static_cast<double>(rows));
  const Painter painter(static_cast<int64_t>(height), static_cast<int64_t>(width));
  painter.text(width / 2, kPadding, heading,
               {.size = kHeadingSize, .weight = Weight::bold, .max_width = width - 2 * kPadding},
               {0.5, 0});
  for (int64_t i = 0; i < count; ++i) {
    const double left = cell.width * static_cast<double>(i % columns);
    const double top = above + cell.height * static_cast<double>(i / columns);
    const Rectangle place = {left, top, left + cell.width, top + cell.height};
    std::visit([&](const auto& chart) { draw(painter, place, chart); },
               charts[static_cast<size_t>(i)]);
  }
  image = painter.finish();
}

}  // namespace fovea
