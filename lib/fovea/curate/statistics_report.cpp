#include "fovea/curate/statistics_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <string_view>

#include "fovea/curate/text_table.h"

namespace fovea {
namespace {

constexpr size_t kMostPairs = 8;  // in the text
constexpr size_t kMostSizes = 5;

/// The splits, and all together where there are several.
std::vector<const PartStatistics*> columns_of(const DatasetStatistics& statistics) {
  std::vector<const PartStatistics*> columns;
  for (const PartStatistics& split : statistics.splits) columns.push_back(&split);
  if (columns.size() > 1) columns.push_back(&statistics.all);
  return columns;
}

using Count = int64_t PartStatistics::*;

std::string counts_table(const std::vector<const PartStatistics*>& columns) {
  TextTable table;
  std::vector<std::string> head = {""};
  for (const PartStatistics* part : columns) head.push_back(part->name);
  table.add(std::move(head));
  const auto count = [&](std::string_view name, Count value) {
    std::vector<std::string> row = {std::string(name)};
    for (const PartStatistics* part : columns) row.push_back(with_commas(part->*value));
    table.add(std::move(row));
  };
  const auto share = [&](std::string_view name, Count value, Count whole) {
    std::vector<std::string> row = {std::string(name)};
    for (const PartStatistics* part : columns) {
      row.push_back(percent(part->*value, part->*whole));
    }
    table.add(std::move(row));
  };
  count("images", &PartStatistics::images);
  count("  without annotations", &PartStatistics::empty_images);
  count("objects", &PartStatistics::objects);
  share("  small, area < 32 x 32", &PartStatistics::small, &PartStatistics::objects);
  share("  medium", &PartStatistics::medium, &PartStatistics::objects);
  share("  large, area > 96 x 96", &PartStatistics::large, &PartStatistics::objects);
  share("  at the edge of their picture", &PartStatistics::at_edge, &PartStatistics::objects);
  share("  with a mask", &PartStatistics::masks, &PartStatistics::objects);
  share("  with keypoints", &PartStatistics::keypoint_objects, &PartStatistics::objects);
  count("crowds", &PartStatistics::crowds);
  return table.text();
}

std::string spreads_table(const PartStatistics& part) {
  TextTable table;
  table.add({"", "mean", "least", "5 %", "25 %", "median", "75 %", "95 %", "most"});
  const auto add = [&](std::string_view name, const Spread& spread, double unit, int digits) {
    if (spread.count == 0) return;
    std::vector<std::string> row = {std::string(name)};
    for (const double value : {spread.mean, spread.least, spread.p5, spread.p25, spread.median,
                               spread.p75, spread.p95, spread.most}) {
      row.push_back(fmt::format("{:.{}f}", value * unit, digits));
    }
    table.add(std::move(row));
  };
  add("objects an image", part.objects_an_image, 1, 1);
  add("object side, pixels", part.side, 1, 1);
  add("object side, % of picture", part.relative_side, 100, 1);
  add("object width / height", part.aspect, 1, 2);
  add("picture width", part.picture_width, 1, 0);
  add("picture height", part.picture_height, 1, 0);
  add("picture width / height", part.picture_aspect, 1, 2);
  return table.text();
}

std::string sizes_line(const PartStatistics& part) {
  std::string line;
  for (size_t i = 0; i < std::min(kMostSizes, part.picture_sizes.size()); ++i) {
    const PictureSize& size = part.picture_sizes[i];
    line += fmt::format("{}{} x {} ({})", i == 0 ? "" : ", ", size.width, size.height,
                        percent(size.images, part.images));
  }
  if (part.picture_sizes.size() > kMostSizes) {
    line += fmt::format(" and {} more",
                        with_commas(static_cast<int64_t>(part.picture_sizes.size() - kMostSizes)));
  }
  if (part.unsized_images > 0) {
    line += fmt::format("{}{} of unknown size", line.empty() ? "" : ", ",
                        with_commas(part.unsized_images));
  }
  return fmt::format("picture sizes: {}\n", line);
}

std::string input_table(const PartStatistics& part) {
  if (part.relative_side.count == 0) return {};
  TextTable table;
  table.add({"input side", "objects < 8 px", "objects < 16 px", "median object, px"});
  for (const InputSide& side : part.input_sides) {
    table.add({std::to_string(side.side), fmt::format("{:.1f} %", 100 * side.below_8),
               fmt::format("{:.1f} %", 100 * side.below_16), fmt::format("{:.1f}", side.median)});
  }
  std::string line;
  for (const NeededSide& needed : part.needed_sides) {
    line += fmt::format("{}{} px from {}", line.empty() ? "" : ", ", needed.pixels,
                        with_commas(needed.side));
  }
  return table.text() + "nine of ten objects have a side of at least: " + line + "\n";
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

std::string class_table(const DatasetStatistics& statistics, int64_t most) {
  const PartStatistics& all = statistics.all;
  TextTable table;
  std::vector<std::string> head = {"class",       "objects", "share",  "images", "share",
                                   "median side", "small",   "medium", "large"};
  const bool has_splits = statistics.splits.size() > 1;
  for (const PartStatistics& split : statistics.splits) {
    if (has_splits) head.push_back(split.name);
  }
  table.add(std::move(head));
  const std::vector<size_t> labels = by_count(all);
  const size_t shown = std::min(labels.size(), static_cast<size_t>(most));
  for (size_t i = 0; i < shown; ++i) {
    const ClassStatistics& one = all.classes[labels[i]];
    std::vector<std::string> row = {
        statistics.categories[labels[i]].name, with_commas(one.objects),
        percent(one.objects, all.objects),     with_commas(one.images),
        percent(one.images, all.images),       fmt::format("{:.1f}", one.median_side),
        percent(one.small, one.objects),       percent(one.medium, one.objects),
        percent(one.large, one.objects)};
    for (const PartStatistics& split : statistics.splits) {
      if (has_splits) row.push_back(with_commas(split.classes[labels[i]].objects));
    }
    table.add(std::move(row));
  }
  std::string text = table.text();
  if (shown < labels.size()) {
    int64_t objects = 0;
    for (size_t i = shown; i < labels.size(); ++i) objects += all.classes[labels[i]].objects;
    const auto more = static_cast<int64_t>(labels.size() - shown);
    text += fmt::format("and {} more class{} with {} object{}\n", with_commas(more),
                        more == 1 ? "" : "es", with_commas(objects), objects == 1 ? "" : "s");
  }
  return text;
}

/// Two classes of Together by their places.
struct Pair {
  size_t a = 0;
  size_t b = 0;
  int64_t images = 0;
};

std::vector<Pair> pairs_of(const Together& together) {
  std::vector<Pair> pairs;
  for (size_t a = 0; a < together.labels.size(); ++a) {
    for (size_t b = a + 1; b < together.labels.size(); ++b) {
      const int64_t images = together.at(a, b);
      if (images > 0) pairs.push_back({a, b, images});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& x, const Pair& y) { return x.images > y.images; });
  return pairs;
}

std::string pairs_table(const DatasetStatistics& statistics) {
  const Together& together = statistics.all.together;
  const std::vector<Pair> pairs = pairs_of(together);
  if (pairs.empty()) return {};
  TextTable table({TextTable::Side::left, TextTable::Side::left});
  table.add({"seen together", "", "images", "of the first's", "of the second's"});
  const auto name = [&](size_t place) {
    return statistics.categories[static_cast<size_t>(together.labels[place])].name;
  };
  for (size_t i = 0; i < std::min(kMostPairs, pairs.size()); ++i) {
    const auto& [a, b, images] = pairs[i];
    table.add({name(a), name(b), with_commas(images), percent(images, together.at(a, a)),
               percent(images, together.at(b, b))});
  }
  return table.text();
}

}  // namespace

std::string with_commas(int64_t number) {
  std::string digits = std::to_string(number);
  const auto first = static_cast<std::ptrdiff_t>(number < 0 ? 1 : 0);
  for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > first; place -= 3) {
    digits.insert(static_cast<size_t>(place), 1, ',');
  }
  return digits;
}

std::string percent(int64_t part, int64_t whole) {
  if (whole == 0) return "-";
  const double value = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (part > 0 && value < 0.05) return "<0.1 %";
  return fmt::format("{:.1f} %", value);
}

std::string report_of(const DatasetStatistics& statistics, int64_t classes) {
  std::string text = counts_table(columns_of(statistics)) + "\n";
  text += spreads_table(statistics.all) + sizes_line(statistics.all) + "\n";
  for (const std::string& part :
       {input_table(statistics.all), class_table(statistics, classes), pairs_table(statistics)}) {
    if (!part.empty()) text += part + "\n";
  }
  const std::vector<std::string> remarks = remarks_on(statistics);
  text += remarks.empty() ? "Nothing remarkable.\n" : "Remarkable:\n";
  for (const std::string& remark : remarks) text += fmt::format("- {}\n", remark);
  return text;
}

}  // namespace fovea
