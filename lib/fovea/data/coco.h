// COCO annotation files. One parser, two policies: training refuses what would spoil it, scoring
// counts what pycocotools counts.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/data/defects.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// Reads a data set to train on or to predict for. Categories come by rising id, records and their
/// instances in the order of the file; Record::path is image_root / file_name. A missing `area` is
/// the box's, a missing `iscrowd` 0, a missing `width` or `height` is read from the picture:
/// warnings, in `report`. Any error (data/defects.h): Error with file, JSON pointer, code and
/// remedy, unless `allow` holds its code: then the annotation or image is passed over.
Dataset read_coco(const std::filesystem::path& json, const std::filesystem::path& image_root,
                  const std::vector<std::string>& allow = {}, ReadReport* report = nullptr);

/// Reads a ground truth as pycocotools sees it when it scores boxes: boxes of any size, crowds by
/// any `iscrowd` but 0, no look at masks, keypoints or pictures (Record::path is the file name
/// alone). Duplicate and dangling ids and wrong types are refused.
Dataset read_ground_truth(const std::filesystem::path& json, ReadReport* report = nullptr);

/// The label (index into Dataset::categories) of a category id, -1 when there is none.
int64_t label_of(const Dataset& dataset, int64_t category_id);

}  // namespace fovea
