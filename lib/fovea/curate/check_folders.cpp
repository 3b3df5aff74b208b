#include "fovea/curate/check_folders.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "fovea/image/file_name.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> pictures_in(const fs::path& folder) {
  std::vector<fs::path> pictures;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (has_picture_name(entry.path()) && entry.is_regular_file(error)) {
      pictures.push_back(entry.path().lexically_normal());
    }
  }
  std::sort(pictures.begin(), pictures.end());
  return pictures;
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
    for (const fs::path& picture : pictures_in(folder)) {
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
