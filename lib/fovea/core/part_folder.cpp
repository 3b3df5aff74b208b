#include "fovea/core/part_folder.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "fovea/core/error.h"

namespace fovea {
namespace {

/// Its absolute name without links and without a slash at the end.
fs::path full_name(const fs::path& out) {
  if (out.empty()) fail("no folder is named", "give the folder to make");
  std::error_code error;
  fs::path name = fs::absolute(out, error);
  if (!error) name = fs::weakly_canonical(name, error);
  if (error) fail(out, "", "cannot be reached: " + error.message(), "name another folder");
  return name.has_filename() ? name : name.parent_path();
}

/// True when `out` is an empty folder, false when it is absent.
bool is_empty_folder(const fs::path& out) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(out, error);
  if (status.type() == fs::file_type::not_found) return false;
  if (!error && !fs::is_directory(status)) {
    fail(out, "", "is a file, and a folder is to be made there", "name another folder");
  }
  const fs::directory_iterator entry(out, error);
  if (error) fail(out, "", "cannot be read: " + error.message(), "name another folder");
  if (entry != fs::directory_iterator()) {
    fail(out, "",
         fmt::format("the folder is not empty (it holds {})", entry->path().filename().string()),
         "name a new folder, or empty this one");
  }
  return true;
}

}  // namespace

void expect_new_folder(const fs::path& out) {
  is_empty_folder(full_name(out));
}

PartFolder::PartFolder(const fs::path& out, std::string last)
    : out_(full_name(out)), last_(std::move(last)), is_inside_(is_empty_folder(out_)) {
  const std::string part = ".part" + std::to_string(getpid());
  part_ = is_inside_ ? out_ / part : fs::path(out_.string() + part);
  std::error_code error;
  for (fs::path parent = part_.parent_path(); !fs::exists(parent, error) && !error;
       parent = parent.parent_path()) {
    parents_.push_back(parent);
  }
  fs::remove_all(part_, error);
  make_folder(part_);
}

PartFolder::~PartFolder() {
  std::error_code ignored;
  fs::remove_all(part_, ignored);
  if (is_finished_) return;
  for (const fs::path& name : given_) fs::remove_all(name, ignored);
  for (const fs::path& parent : parents_) fs::remove(parent, ignored);  // unless others use it
}

void PartFolder::finish() {
  const int folder = open(part_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    syncfs(folder);
    close(folder);
  }
  if (is_inside_) {
    for (const fs::path& name : children()) give_name(part_ / name, out_ / name);
  } else {
    give_name(part_, out_);
  }
  sync_folder(is_inside_ ? out_ : out_.parent_path());
  is_finished_ = true;
}

/// `last_` at the end.
std::vector<fs::path> PartFolder::children() const {
  std::vector<fs::path> names;
  for (const fs::directory_entry& entry : entries_of(part_)) {
    names.push_back(entry.path().filename());
  }
  std::partition(names.begin(), names.end(),
                 [this](const fs::path& name) { return name != last_; });
  return names;
}

void PartFolder::give_name(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) fail(to, "", "could not be made: " + error.message(), "name another folder");
  given_.push_back(to);
}

void write_part(const fs::path& path, std::string_view bytes) {
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);  // the stream says what is wrong
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) fail(path, "", "could not be written", "check free space and permissions");
}

}  // namespace fovea
