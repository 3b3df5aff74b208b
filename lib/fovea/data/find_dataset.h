// A data set is a folder; these are the layouts in which its files are looked for.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

struct SplitFiles {
  std::filesystem::path annotations = {};  // a COCO JSON file
  std::filesystem::path images = {};       // the folder that its file names start from
};

/// The files of a split ("train", "val", "test"; "valid" and "val" name the same), in this order:
///   1. annotations/instances_SPLIT.json or instances_SPLIT2017.json, with the images in SPLIT/,
///      SPLIT2017/ or images/SPLIT/ (also with 2017)
///   2. SPLIT/_annotations.coco.json beside its images
/// Error that lists what was looked for when neither is there.
SplitFiles find_split(const std::filesystem::path& root, std::string_view split);

/// Those of "train", "val" and "test" that have annotations in the folder.
std::vector<std::string> splits_of(const std::filesystem::path& root);

}  // namespace fovea
