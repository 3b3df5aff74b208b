#include "fovea/eval/charts.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <tuple>

#include "fovea/core/files.h"
#include "fovea/image/decode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Pixels that are neither white nor grey: what the data has drawn, the frame and text aside.
int64_t coloured(const Image& image) {
  int64_t count = 0;
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    const auto [low, high] =
        std::minmax({image.pixels[i], image.pixels[i + 1], image.pixels[i + 2]});
    if (high - low > 60) ++count;
  }
  return count;
}

Image line_chart(const LineChart& chart) {
  const TempFolder folder;
  write_line_chart(folder / "chart.png", chart);
  return decode_image(folder / "chart.png");
}

TEST(LineChart, DrawsItsSeriesAndTheSamePixelsAgain) {
  const LineChart chart{.title = "loss", .series = {{"train", {0, 1, 2}, {3, 1, 2}}}};
  const LineChart empty{.title = "loss", .series = {{"train", {}, {}}}};
  EXPECT_GT(coloured(line_chart(chart)), coloured(line_chart(empty)) + 1000);
  EXPECT_EQ(line_chart(chart), line_chart(chart));
}

TEST(LineChart, TakesNoDataOnePointConstantsAndNumbersThatAreNone) {
  for (const std::vector<double>& y : {std::vector<double>{},
                                       {5},
                                       {0},
                                       {7, 7, 7},
                                       {kNaN, kNaN},
                                       {1, kNaN, 2},
                                       {1, std::numeric_limits<double>::infinity()},
                                       {-1e-9, 1e-9},
                                       {1e12, 3e12}}) {
    std::vector<double> x;
    for (size_t i = 0; i < y.size(); ++i) x.push_back(static_cast<double>(i));
    EXPECT_GT(line_chart({.series = {{"", x, y}}}).height, 300);
  }
}

TEST(LineChart, BreaksTheLineAtANaN) {
  const std::vector<double> x = {0, 1, 2, 3};
  const LineChart whole{.series = {{"", x, {1, 1, 1, 1}}}, .y_range = {0, 2}};
  const LineChart broken{.series = {{"", x, {1, 1, kNaN, 1}}}, .y_range = {0, 2}};
  EXPECT_LT(coloured(line_chart(broken)), coloured(line_chart(whole)) * 2 / 3);
}

TEST(LineChart, DrawsAStrongLineOverTheOthersAndFaintOnesWithoutColour) {
  LineChart chart{.series = {{"mean", {0, 1}, {1, 1}}, {"", {0, 1}, {1, 1}}}, .y_range = {0, 2}};
  EXPECT_GT(coloured(line_chart(chart)), 1000);
  chart.series[0].emphasis = Emphasis::strong;
  EXPECT_LT(coloured(line_chart(chart)), 100);  // the coloured line is below
  chart.series.pop_back();
  chart.series[0].emphasis = Emphasis::faint;
  EXPECT_EQ(coloured(line_chart(chart)), 0);
}

TEST(LineChart, HasALegendOfTheNamedLinesAlone) {
  LineChart chart{.series = {{"", {0, 1}, {1, 1}}, {"", {0, 1}, {2, 2}}}};
  const int64_t wide = coloured(line_chart(chart));
  chart.series[0].name = "train";
  EXPECT_LT(coloured(line_chart(chart)), wide - 300);  // the lines make room for it
}

/// Rows from the top to the first coloured pixel.
int64_t first_coloured_row(const Image& image) {
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) {
      const auto [low, high] =
          std::minmax({image.at(x, y)[0], image.at(x, y)[1], image.at(x, y)[2]});
      if (high - low > 60) return y;
    }
  }
  return image.height;
}

TEST(LineChart, CountsDownwardsWhereTheRangeDoes) {
  LineChart chart{.series = {{"", {0, 1}, {0.1, 0.1}}}, .y_range = {0, 1}};
  const int64_t upwards = first_coloured_row(line_chart(chart));
  chart.y_range = {1, 0};
  EXPECT_LT(first_coloured_row(line_chart(chart)), upwards / 2);
}

TEST(ScatterChart, DrawsLargerDotsForGreaterWeightsAndAllOfTheLast) {
  const TempFolder folder;
  const auto dots = [&](const std::vector<double>& weights) {
    write_grid(folder / "dots.png",
               {ScatterChart{.x = {800, 100}, .y = {600, 100}, .weights = weights}});
    return coloured(decode_image(folder / "dots.png"));
  };
  const double largest = 3.14159 * 15 * 15;
  EXPECT_NEAR(static_cast<double>(dots({100, 100})), 2 * largest, 0.1 * largest);
  EXPECT_NEAR(static_cast<double>(dots({100, 25})), 1.25 * largest, 0.1 * largest);
}

