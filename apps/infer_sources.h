// What fovea-infer is asked to look at: images, folders, globs and list files become one list.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace fovea {

struct Source {
  std::filesystem::path path = {};  // as it can be opened
  std::filesystem::path stem = {};  // names its results: below its folder, no extension, unique
};

struct Sources {
  std::vector<Source> images = {};
  std::vector<std::string> problems = {};  // a line for each word or folder that led to nothing
};

/// Folders are searched to the bottom for files with an image's extension, in order of their names;
/// links to folders inside them are not followed, and a folder that cannot be read is a problem. A
/// glob pattern is used where no file has that very name; `@files.txt` holds one word a line,
/// relative to the working folder.
Sources find_sources(const std::vector<std::string>& words);

/// The id of each image in COCO results.
class ImageIds {
 public:
  /// From the file names: digits are the number, anything else stands as text.
  ImageIds() = default;
  /// From the `images` of a COCO file.
  explicit ImageIds(const std::filesystem::path& annotations);
  /// The id as JSON. Error when the annotation file does not know the image.
  std::string json_of(const std::filesystem::path& image) const;

 private:
  struct Listed {
    std::filesystem::path name;  // file_name
    int64_t id;
  };
  std::filesystem::path annotations_;
  std::multimap<std::string, Listed> by_file_name_;  // the last part of the name
};

}  // namespace fovea
