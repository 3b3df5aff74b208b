// The TIFF structure, which is that of a TIFF file and of the EXIF block in the other formats, and
// the EXIF orientation, applied here alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "fovea/image/decode.h"
#include "fovea/image/image.h"

namespace fovea {

/// The first folder (IFD) of a TIFF structure. Absent and malformed tags keep the defaults; of a
/// repeated one the first that is sound counts, as in libtiff.
struct TiffHeader {
  int64_t width = 0;  // tags 256 and 257, pixels; 0 when absent, as in an EXIF block
  int64_t height = 0;
  int bits = 1;                            // tag 258, of the first channel
  int channels = 1;                        // tag 277
  int orientation = 1;                     // tag 274, 1..8
  ImageColors colors = ImageColors::grey;  // tag 262
  int64_t pages = 1;                       // folders that are not reduced copies; counted up to 2
};

/// Nothing when `bytes` do not begin with a TIFF header.
std::optional<TiffHeader> read_tiff_header(std::span<const std::byte> bytes);

/// Orientation 1..8 of an EXIF block with or without its leading "Exif\0\0"; 1 when it says nothing
/// sensible. Types other than SHORT are read too: cameras write LONG.
int exif_orientation(std::span<const std::byte> block);

/// How the stored picture is turned.
struct Turn {
  bool transposed = false;   // rows of the upright picture are columns of the stored one
  bool from_right = false;   // the stored columns run backwards
  bool from_bottom = false;  // the stored rows do
};
Turn turn_of(int orientation);

/// The stored picture set upright: orientation 1 keeps it, 3 is half a turn, 6 a quarter turn to
/// the right, 8 to the left; 2, 4, 5 and 7 mirror.
Image upright(Image stored, int orientation);

}  // namespace fovea
