#include "fovea/curate/place_pictures.h"

#include <set>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/parallel.h"
#include "fovea/core/work_progress.h"
#include "fovea/data/picture_folder.h"

namespace fovea {
namespace {

void place(const fs::path& from, const fs::path& to, Placing how) {
  std::error_code error;
  if (how == Placing::link) {
    fs::create_hard_link(fs::canonical(from), to, error);  // of the file, not of a link to it
    if (!error) return;
  }
  fs::copy_file(from, to, error);
  if (error) {
    fail(to, "", "could not be written: " + error.message(), "check free space and permissions");
  }
}

}  // namespace

int64_t place_pictures(const std::vector<std::string>& names, const fs::path& from,
                       const fs::path& to, Placing how, Log& log) {
  make_folder(to);
  if (how == Placing::none) return 0;
  PictureFolder pictures(from);
  std::set<fs::path> found;    // once each
  std::set<fs::path> folders;  // of them, below `to`
  for (const std::string& name : names) {
    const fs::path path = fs::path(name).lexically_normal();
    if (name.empty() || pictures.look(path) != PictureFolder::Found::yes) continue;
    found.insert(path);
    folders.insert(path.parent_path());
  }
  for (const fs::path& folder : folders) make_folder(to / folder);
  const std::vector<fs::path> placed(found.begin(), found.end());
  WorkProgress progress("pictures", "pictures", static_cast<int64_t>(placed.size()), log);
  in_parallel(static_cast<int64_t>(placed.size()), [&](int64_t i) {
    const fs::path& name = placed[static_cast<size_t>(i)];
    place(from / name, to / name, how);
    progress.add(1);
  });
  return static_cast<int64_t>(placed.size());
}

}  // namespace fovea
