#include "datasets.h"

#include <fmt/core.h>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/data/coco.h"
#include "fovea/data/find_dataset.h"

namespace fovea {
namespace {

constexpr std::string_view kNameInRecipe =
    "check data.root, or name the files with data.train.images and data.train.annotations "
    "(data.val.images and data.val.annotations)";

SplitFiles files_of(const DataOptions& options, const SplitOptions& split) {
  if (!split.annotations.empty()) return {split.annotations, split.images};
  if (options.root.empty()) {
    fail("data.root is not set", "name the folder of your data set: data.root=FOLDER");
  }
  return find_split(options.root, split.name, kNameInRecipe);
}

/// The errors whose entries are passed over: those that are named, and those of pictures where
/// unreadable ones are skipped.
Allowed allowed_by(const DataOptions& options) {
  Allowed allowed = {.codes = options.allow};
  if (options.on_error == OnError::stop) return allowed;
  for (const DefectKind& kind : defect_kinds()) {
    const bool is_of_a_picture = kind.code.starts_with("D5");
    if (is_of_a_picture && kind.if_allowed == IfAllowed::drops_entry) {
      allowed.codes.emplace_back(kind.code);
    }
  }
  return allowed;
}

std::string describe(const Category& category) {
  return fmt::format("{} (id {})", category.name, category.id);
}

}  // namespace

void expect_splits(const DataOptions& options) {
  for (const SplitOptions* split : {&options.train, &options.val}) {
    expect_file(files_of(options, *split).annotations, "a COCO annotation file");
  }
}

Dataset open_split(const DataOptions& options, const SplitOptions& split, Masks masks, Log& log) {
  const SplitFiles files = files_of(options, split);
  ReadReport report;
  Dataset dataset = read_coco(files.annotations, files.images, allowed_by(options), &report, masks);
  size_t objects = 0;
  for (const Record& record : dataset.records) objects += record.instances.size();
  log.line(fmt::format("{}: {} images, {} objects, {} classes", files.annotations.string(),
                       dataset.records.size(), objects, dataset.categories.size()));
  const std::string odd = report.describe();
  if (!odd.empty()) log.warning(odd);
  return dataset;
}

void expect_same_categories(const std::vector<Category>& expected, const std::string& whose,
                            const Dataset& dataset) {
  if (dataset.categories == expected) return;
  std::string difference = fmt::format("{} has {} classes", whose, expected.size());
  for (size_t i = 0; i < std::max(expected.size(), dataset.categories.size()); ++i) {
    const bool here = i < dataset.categories.size(), there = i < expected.size();
    if (here && there && dataset.categories[i] == expected[i]) continue;
    difference = fmt::format("class {} is {} here and {} in {}", i,
                             here ? describe(dataset.categories[i]) : "absent",
                             there ? describe(expected[i]) : "absent", whose);
    break;
  }
  fail(dataset.file, "/categories", difference, "use the same categories in both");
}

}  // namespace fovea
