#include "fovea/curate/check_splits.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include "fovea/curate/class_counts.h"

namespace fovea {
namespace {

std::string described(const Category& category) {
  return fmt::format("`{}` (id {})", category.name, category.id);
}

void check_categories(const Dataset& first, const Dataset& other, CheckReport& report) {
  if (other.categories == first.categories) return;
  report.add(defect::kOtherCategories, [&]() -> Finding {
    std::string problem = fmt::format("has {} categories, {} has {}", other.categories.size(),
                                      first.file.string(), first.categories.size());
    const size_t both = std::min(first.categories.size(), other.categories.size());
    for (size_t i = 0; i < both; ++i) {
      if (first.categories[i] == other.categories[i]) continue;
      problem = fmt::format("has {} where {} has {}", described(other.categories[i]),
                            first.file.string(), described(first.categories[i]));
      break;
    }
    return {.code = defect::kOtherCategories,
            .place = other.file.string() + ":/categories",
            .problem = std::move(problem)};
  });
}

/// Classes with objects in `one` and without in `other`.
void check_classes(const Dataset& one, const Dataset& other, CheckReport& report) {
  const std::vector<int64_t> here = class_counts(one);
  const std::vector<int64_t> there = class_counts(other);
  for (size_t label = 0; label < std::min(here.size(), there.size()); ++label) {
    if (here[label] == 0 || there[label] > 0) continue;
    if (one.categories[label].id != other.categories[label].id) continue;  // said already
    report.add(defect::kClassInOneSplit, [&]() -> Finding {
      return {.code = defect::kClassInOneSplit,
              .place = other.file.string() + ":/categories",
              .problem = fmt::format("has no object of `{}`, of which {} has {}",
                                     one.categories[label].name, one.file.string(), here[label])};
    });
  }
}

void check_ids(const Dataset& one, const Dataset& other, CheckReport& report) {
  std::unordered_set<int64_t> ids;
  for (const Record& record : one.records) ids.insert(record.id);
  std::optional<int64_t> example;
  int64_t shared = 0;
  for (const Record& record : other.records) {
    if (!ids.contains(record.id)) continue;
    ++shared;
    if (!example) example = record.id;
  }
  if (!example) return;
  report.add(defect::kSharedIds, [&]() -> Finding {
    return {.code = defect::kSharedIds,
            .place = other.file.string() + ":/images",
            .problem = fmt::format("{} image ids are also those of {}, as {}", shared,
                                   one.file.string(), *example)};
  });
}

std::string name_of(const Record& record) {
  return std::filesystem::path(record.path).filename().string();
}

void check_names(const Dataset& one, const Dataset& other, CheckReport& report) {
  std::unordered_set<std::string> names;
  for (const Record& record : one.records) names.insert(name_of(record));
  std::string example;
  int64_t shared = 0;
  for (const Record& record : other.records) {
    std::string name = name_of(record);
    if (!names.contains(name)) continue;
    ++shared;
    if (example.empty()) example = std::move(name);
  }
  if (shared == 0) return;
  report.add(defect::kSharedNames, [&]() -> Finding {
    return {.code = defect::kSharedNames,
            .place = other.file.string() + ":/images",
            .problem = fmt::format("{} file names are also those of {}, as {}", shared,
                                   one.file.string(), example)};
  });
}

}  // namespace

void check_splits(const std::vector<Dataset>& splits, CheckReport& report) {
  for (size_t i = 1; i < splits.size(); ++i) check_categories(splits[0], splits[i], report);
  for (size_t i = 0; i < splits.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      check_classes(splits[j], splits[i], report);
      check_classes(splits[i], splits[j], report);
      check_ids(splits[j], splits[i], report);
      check_names(splits[j], splits[i], report);
    }
  }
}

}  // namespace fovea
