// What of a COCO file decides how it is divided.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fovea/curate/stratify.h"
#include "fovea/data/coco_text.h"

namespace fovea {

struct SplitFacts {
  std::vector<std::string> classes = {};           // names, in the order of the file
  std::vector<std::string> file_names = {};        // by image
  std::vector<uint32_t> image_of_annotation = {};  // places in the list of images
  std::vector<uint32_t> class_of_annotation = {};
  /// Objects of each class in an image, those of rising class that are there.
  std::vector<std::vector<Shows>> objects = {};
};

/// Error, which names the place, for ids that are missing, taken or refer to nothing.
SplitFacts read_split_facts(const CocoText& text);

/// The value of that field of each image ("meta.video_id" is nested; `folder` is that of the file
/// name where no image has such a field), empty where an image has none. Error when none has it.
std::vector<std::string> group_names(const CocoText& text, const SplitFacts& facts,
                                     const std::string& field);

}  // namespace fovea
