// Inside the eval library: the entry of libfovea_charts.so, which alone links Pango and cairo for
// it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fovea/eval/charts.h"
#include "fovea/image/image.h"

namespace fovea {

/// Draws the charts in rows of `columns` >= 1 into `image`, under the heading if it is not empty.
using DrawCharts = void(const std::vector<Chart>& charts, int64_t columns,
                        const std::string& heading, Image& image);
inline constexpr const char* kDrawChartsName = "fovea_draw_charts";

}  // namespace fovea
