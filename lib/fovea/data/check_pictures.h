// A look at the pictures of a data set before anything is learned from them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/data/vocabulary.h"

namespace fovea {

/// What the file of a record says. `code` is that of the defect (data/defects.h), empty when there
/// is none.
struct PictureCheck {
  int64_t height = 0;  // pixels, upright
  int64_t width = 0;
  std::string_view code = {};
  std::string problem = {};
};

/// Reads the header of every record's file, on all cores, and decodes those that seem cut off.
std::vector<PictureCheck> check_pictures(const std::vector<Record>& records);

}  // namespace fovea
