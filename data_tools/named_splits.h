// The annotation files that a command is given: a folder with splits, or one file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fovea/core/log.h"
#include "fovea/curate/statistics.h"

namespace fovea {

/// DATASET|FILE.json, --images and --split as they stand on the command line.
struct DatasetChoice {
  std::filesystem::path dataset = {};
  std::filesystem::path images = {};
  std::string split = {};  // empty: all of a folder
};

/// An annotation file and the folder of its pictures, empty where that is not known.
struct SplitSource {
  std::string name = {};
  std::filesystem::path annotations = {};
  std::filesystem::path images = {};
};

/// Are pictures to be looked at, or annotations alone?
enum class Look { at_annotations, at_pictures };

/// Error that lists what was looked for when there is none, or none of the pictures of a folder
/// that are to be looked at.
std::vector<SplitSource> sources_of(const DatasetChoice& choice, Look look = Look::at_pictures);

/// Reads each to its end. Entries with errors are passed over and counted in a warning; Error when
/// nothing is left.
std::vector<NamedSplit> read_splits(const std::vector<SplitSource>& sources, Look look, Log& log);

}  // namespace fovea
