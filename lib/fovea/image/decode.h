// From the bytes of a file to RGB pixels that stand upright.
//
// The format is told by the content, never by the name. Grey, palette, 16-bit (its high byte), CMYK
// and alpha pictures become 8-bit RGB; alpha is dropped and the colours under it are kept, as PIL's
// convert("RGB") does. The EXIF orientation is applied here, once, and nowhere else.
// Animations, multi-page files and every other format are refused by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "fovea/image/image.h"

namespace fovea {

enum class ImageFormat { jpeg, png, webp, tiff, bmp };
std::string_view name_of(ImageFormat format);  ///< "JPEG", "PNG", ...

/// How a file states its colours; what is decoded is always RGB.
enum class ImageColors { grey, palette, rgb, cmyk };

/// What a picture may measure; held against its header before anything is allocated.
struct ImageLimits {
  int64_t max_pixels = 89'000'000;
  int64_t max_side = 65'500;
};

/// What the header of a file says.
struct ImageInfo {
  int64_t height = 0;  // pixels, after the EXIF turn
  int64_t width = 0;
  int64_t file_height = 0;  // as stored, before the turn
  int64_t file_width = 0;
  int orientation = 1;  // 1..8 as EXIF counts them; 1 where the file says nothing sensible
  ImageFormat format = ImageFormat::jpeg;
  int channels = 0;  // 1 grey or palette, 2 grey and alpha, 3 RGB, 4 RGB and alpha or CMYK
  int bits = 8;      // per channel
  ImageColors colors = ImageColors::rgb;
  bool has_alpha = false;
  bool animated = false;     // or has several pages: decode_image refuses it
  int64_t header_bytes = 0;  // of a JPEG: where its pixel data begins; 0 where nothing was found
};

enum class Truncated { refuse, allow };

struct DecodeOptions {
  ImageLimits limits = {};
  Truncated truncated = Truncated::refuse;  // allow: what a JPEG or PNG lacks stays grey or black
};

/// What was odd about a file that was decoded all the same.
struct DecodeRemarks {
  bool incomplete = false;     // pixels are missing or damaged (only with Truncated::allow)
  bool no_end_marker = false;  // every pixel is there, but the file stops before its end marker
};

/// Whether the bytes begin as those of a picture that is read: JPEG, PNG, WebP, TIFF or BMP.
bool is_known_format(std::span<const std::byte> bytes);

/// Reads the header alone. Error naming the file when it is no readable picture, is of a format
/// that is refused, or is over the limits.
ImageInfo probe_image(const std::filesystem::path& path, const ImageLimits& limits = {});
ImageInfo probe_image(std::span<const std::byte> bytes, const std::filesystem::path& name,
                      const ImageLimits& limits = {});

/// Whether the last bytes of a file are such as end a picture of its format. Where they are not,
/// the picture may be cut off, or only followed by other bytes.
bool has_end(std::span<const std::byte> bytes, ImageFormat format);

/// Decodes a file, or the bytes of one whose `name` stands in messages. Error on anything unsound.
Image decode_image(const std::filesystem::path& path, const DecodeOptions& options = {},
                   DecodeRemarks* remarks = nullptr);
Image decode_image(std::span<const std::byte> bytes, const std::filesystem::path& name,
                   const DecodeOptions& options = {}, DecodeRemarks* remarks = nullptr);

/// Decodes all of a file as decode_image does and keeps nothing of it: Error where that gives one.
void verify_image(std::span<const std::byte> bytes, const std::filesystem::path& name,
                  const ImageLimits& limits, DecodeRemarks& remarks);

}  // namespace fovea
