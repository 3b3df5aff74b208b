// Inside libfovea_charts.so: what the kinds of chart share.
#pragma once

#include <array>
#include <string>

#include "fovea/eval/chart_painter.h"
#include "fovea/eval/charts.h"

namespace fovea {

inline constexpr double kCellWidth = 880;  // pixels of one chart
inline constexpr double kCellHeight = 600;
inline constexpr double kPadding = 26;
inline constexpr double kTitleSize = 20;
inline constexpr double kNamePitch = 17;  // of names below or above each other
inline constexpr double kQuarterTurn = -G_PI / 2;
inline constexpr Paint kPaleInk = {0.38, 0.38, 0.38};
inline constexpr Paint kGrid = {0.89, 0.89, 0.89};

/// White to deep blue for 0 to 1.
Paint shade(double part);

/// "7", "0.123".
std::string number_text(double value);

void draw_title(const Painter& painter, const Rectangle& cell, const std::string& title);

/// Pixels that a chart needs.
struct ChartRoom {
  double width = kCellWidth;
  double height = kCellHeight;
};
/// Only a heat map of many labels needs more than the others.
ChartRoom room_of(const Painter& painter, const HeatMap& chart);

void draw(const Painter& painter, const Rectangle& cell, const LineChart& chart);
void draw(const Painter& painter, const Rectangle& cell, const ScatterChart& chart);
void draw(const Painter& painter, const Rectangle& cell, const BarChart& chart);
void draw(const Painter& painter, const Rectangle& cell, const DensityMap& chart);
void draw(const Painter& painter, const Rectangle& cell, const HeatMap& chart);

}  // namespace fovea