TEST(BarChart, DrawsHigherBarsForHigherValues) {
  const TempFolder folder;
  write_grid(folder / "low.png", {BarChart{.labels = {"a", "b"}, .values = {10, 1}}});
  write_grid(folder / "high.png", {BarChart{.labels = {"a", "b"}, .values = {10, 9}}});
  EXPECT_LT(coloured(decode_image(folder / "low.png")),
            coloured(decode_image(folder / "high.png")) * 2 / 3);
}

TEST(HeatMap, ShadesEachRowByItsOwnSum) {
  const TempFolder folder;
  write_heat_map(folder / "few.png", {.labels = {"cat", "dog"}, .values = {1, 0, 0, 2}});
  write_heat_map(folder / "many.png", {.labels = {"cat", "dog"}, .values = {1000, 0, 0, 20}});
  const int64_t few = coloured(decode_image(folder / "few.png"));
  EXPECT_GT(few, 10'000);
  EXPECT_NEAR(static_cast<double>(coloured(decode_image(folder / "many.png"))),
              static_cast<double>(few), static_cast<double>(few) * 0.1);
}

TEST(HeatMap, ShadesAllRowsByOneValueWhereItIsGiven) {
  const TempFolder folder;
  HeatMap chart{.labels = {"cat", "dog"}, .values = {10, 0, 0, 10}, .full = 100};
  write_heat_map(folder / "pale.png", chart);
  chart.full = 10;
  write_heat_map(folder / "dark.png", chart);
  EXPECT_LT(coloured(decode_image(folder / "pale.png")), 100);
  EXPECT_GT(coloured(decode_image(folder / "dark.png")), 10'000);
}

TEST(LineChart, OnALogarithmicAxisPutsEachPowerOfTenAsFarFromTheNext) {
  // Lines at 1, value and 1,000; the middle one's row, from the top of the plot.
  const auto row_of = [](double value) {
    const LineChart chart{.series = {{"", {0, 1}, {1, 1000}}, {"", {0, 1}, {value, value}}},
                          .y_scale = AxisScale::logarithmic};
    const Image image = line_chart(chart);
    for (int64_t y = 0; y < image.height; ++y) {
      const uint8_t* pixel = image.at(130, y);  // near the left end, where the first line is low
      if (pixel[0] > 150 && pixel[2] < 100) return y;
    }
    return image.height;
  };
  const int64_t hundred = row_of(100);
  const int64_t ten = row_of(10);
  EXPECT_GT(ten - hundred, 100);
  EXPECT_NEAR(static_cast<double>(hundred - row_of(1000)), static_cast<double>(ten - hundred), 3);
}

TEST(LineChart, OnALogarithmicAxisLeavesOutWhatIsNotAboveZero) {
  const LineChart chart{.series = {{"", {0, 1}, {0, -1}}}, .y_scale = AxisScale::logarithmic};
  EXPECT_EQ(coloured(line_chart(chart)), coloured(line_chart({.series = {{"", {}, {}}}})));
}

TEST(BarChart, OfNothingButZerosBeginsAtZero) {
  const TempFolder folder;
  write_grid(folder / "a.png", {BarChart{.labels = {"a", "b"}, .values = {0, 0}}});
  write_grid(folder / "b.png", {BarChart{.labels = {"a", "b"}, .values = {0, 1}}});
  EXPECT_EQ(coloured(decode_image(folder / "a.png")), 0);
  EXPECT_GT(coloured(decode_image(folder / "b.png")), 10'000);
}

TEST(DensityMap, DarkensCellsByWhatIsInThem) {
  const TempFolder folder;
  const DensityMap chart{.columns = 2, .values = {100, 25, 0, 0}, .y_range = {1, 0}};
  write_grid(folder / "a.png", {chart});
  const Image image = decode_image(folder / "a.png");
  const int64_t y = image.height / 3;  // in the upper row, the first
  const int most = image.at(image.width / 4, y)[0];
  const int less = image.at(image.width * 3 / 4, y)[0];
  EXPECT_LT(most, 60);
  EXPECT_GT(less, most + 60);
  EXPECT_LT(less, 200);
  EXPECT_GT(image.at(image.width * 3 / 4 + 5, image.height * 2 / 3)[0], 220);  // nothing
}

/// As many labels named "Ig", of which those from `first` on have one count on the diagonal.
HeatMap diagonal(size_t labels, size_t first) {
  HeatMap chart{.title = "matrix", .labels = std::vector<std::string>(labels, "Ig")};
  chart.values.resize(labels * labels);
  for (size_t i = first; i < labels; ++i) chart.values[i * labels + i] = 1;
  return chart;
}

Image heat_map(const HeatMap& chart) {
  const TempFolder folder;
  write_heat_map(folder / "chart.png", chart);
  return decode_image(folder / "chart.png");
}

TEST(HeatMap, OfThousandsOfClassesDrawsTheMostFrequentInAPictureOfUsualSize) {
  const Image image = heat_map(diagonal(3000, 1200));  // the last 1,800 occur at all
  EXPECT_LE(std::max(image.width, image.height), 4000);
  EXPECT_NEAR(static_cast<double>(coloured(image)), 1800 * 2 * 2, 8);  // lines aside
}

TEST(HeatMap, OfHundredsOfClassesNamesAsManyAsFit) {
  HeatMap chart = diagonal(300, 0);
  chart.row_label = "";
  const Image image = heat_map(chart);
  int64_t names = 0;
  bool was_ink = false;
  for (int64_t y = 0; y < image.height - 100; ++y) {  // left of the matrix
    const bool is_ink = std::any_of(image.at(0, y), image.at(90, y), [](int v) { return v < 128; });
    names += is_ink && !was_ink ? 1 : 0;
    was_ink = is_ink;
  }
  EXPECT_EQ(names, 100);
}

TEST(HeatMap, ShowsNumbersUpToAHundredClasses) {
  for (const size_t labels : {100U, 102U}) {
    HeatMap chart = diagonal(labels, 0);
    const Image ones = heat_map(chart);
    for (double& value : chart.values) value *= 2;  // shaded as before
    EXPECT_EQ(heat_map(chart) == ones, labels > 101) << labels;
  }
}

TEST(Grid, IsAsManyChartsWideAsAsked) {
  const TempFolder folder;
  const Chart chart = LineChart{.series = {{"", {0, 1}, {0, 1}}}};
  write_grid(folder / "one.png", {chart});
  write_grid(folder / "six.png", {chart, chart, chart, chart, chart, chart}, 3);
  const ImageInfo one = probe_image(folder / "one.png");
  const ImageInfo six = probe_image(folder / "six.png");
  EXPECT_EQ(six.width, one.width * 3);
  EXPECT_EQ(six.height, one.height * 2);
}

TEST(Grid, HasItsHeadingAboveTheCharts) {
  const TempFolder folder;
  const Chart chart = LineChart{.series = {{"", {0, 1}, {0, 1}}}};
  write_grid(folder / "without.png", {chart});
  write_grid(folder / "with.png", {chart}, 0, "a heading");
  EXPECT_EQ(probe_image(folder / "with.png").height,
            probe_image(folder / "without.png").height + 64);
}

TEST(Charts, TakeNamesOfEveryScriptAndTextThatIsNoUtf8) {
  const TempFolder folder;
  write_grid(
      folder / "a.png",
      {BarChart{.title = "< & > \xFF", .labels = {"ящик", "箱", "ñandú"}, .values = {1, 2, 3}}});
  EXPECT_GT(coloured(decode_image(folder / "a.png")), 1000);
}

TEST(Charts, RefuseDataThatDoesNotFitTogether) {
  const TempFolder folder;
  EXPECT_THROW(write_line_chart(folder / "a.png", {.series = {{"", {0, 1}, {0}}}}),
               std::invalid_argument);
  EXPECT_THROW(write_heat_map(folder / "a.png", {.labels = {"a"}, .values = {1, 2}}),
               std::invalid_argument);
  EXPECT_THROW(write_grid(folder / "a.png", {}), std::invalid_argument);
  EXPECT_THROW(write_grid(folder / "a.png", {DensityMap{.columns = 2, .values = {1, 2, 3}}}),
               std::invalid_argument);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Charts, NameTheFileThatCannotBeWritten) {
  EXPECT_THAT(error_of([] { write_line_chart("/nowhere/a.png", {}); }),
              testing::HasSubstr("/nowhere/a.png: could not be written"));
}

}  // namespace
}  // namespace fovea
