#include "fovea/curate/check_folders.h"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/image/file_name.h"

namespace fovea {
namespace {

/// None, and a finding, where the folder cannot be listed; a missing one has none.
std::vector<fs::path> pictures_in(const fs::path& folder, CheckReport& report) try {
  std::vector<fs::path> pictures;
  std::error_code error;
  if (!fs::is_directory(folder, error)) return {};
  for (const fs::directory_entry& entry : entries_of(folder)) {
    if (has_picture_name(entry.path()) && entry.is_regular_file(error)) {
      pictures.push_back(entry.path().lexically_normal());
    }
  }
  return pictures;
} catch (const Error& problem) {
  report.add(defect::kNoPermission, [&]() -> Finding {
    return {.code = defect::kNoPermission,
            .place = std::string(problem.place()),
            .problem = std::string(problem.problem())};
  });
  return {};
}

}  // namespace

void check_folders(CheckReport& report) {
  std::unordered_set<std::string> named;
  std::set<fs::path> folders;
  std::map<fs::path, fs::path> real;  // of folders, where links lead: two splits may share pictures
  for (const std::string& picture : report.pictures) {
    const fs::path path = fs::path(picture).lexically_normal();
    const auto [folder, is_new] = real.try_emplace(path.parent_path());
    std::error_code error;
    if (is_new) folder->second = fs::weakly_canonical(folder->first, error);
    if (is_new && error) folder->second = folder->first;
    named.insert((folder->second / path.filename()).string());
    folders.insert(folder->second);
  }
  for (const fs::path& folder : folders) {
    for (const fs::path& picture : pictures_in(folder, report)) {
      if (named.contains(picture.string())) continue;
      report.add(defect::kUnlisted, [&]() -> Finding {
        return {.code = defect::kUnlisted,
                .place = picture.string(),
                .problem = "no image entry names it"};
      });
    }
  }
}

}  // namespace fovea
