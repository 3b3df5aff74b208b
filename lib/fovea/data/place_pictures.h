// Pictures of one place in another: what becomes of them when a data set is made of another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fovea/core/log.h"

namespace fovea {

/// link: a hard link, which takes no room; a copy where the file system can make none.
enum class Placing { link, copy, none };

struct PlacedPicture {
  std::filesystem::path from = {};
  std::filesystem::path to = {};
};

/// Puts each there, in parallel, and makes the folders for them.
void place_pictures(const std::vector<PlacedPicture>& pictures, Placing how, Log& log);

/// Puts the pictures of those names, below `from`, below `to`. Names that are not there or lead out
/// of `from` are passed over. How many were placed.
int64_t place_pictures(const std::vector<std::string>& names, const std::filesystem::path& from,
                       const std::filesystem::path& to, Placing how, Log& log);

}  // namespace fovea
