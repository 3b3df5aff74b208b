// Small grey versions of pictures, to tell by whether two files show the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "fovea/image/decode.h"

namespace fovea {

/// Brightness row by row, 0 black to 255 white. The picture covers the first `covered_width`
/// columns and `covered_height` rows: the last of them may be a part.
struct GreyImage {
  int64_t height = 0;
  int64_t width = 0;
  double covered_height = 0;
  double covered_width = 0;
  std::vector<uint8_t> pixels = {};  // height * width
};

/// Decodes a file as stored, before the EXIF turn. A JPEG is shrunk by 2, 4 or 8 on the way, which
/// saves most of the work, as long as both sides keep `least_side` pixels. Error on anything that
/// decode_image refuses.
GreyImage decode_grey(std::span<const std::byte> bytes, const std::filesystem::path& name,
                      int64_t least_side, const ImageLimits& limits = {});

}  // namespace fovea
