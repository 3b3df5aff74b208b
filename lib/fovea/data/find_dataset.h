// A data set is a folder; these are the layouts in which its files are looked for.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

struct SplitFiles {
  std::filesystem::path annotations = {};  // a COCO JSON file
  std::filesystem::path images = {};  // the folder that its file names start from; may be empty
};

/// What an error advises besides; a program names its own options.
inline constexpr std::string_view kNameFiles =
    "name the annotation file, and with it the folder of its images";

/// The files of a split ("train", "val", "test"; "valid" and "val" name the same), in this order:
///   1. annotations/instances_SPLIT.json or instances_SPLIT2017.json, with the images in SPLIT/,
///      SPLIT2017/ or images/SPLIT/ (also with 2017)
///   2. SPLIT/_annotations.coco.json beside its images
/// Error that lists what was looked for when neither is there, or no folder of the images.
SplitFiles find_split(const std::filesystem::path& root, std::string_view split,
                      std::string_view remedy = kNameFiles);

/// The same for those who can do without the images, whose folder is empty where there is none.
SplitFiles find_annotations(const std::filesystem::path& root, std::string_view split,
                            std::string_view remedy = kNameFiles);

/// An annotation file that was named: `images`, or, where that is empty, the folder of an
/// _annotations.coco.json.
SplitFiles files_of(const std::filesystem::path& annotations, const std::filesystem::path& images);

/// Those of "train", "val" and "test" that have annotations in the folder.
std::vector<std::string> splits_of(const std::filesystem::path& root);

}  // namespace fovea
