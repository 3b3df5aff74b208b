#include "fovea/data/picture_folder.h"

#include <algorithm>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/files.h"

namespace fovea {
namespace {

bool is_closed(const std::error_code& error) {
  return error == std::errc::permission_denied;
}

}  // namespace

PictureFolder::PictureFolder(fs::path root) : root_(std::move(root)) {
  std::error_code error;
  if (fs::is_directory(root_, error)) return;
  if (is_closed(error)) fail(root_, "", "may not be entered", "check its permissions");
  fail(root_, "", "no such folder (the pictures were expected in it)",
       "check the name of the image folder");
}

PictureFolder::Found PictureFolder::look(const fs::path& name) {
  const fs::path last = name.filename();
  if (last.empty() || last == ".." || last == ".") return Found::outside;
  if (const Found folder = follow_folder(name.parent_path()); folder != Found::yes) return folder;
  std::error_code error;
  const fs::path path = root_ / name;
  fs::file_status status = fs::symlink_status(path, error);
  if (fs::is_symlink(status)) {
    if (const Found target = follow(name); target != Found::yes) return target;
    status = fs::status(path, error);
  }
  if (is_closed(error)) return Found::closed;
  return fs::is_regular_file(status) ? Found::yes : Found::no;
}

PictureFolder::Found PictureFolder::follow(const fs::path& name) const {
  if (!confined(root_, name).empty()) return Found::yes;
  const bool leaves = name.is_absolute() || std::find(name.begin(), name.end(), "..") != name.end();
  std::error_code error;
  if (!leaves) static_cast<void>(fs::status(root_ / name, error));
  return is_closed(error) ? Found::closed : Found::outside;
}

PictureFolder::Found PictureFolder::follow_folder(const fs::path& folder) {
  if (folder.empty()) return Found::yes;
  const auto [entry, is_new] = folders_.try_emplace(folder.string(), Found::yes);
  if (is_new) entry->second = follow(folder);
  return entry->second;
}

}  // namespace fovea
