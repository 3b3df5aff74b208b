// A look at the pictures of a data set before anything is learned from them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/core/log.h"
#include "fovea/data/vocabulary.h"
#include "fovea/image/decode.h"

namespace fovea {

struct PictureCheckOptions {
  enum class Depth { headers, pixels };
  Depth depth = Depth::headers;  // pixels: every picture is decoded as a whole
  ImageLimits limits = {};
};

/// What was met in a picture. `code` is that of the defect (data/defects.h).
struct PictureFinding {
  std::string_view code = {};
  std::string problem = {};
};

/// What the file of a record says.
struct PictureCheck {
  int64_t height = 0;  // pixels, upright
  int64_t width = 0;
  std::vector<PictureFinding> remarks = {};  // warnings and notes
  std::optional<PictureFinding> error = {};
};

/// Reads the header of every record's file, on all cores, and decodes those that seem cut off.
std::vector<PictureCheck> check_pictures(const std::vector<Record>& records,
                                         const PictureCheckOptions& options, Log& log);

}  // namespace fovea
