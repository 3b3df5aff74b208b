#include "fovea/data/place_pictures.h"

#include <set>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/parallel.h"
#include "fovea/core/work_progress.h"
#include "fovea/data/picture_folder.h"

namespace fovea {
namespace {

void place(const PlacedPicture& picture, Placing how) {
  std::error_code error;
  if (how == Placing::link) {
    const fs::path file = fs::canonical(picture.from, error);  // not a symbolic link to it
    if (!error) fs::create_hard_link(file, picture.to, error);
    if (!error) return;
    error.clear();
  }
  fs::copy_file(picture.from, picture.to, error);
  if (error) {
    fail(picture.to, "", "could not be made of " + picture.from.string() + ": " + error.message(),
         "check free space and permissions");
  }
}

}  // namespace

void place_pictures(const std::vector<PlacedPicture>& pictures, Placing how, Log& log) {
  if (how == Placing::none) return;
  std::set<fs::path> folders;
  for (const PlacedPicture& picture : pictures) folders.insert(picture.to.parent_path());
  for (const fs::path& folder : folders) make_folder(folder);
  const auto count = static_cast<int64_t>(pictures.size());
  WorkProgress progress(how == Placing::link ? "link" : "copy", "images", count, log);
  in_parallel(count, [&](int64_t i) {
    place(pictures[static_cast<size_t>(i)], how);
    progress.add();
  });
}

int64_t place_pictures(const std::vector<std::string>& names, const fs::path& from,
                       const fs::path& to, Placing how, Log& log) {
  make_folder(to);
  if (how == Placing::none) return 0;
  PictureFolder folder(from);
  std::set<fs::path> found;  // once each
  for (const std::string& name : names) {
    const fs::path path = fs::path(name).lexically_normal();
    if (!name.empty() && folder.look(path) == PictureFolder::Found::yes) found.insert(path);
  }
  std::vector<PlacedPicture> pictures;
  pictures.reserve(found.size());
  for (const fs::path& name : found) pictures.push_back({.from = from / name, .to = to / name});
  place_pictures(pictures, how, log);
  return static_cast<int64_t>(pictures.size());
}

}  // namespace fovea
