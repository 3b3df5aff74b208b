// YOLO's data.yaml: the names of the classes, and where the pictures of each split are.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fovea/data/vocabulary.h"

namespace fovea {

struct YoloData {
  std::string path = {};  // root of the entries; empty: the folder of the file
  /// "train", "val" and "test" with their entries: folders, or .txt lists of pictures.
  std::vector<std::pair<std::string, std::vector<std::string>>> splits = {};
  std::vector<std::string> names = {};  // of the classes, by number
  int64_t keypoints = 0;                // of each object (kpt_shape), 0: none
  int64_t keypoint_numbers = 3;         // 2 or 3
};

/// Reads the text of a data.yaml; `file` stands for it in messages. `names` may be a list or a map
/// from numbers; `valid` counts as `val`; keys that are not known are passed over. Error with line
/// and column. Texts over kMostYaml bytes or nested more than some levels deep are refused before
/// yaml-cpp sees them: its parser calls itself for each level.
YoloData parse_yolo_data(std::string_view text, const std::filesystem::path& file);
inline constexpr size_t kMostYaml = 1 << 20;

/// A data.yaml for images/SPLIT of each split.
std::string yolo_data_text(const std::vector<std::string>& splits,
                           const std::vector<Category>& categories);

}  // namespace fovea
