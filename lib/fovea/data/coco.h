// COCO annotation files, to train on or to predict for; for scoring see data/score_tables.h.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fovea/core/log.h"
#include "fovea/data/check_pictures.h"
#include "fovea/data/defects.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// Whether outlines and runs are kept or only checked: they are most of what annotations weigh.
enum class Masks { keep, leave };

/// Reads a data set to train on or to predict for. Categories come by rising id, records and their
/// instances in the order of the file; Record::path is image_root / file_name. A missing `area` is
/// the box's, a missing `iscrowd` 0, a missing `width` or `height` is read from the picture:
/// warnings, in `report`. Any error (data/defects.h): Error with file, JSON pointer, code and
/// remedy, unless `allow` holds its code: then the annotation or image is passed over.
Dataset read_coco(const std::filesystem::path& json, const std::filesystem::path& image_root,
                  const Allowed& allow = {}, ReadReport* report = nullptr,
                  Masks masks = Masks::keep);

/// The annotations alone: names and pictures are not looked at, a size that is missing stays 0.
Dataset read_coco_annotations(const std::filesystem::path& json, const Allowed& allow = {},
                              ReadReport* report = nullptr);

/// Reads the same way to the end, whatever is wrong: errors and warnings go to the report, entries
/// with errors are passed over. Without an image root names and pictures are not looked at, and a
/// size that is missing stays 0. Progress over the pictures goes to `log`. Error only for a file or
/// folder that cannot be opened.
Dataset check_coco(const std::filesystem::path& json, const std::filesystem::path& image_root,
                   CheckReport& report, const PictureCheckOptions& pictures, Log& log);
Dataset check_coco(const std::filesystem::path& json, const std::filesystem::path& image_root,
                   CheckReport& report);

}  // namespace fovea
