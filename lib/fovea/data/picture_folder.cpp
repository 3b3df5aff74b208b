#include "fovea/data/picture_folder.h"

#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/files.h"

namespace fovea {

PictureFolder::PictureFolder(fs::path root) : root_(std::move(root)) {
  if (fs::is_directory(root_)) return;
  fail(root_, "", "no such folder (the pictures were expected in it)",
       "check the name of the image folder");
}

PictureFolder::Found PictureFolder::look(const fs::path& name) {
  const fs::path last = name.filename();
  const bool is_name = !last.empty() && last != ".." && last != ".";
  if (!folder_is_inside(name.parent_path()) || !is_name) return Found::outside;
  std::error_code error;
  const fs::path path = root_ / name;
  fs::file_status status = fs::symlink_status(path, error);
  if (fs::is_symlink(status)) {
    if (confined(root_, name).empty()) return Found::outside;
    status = fs::status(path, error);
  }
  return fs::is_regular_file(status) ? Found::yes : Found::no;
}

bool PictureFolder::folder_is_inside(const fs::path& folder) {
  if (folder.empty()) return true;
  const auto [entry, is_new] = inside_.try_emplace(folder.string(), false);
  if (is_new) entry->second = !confined(root_, folder).empty();
  return entry->second;
}

}  // namespace fovea
