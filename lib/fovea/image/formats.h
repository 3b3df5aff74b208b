// Inside the image library: one pair of functions a file format. `name` stands for the file in
// messages. A probe reads the header alone; a decoder gives the pixels as stored, before the EXIF
// turn, and is called only after the probe's sizes were held against the limits.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "fovea/image/decode.h"
#include "fovea/image/grey.h"

namespace fovea {

/// The bytes of a file and what to call it.
struct Source {
  std::span<const std::byte> bytes;
  const std::filesystem::path& name;
};

/// Throws Error("NAME: problem; copy it again ...").
[[noreturn]] void fail_unsound(const Source& source, std::string_view problem);

ImageInfo probe_jpeg(const Source& source);
ImageInfo probe_png(const Source& source);
ImageInfo probe_webp(const Source& source);
ImageInfo probe_tiff(const Source& source);
ImageInfo probe_bmp(const Source& source);

Image decode_jpeg(const Source& source, const ImageInfo& info, Truncated truncated,
                  DecodeRemarks& remarks);
Image decode_png(const Source& source, const ImageInfo& info, Truncated truncated,
                 DecodeRemarks& remarks);
Image decode_bmp(const Source& source, const ImageInfo& info);

/// Rows and columns of a JPEG in 1/shrink of its size, as stored. `part` grows to what was decoded.
Image decode_jpeg_part(const Source& source, const ImageInfo& info, int64_t shrink,
                       PixelRect& part);

/// The header of a file that decode_image does not refuse.
ImageInfo probe_still(const Source& source, const ImageLimits& limits);

/// verify_image for JPEGs: brightness and colours as stored, row by row.
void verify_jpeg(const Source& source, const ImageInfo& info, DecodeRemarks& remarks);

/// decode_grey for JPEGs of one or three channels.
GreyImage decode_jpeg_grey(const Source& source, const ImageInfo& info, int64_t least_side);

/// The entry of libfovea_other_formats.so, which alone links libwebp and libtiff: fills the pixels
/// of `image`, whose sizes are set, from a WebP or TIFF file; otherwise false and what is wrong.
using DecodeOther = bool(ImageFormat format, std::span<const std::byte> bytes, Image& image,
                         std::string& problem);
inline constexpr const char* kDecodeOtherName = "fovea_decode_other";

}  // namespace fovea
