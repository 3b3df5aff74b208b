#include "fovea/curate/check_splits.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/parallel.h"

namespace fovea {
namespace {

/// A picture of a split.
struct Picture {
  size_t split = 0;
  const Record* record = nullptr;
  std::string bytes = {};  // checksum of the file
};

/// The pictures that have another picture of the same size in bytes in another split: the others
/// need not be read.
std::vector<Picture> candidates(const std::vector<Dataset>& splits) {
  std::map<uintmax_t, std::vector<Picture>> by_size;
  for (size_t split = 0; split < splits.size(); ++split) {
    for (const Record& record : splits[split].records) {
      std::error_code error;
      const uintmax_t size = fs::file_size(record.path, error);
      if (!error) by_size[size].push_back({.split = split, .record = &record});
    }
  }
  std::vector<Picture> pictures;
  for (auto& entry : by_size) {
    std::vector<Picture>& same_size = entry.second;
    const bool in_two = std::any_of(same_size.begin(), same_size.end(), [&](const Picture& one) {
      return one.split != same_size.front().split;
    });
    if (in_two) std::move(same_size.begin(), same_size.end(), std::back_inserter(pictures));
  }
  return pictures;
}

void check_leaks(const std::vector<Dataset>& splits, CheckReport& report) {
  std::vector<Picture> pictures = candidates(splits);
  in_parallel(static_cast<int64_t>(pictures.size()), [&](int64_t i) {
    Picture& picture = pictures[static_cast<size_t>(i)];
    try {
      picture.bytes = checksum(MappedFile(picture.record->path).bytes());
    } catch (const Error&) {  // it was named when its header was read
    }
  });
  std::map<std::string, const Picture*> first;  // by checksum
  for (const Picture& picture : pictures) {     // those of earlier splits are the first of a size
    if (picture.bytes.empty()) continue;
    const Picture& earlier = *first.try_emplace(picture.bytes, &picture).first->second;
    if (earlier.split == picture.split) continue;
    report.add(defect::kLeak, [&]() -> Finding {
      return {.code = defect::kLeak,
              .place = picture.record->path,
              .problem = fmt::format("is byte for byte {} of another split", earlier.record->path)};
    });
  }
}

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

}  // namespace

void check_splits(const std::vector<Dataset>& splits, CheckReport& report) {
  for (size_t i = 1; i < splits.size(); ++i) check_categories(splits[0], splits[i], report);
  check_leaks(splits, report);
}

}  // namespace fovea
