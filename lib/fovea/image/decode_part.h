// A part of a picture, at a fraction of the work of the whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "fovea/image/decode.h"

namespace fovea {

/// A part of the upright picture, in pixels of the picture as it was shrunk.
struct DecodedPart {
  Image pixels = {};
  PixelRect place = {};      // holds what was asked for
  int64_t whole_height = 0;  // rounded up
  int64_t whole_width = 0;
  int64_t file_height = 0;  // upright, before it was shrunk
  int64_t file_width = 0;
};

/// Decodes `part` (of the upright, shrunk picture) and perhaps more around it; its pixels are those
/// that decoding all gives. `shrink` is 1, 2, 4 or 8: each pixel stands for a square of that side,
/// in a JPEG by its cosine transform, which saves work, otherwise by the mean. Error as
/// decode_image, but of a JPEG the rows below the part are not looked at: damage there is passed
/// over, a lost end is not.
DecodedPart decode_part(std::span<const std::byte> bytes, const std::filesystem::path& name,
                        const PixelRect& part, int64_t shrink, const ImageLimits& limits = {});

}  // namespace fovea
