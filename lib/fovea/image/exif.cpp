#include "fovea/image/exif.h"

#include <utility>

#include "fovea/image/byte_reader.h"

namespace fovea {
namespace {

constexpr uint64_t kEntrySize = 12;  // bytes of a folder's entry: tag, type, count, value

enum Tag : uint16_t {
  kSubfileType = 254,
  kWidth = 256,
  kHeight = 257,
  kBits = 258,
  kPhotometric = 262,
  kOrientation = 274,
  kChannels = 277,
};

/// The first value of an entry of a whole-number type, wherever it is kept.
std::optional<uint32_t> first_value(const ByteReader& in, uint64_t entry) {
  const auto type = in.u16(entry + 2);
  const auto count = in.u32(entry + 4);
  if (!type || !count || *count == 0) return std::nullopt;
  const uint64_t size = *type == 1 ? 1 : *type == 3 ? 2 : *type == 4 ? 4 : 0;  // BYTE SHORT LONG
  if (size == 0) return std::nullopt;
  uint64_t place = entry + 8;
  if (size * *count > 4) {
    const auto offset = in.u32(place);
    if (!offset) return std::nullopt;
    place = *offset;
  }
  if (size == 1) return in.u8(place);
  if (size == 2) return in.u16(place);
  return in.u32(place);
}

std::optional<ByteReader> open_tiff(std::span<const std::byte> bytes) {
  const ByteReader little(bytes, ByteOrder::little);
  if (little.has(0, std::string_view("II*\0", 4))) return little;
  if (little.has(0, std::string_view("MM\0*", 4))) return ByteReader(bytes, ByteOrder::big);
  return std::nullopt;
}

/// Of the tag PhotometricInterpretation: 2 RGB, 3 palette, 5 inks, 6 YCbCr, 8 CIE L*a*b*.
ImageColors colors_of(uint32_t photometric) {
  switch (photometric) {
    case 0:
    case 1:
      return ImageColors::grey;
    case 3:
      return ImageColors::palette;
    case 5:
      return ImageColors::cmyk;
    default:
      return ImageColors::rgb;
  }
}

void read_entry(const ByteReader& in, uint64_t entry, TiffHeader& header) {
  const auto value = first_value(in, entry);
  if (!value) return;
  switch (*in.u16(entry)) {
    case kWidth:
      header.width = *value;
      break;
    case kHeight:
      header.height = *value;
      break;
    case kBits:
      header.bits = static_cast<int>(*value & 0xFFFF);
      break;
    case kChannels:
      header.channels = static_cast<int>(*value & 0xFFFF);
      break;
    case kPhotometric:
      header.colors = colors_of(*value);
      break;
    case kOrientation:
      if (*value >= 1 && *value <= 8) header.orientation = static_cast<int>(*value);
      break;
    default:
      break;
  }
}

/// True when the folder at `folder` is a page of its own, not a smaller copy of the first.
bool is_page(const ByteReader& in, uint64_t folder) {
  const auto count = in.u16(folder);
  if (!count) return false;
  for (uint64_t i = 0; i < *count; ++i) {
    const uint64_t entry = folder + 2 + i * kEntrySize;
    if (in.u16(entry) == kSubfileType) return (first_value(in, entry).value_or(0) & 1) == 0;
  }
  return true;
}

}  // namespace

std::optional<TiffHeader> read_tiff_header(std::span<const std::byte> bytes) {
  const auto in = open_tiff(bytes);
  if (!in) return std::nullopt;
  TiffHeader header;
  const auto folder = in->u32(4);
  const auto count = folder ? in->u16(*folder) : std::nullopt;
  if (!count) return header;
  for (uint64_t i = *count; i-- > 0;) {  // backwards, so that the first of a repeated tag stays
    read_entry(*in, *folder + 2 + i * kEntrySize, header);
  }
  uint64_t next = *folder + 2 + *count * kEntrySize;
  for (int hops = 0; hops < 64 && header.pages == 1; ++hops) {  // a hostile chain may be a circle
    const uint32_t other = in->u32(next).value_or(0);
    const auto entries = other != 0 ? in->u16(other) : std::nullopt;
    if (!entries) break;
    if (is_page(*in, other)) ++header.pages;
    next = other + 2ULL + *entries * kEntrySize;
  }
  return header;
}

int exif_orientation(std::span<const std::byte> block) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  if (ByteReader(block, ByteOrder::big).has(0, kPrefix)) block = block.subspan(kPrefix.size());
  const auto header = read_tiff_header(block);
  return header ? header->orientation : 1;
}

Turn turn_of(int orientation) {
  const auto is_one_of = [orientation](int a, int b, int c, int d) {
    return orientation == a || orientation == b || orientation == c || orientation == d;
  };
  return {.transposed = is_one_of(5, 6, 7, 8),
          .from_right = is_one_of(2, 3, 7, 8),
          .from_bottom = is_one_of(3, 4, 6, 7)};
}

Image upright(Image stored, int orientation) {
  if (orientation <= 1 || orientation > 8) return stored;
  const auto [transposed, from_right, from_bottom] = turn_of(orientation);
  const int64_t height = transposed ? stored.width : stored.height;
  const int64_t width = transposed ? stored.height : stored.width;
  Image turned{.height = height, .width = width};
  turned.pixels.resize(stored.pixels.size());
  uint8_t* to = turned.pixels.data();
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x, to += 3) {
      const int64_t column = transposed ? y : x;
      const int64_t row = transposed ? x : y;
      const uint8_t* from = stored.at(from_right ? stored.width - 1 - column : column,
                                      from_bottom ? stored.height - 1 - row : row);
      to[0] = from[0];
      to[1] = from[1];
      to[2] = from[2];
    }
  }
  return turned;
}

}  // namespace fovea
