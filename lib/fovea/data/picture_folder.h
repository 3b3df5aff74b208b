// Where the pictures of an annotation file lie.
#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>

namespace fovea {

/// Looks up picture names below a root with one system call a picture.
class PictureFolder {
 public:
  enum class Found { yes, no, outside };
  /// Error when there is no such folder.
  explicit PictureFolder(std::filesystem::path root);
  const std::filesystem::path& root() const { return root_; }

  /// Whether there is a file of that name; `outside` when the name, or a link inside the root,
  /// leaves it.
  Found look(const std::filesystem::path& name);

 private:
  bool folder_is_inside(const std::filesystem::path& folder);

  std::filesystem::path root_;
  std::unordered_map<std::string, bool> inside_ = {};  // by folder
};

}  // namespace fovea
