// Where the pictures of an annotation file lie.
#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>

namespace fovea {

/// Looks up picture names below a root with one system call a picture.
class PictureFolder {
 public:
  enum class Found { yes, no, outside, closed };
  /// Error when there is no such folder.
  explicit PictureFolder(std::filesystem::path root);
  const std::filesystem::path& root() const { return root_; }

  /// Whether there is a file of that name; `outside` when the name, or a link inside the root,
  /// leaves it; `closed` when a folder on the way may not be entered.
  Found look(const std::filesystem::path& name);

 private:
  /// Whether a name stays inside the root, whatever it is the name of: yes, outside or closed.
  Found follow(const std::filesystem::path& name) const;
  Found follow_folder(const std::filesystem::path& folder);

  std::filesystem::path root_;
  std::unordered_map<std::string, Found> folders_ = {};  // that were followed
};

}  // namespace fovea
