// A folder that is whole or absent.
#pragma once

#include <string>
#include <vector>

#include "fovea/core/files.h"

namespace fovea {

/// Error unless `out` is absent or empty: for the start of a command whose work takes long.
void expect_new_folder(const fs::path& out);

/// What becomes the folder `out`, removed unless it is finished. It is made beside `out`, and
/// inside an empty `out`, which may be the current folder or a place where a disk is mounted.
class PartFolder {
 public:
  /// Error unless `out` is absent or empty. `last` is the entry of an empty `out` that gets its
  /// name after the others, because it tells of them; may be empty.
  explicit PartFolder(const fs::path& out, std::string last = {});
  PartFolder(const PartFolder&) = delete;
  PartFolder& operator=(const PartFolder&) = delete;
  ~PartFolder();
  const fs::path& path() const { return part_; }
  /// Gives the folder its name, after its files have reached the disk.
  void finish();

 private:
  std::vector<fs::path> children() const;
  void give_name(const fs::path& from, const fs::path& to);

  fs::path out_;
  std::string last_;
  bool is_inside_;
  fs::path part_;
  std::vector<fs::path> parents_;  // of `part_` that were not there, innermost first
  std::vector<fs::path> given_;    // final names
  bool is_finished_ = false;
};

/// Writes a file of a PartFolder: not synced one by one, the whole folder is before it gets its
/// name. Its folders are made.
void write_part(const fs::path& path, std::string_view bytes);

}  // namespace fovea
