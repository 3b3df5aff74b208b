// A page of pictures that shows findings: each picture with what is wrong about it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>

#include "fovea/data/defects.h"
#include "fovea/image/image.h"

namespace fovea {

struct SheetOptions {
  std::map<std::filesystem::path, std::filesystem::path> image_roots = {};  // by annotation file
  int64_t most = 30;  // findings that are shown: of each code in turn, errors first
  int64_t columns = 5;
  int64_t cell = 280;  // pixels, the longer side of a picture
};

/// Nothing when no finding has a picture that can be shown.
std::optional<Image> finding_sheet(const CheckReport& report, const SheetOptions& options);

}  // namespace fovea
