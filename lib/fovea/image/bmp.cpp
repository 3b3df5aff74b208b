// Uncompressed Windows and OS/2 bitmaps: 1, 4, 8 bits with a palette, 16, 24 and 32 bits.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "fovea/core/error.h"
#include "fovea/image/byte_reader.h"
#include "fovea/image/formats.h"

namespace fovea {
namespace {

constexpr uint64_t kFileHeader = 14;  // bytes
constexpr uint32_t kCoreHeader = 12;  // the oldest kind, with 16-bit sizes

enum Compression : uint32_t { kNone = 0, kBitFields = 3, kAlphaBitFields = 6 };

struct BmpHeader {
  int64_t width = 0;
  int64_t height = 0;
  bool bottom_up = true;
  uint32_t bits = 0;  // a pixel
  uint32_t compression = kNone;
  uint64_t pixels = 0;   // offset in the file
  uint64_t palette = 0;  // offset, and bytes an entry
  uint64_t palette_step = 4;
  std::array<uint32_t, 3> masks = {0, 0, 0};  // red, green, blue of 16 and 32 bits
};

void read_masks(const ByteReader& in, BmpHeader& header) {
  if (header.bits == 16) header.masks = {0x7C00, 0x03E0, 0x001F};
  if (header.bits == 32) header.masks = {0xFF0000, 0x00FF00, 0x0000FF};
  if (header.compression == kNone) return;
  for (uint64_t i = 0; i < 3; ++i) header.masks[i] = in.u32(kFileHeader + 40 + i * 4).value_or(0);
}

BmpHeader read_header(const Source& source) {
  const ByteReader in(source.bytes, ByteOrder::little);
  BmpHeader header;
  const uint32_t size = in.u32(kFileHeader).value_or(0);
  if (in.size() < kFileHeader + std::max<uint64_t>(size, kCoreHeader)) {
    fail_unsound(source, "the BMP ends inside its header");
  }
  header.pixels = *in.u32(10);
  header.palette = kFileHeader + size;
  if (size == kCoreHeader) {
    header.width = *in.u16(18);
    header.height = *in.u16(20);
    header.bits = *in.u16(24);
    header.palette_step = 3;
    return header;
  }
  if (size < 16) fail_unsound(source, "the BMP has an unknown header");
  const int64_t height = std::bit_cast<int32_t>(*in.u32(22));
  header.width = std::bit_cast<int32_t>(*in.u32(18));
  header.height = std::abs(height);
  header.bottom_up = height > 0;
  header.bits = *in.u16(28);
  if (size >= 20) header.compression = *in.u32(30);
  read_masks(in, header);
  return header;
}

void refuse_unusual(const Source& source, const BmpHeader& header) {
  constexpr std::array<uint32_t, 6> kDepths = {1, 4, 8, 16, 24, 32};
  const bool known_depth = std::ranges::find(kDepths, header.bits) != kDepths.end();
  const bool fields = header.compression == kBitFields || header.compression == kAlphaBitFields;
  const bool plain =
      header.compression == kNone || (fields && (header.bits == 16 || header.bits == 32));
  if (known_depth && plain) return;
  fail(source.name, "",
       fmt::format("is a BMP of compression {} with {} bits a pixel, which is not supported",
                   header.compression, header.bits),
       "convert it to PNG");
}

/// The channel under `mask`, widened or narrowed to 8 bits.
uint8_t channel(uint32_t pixel, uint32_t mask) {
  if (mask == 0) return 0;
  const int shift = std::countr_zero(mask);
  const uint64_t most = mask >> shift;
  return static_cast<uint8_t>((((pixel & mask) >> shift) * 255ULL + most / 2) / most);
}

/// One pixel of a row that starts at `row`; every offset was checked against the end of the file.
std::array<uint8_t, 3> pixel_at(const ByteReader& in, const BmpHeader& header, uint64_t row,
                                uint64_t x) {
  if (header.bits <= 8) {
    const uint64_t bit = x * header.bits;
    const uint32_t byte = in.u8(row + bit / 8).value_or(0);
    const uint32_t index = (byte >> (8 - header.bits - bit % 8)) & ((1U << header.bits) - 1);
    const uint64_t entry = header.palette + index * header.palette_step;
    if (entry + 3 > header.pixels) return {0, 0, 0};  // beyond the palette: black
    return {in.u8(entry + 2).value_or(0), in.u8(entry + 1).value_or(0), in.u8(entry).value_or(0)};
  }
  if (header.bits == 24) {
    const uint64_t at = row + x * 3;
    return {in.u8(at + 2).value_or(0), in.u8(at + 1).value_or(0), in.u8(at).value_or(0)};
  }
  const uint32_t word =
      header.bits == 16 ? in.u16(row + x * 2).value_or(0) : in.u32(row + x * 4).value_or(0);
  return {channel(word, header.masks[0]), channel(word, header.masks[1]),
          channel(word, header.masks[2])};
}

}  // namespace

ImageInfo probe_bmp(const Source& source) {
  const BmpHeader header = read_header(source);
  ImageInfo info{.format = ImageFormat::bmp};
  info.file_height = header.height;
  info.file_width = header.width;
  info.channels = header.bits <= 8 ? 1 : 3;
  info.bits = header.bits < 8 ? static_cast<int>(header.bits) : 8;
  if (header.bits <= 8) info.colors = ImageColors::palette;
  return info;
}

Image decode_bmp(const Source& source, const ImageInfo& info) {
  const BmpHeader header = read_header(source);
  refuse_unusual(source, header);
  const ByteReader in(source.bytes, ByteOrder::little);
  const auto width = static_cast<uint64_t>(info.file_width);
  const uint64_t stride = (width * header.bits + 31) / 32 * 4;  // rows end on 4 bytes
  if (header.pixels + stride * static_cast<uint64_t>(info.file_height) > in.size()) {
    fail_unsound(source, "the BMP data is truncated");
  }
  Image image{.height = info.file_height, .width = info.file_width};
  image.pixels.resize(static_cast<size_t>(image.height * image.width * 3));
  for (int64_t y = 0; y < image.height; ++y) {
    const auto line = static_cast<uint64_t>(header.bottom_up ? image.height - 1 - y : y);
    for (uint64_t x = 0; x < width; ++x) {
      const auto rgb = pixel_at(in, header, header.pixels + line * stride, x);
      std::copy(rgb.begin(), rgb.end(), image.at(static_cast<int64_t>(x), y));
    }
  }
  return image;
}

}  // namespace fovea
