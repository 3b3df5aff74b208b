// Headers of the formats whose pixels are decoded in libfovea_other_formats.so (other_formats.cpp).
#include <fmt/core.h>

#include "fovea/core/error.h"
#include "fovea/image/byte_reader.h"
#include "fovea/image/exif.h"
#include "fovea/image/formats.h"

namespace fovea {
namespace {

constexpr uint64_t kFirstChunk = 12;  // after "RIFF", a size and "WEBP"

uint32_t u24(const ByteReader& in, uint64_t at) {
  return in.u32(at).value_or(0) & 0xFFFFFF;
}

/// The chunk of a plain lossy, a lossless or an extended file; `data` is where its content begins.
void read_webp_chunk(const ByteReader& in, uint64_t data, uint64_t length, ImageInfo& info) {
  const uint64_t name = data - 8;
  if (in.has(name, "VP8X")) {
    const uint32_t flags = in.u8(data).value_or(0);
    info.animated = (flags & 0x02) != 0;
    info.channels = (flags & 0x10) != 0 ? 4 : 3;
    info.file_width = u24(in, data + 4) + 1;
    info.file_height = u24(in, data + 7) + 1;
  } else if (in.has(name, "VP8 ") && info.file_width == 0) {
    info.file_width = in.u16(data + 6).value_or(0) & 0x3FFF;
    info.file_height = in.u16(data + 8).value_or(0) & 0x3FFF;
  } else if (in.has(name, "VP8L") && info.file_width == 0) {
    const uint32_t sizes = in.u32(data + 1).value_or(0);
    info.file_width = (sizes & 0x3FFF) + 1;
    info.file_height = ((sizes >> 14) & 0x3FFF) + 1;
    info.channels = ((sizes >> 28) & 1) != 0 ? 4 : 3;
  } else if (in.has(name, "EXIF")) {
    info.orientation = exif_orientation(in.slice(data, length));
  }
}

}  // namespace

ImageInfo probe_webp(const Source& source) {
  const ByteReader in(source.bytes, ByteOrder::little);
  ImageInfo info{.format = ImageFormat::webp, .channels = 3};
  for (uint64_t at = kFirstChunk; at < in.size();) {
    const auto length = in.u32(at + 4);
    if (!length) break;
    read_webp_chunk(in, at + 8, *length, info);
    at += 8ULL + *length + *length % 2;
  }
  if (info.file_width == 0) fail_unsound(source, "the WebP ends inside its header");
  info.has_alpha = info.channels == 4;
  return info;
}

ImageInfo probe_tiff(const Source& source) {
  const auto header = read_tiff_header(source.bytes);
  if (!header || header->width == 0) fail_unsound(source, "the TIFF ends before its header");
  ImageInfo info{.format = ImageFormat::tiff};
  info.file_width = header->width;
  info.file_height = header->height;
  info.orientation = header->orientation;
  info.channels = header->channels;
  info.bits = header->bits;
  info.animated = header->pages > 1;
  info.colors = header->colors;
  const int inks = info.colors == ImageColors::rgb ? 3 : info.colors == ImageColors::cmyk ? 4 : 1;
  info.has_alpha = info.channels > inks;
  return info;
}

}  // namespace fovea
