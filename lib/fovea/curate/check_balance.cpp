#include "fovea/curate/check_balance.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "fovea/curate/class_counts.h"

namespace fovea {
namespace {

// The figures that the defects name (data/defects.cpp).
constexpr int64_t kFew = 10;
constexpr int64_t kManyTimes = 100;

void add(const Dataset& split, std::string_view code, std::string_view list, std::string problem,
         CheckReport& report) {
  report.add(code, [&]() -> Finding {
    return {.code = code,
            .place = fmt::format("{}:/{}", split.file.string(), list),
            .problem = std::move(problem)};
  });
}

void check_classes(const Dataset& split, CheckReport& report) {
  const std::vector<int64_t> counts = class_counts(split);
  size_t largest = 0;
  size_t smallest = counts.size();  // of those that there are
  for (size_t label = 0; label < counts.size(); ++label) {
    if (counts[label] == 0) continue;  // D157 says so
    if (counts[label] < kFew) {
      add(split, defect::kRareClass, "categories",
          fmt::format("there are {} objects of `{}`", counts[label], split.categories[label].name),
          report);
    }
    if (counts[label] > counts[largest]) largest = label;
    if (smallest == counts.size() || counts[label] < counts[smallest]) smallest = label;
  }
  if (smallest == counts.size() || counts[largest] <= kManyTimes * counts[smallest]) return;
  add(split, defect::kImbalance, "categories",
      fmt::format("`{}` has {} objects, `{}` {}", split.categories[largest].name, counts[largest],
                  split.categories[smallest].name, counts[smallest]),
      report);
}

void check_empty_images(const Dataset& split, CheckReport& report) {
  const auto empty = std::count_if(split.records.begin(), split.records.end(),
                                   [](const Record& record) { return record.instances.empty(); });
  const auto all = static_cast<int64_t>(split.records.size());
  if (2 * empty <= all) return;
  add(split, defect::kMostlyEmpty, "images",
      fmt::format("{} of {} images are without annotations", empty, all), report);
}

}  // namespace

void check_balance(const Dataset& split, CheckReport& report) {
  check_classes(split, report);
  check_empty_images(split, report);
}

}  // namespace fovea
