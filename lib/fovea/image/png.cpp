#include <fmt/core.h>
#include <spng.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "fovea/image/byte_reader.h"
#include "fovea/image/exif.h"
#include "fovea/image/formats.h"

namespace fovea {
namespace {

constexpr uint64_t kFirstChunk = 8;  // after the signature
// Texts and colour profiles may unfold to this many bytes together, or to as many as the file has.
constexpr size_t kMostUnfolded = 64 << 20;
constexpr size_t kLongestChunk = (1U << 31) - 1;  // the format's own limit

struct FreeContext {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};
using Context = std::unique_ptr<spng_ctx, FreeContext>;

int channels_of(int color_type) {
  switch (color_type) {
    case SPNG_COLOR_TYPE_TRUECOLOR:
      return 3;
    case SPNG_COLOR_TYPE_TRUECOLOR_ALPHA:
      return 4;
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA:
      return 2;
    default:
      return 1;
  }
}

/// Where the end chunk begins, or 0.
uint64_t end_chunk(const ByteReader& in) {
  for (uint64_t at = kFirstChunk; at < in.size();) {
    if (in.has(at + 4, "IEND")) return at;
    at += in.u32(at).value_or(0) + 12ULL;  // length, name, data, checksum
  }
  return 0;
}

/// The file with its last chunk, where that is cut short, declared as long as what there is of it:
/// libspng would otherwise drop up to 8 KiB in front of the cut.
std::vector<std::byte> shortened(std::span<const std::byte> bytes) {
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  const ByteReader in(bytes, ByteOrder::big);
  for (uint64_t at = kFirstChunk; at + 8 <= in.size();) {
    const uint64_t length = *in.u32(at);
    const uint64_t rest = in.size() - at - 8;
    if (length + 4 > rest) {
      const uint64_t kept = std::min(length, rest);
      for (uint64_t i = 0; i < 4; ++i) copy[at + i] = static_cast<std::byte>(kept >> (24 - 8 * i));
      copy.resize(at + 8 + kept + 4);  // with a checksum that nobody looks at
      break;
    }
    at += length + 12;
  }
  return copy;
}

/// Decodes until something is wrong; returns spng's code and sets the rows that were had.
int read_rows(std::span<const std::byte> bytes, const ImageInfo& info, Truncated truncated,
              Image& image, int64_t& rows) {
  const Context context(spng_ctx_new(0));
  if (!context) return SPNG_EMEM;
  spng_set_image_limits(context.get(), static_cast<uint32_t>(info.file_width),
                        static_cast<uint32_t>(info.file_height));
  spng_set_crc_action(context.get(), truncated == Truncated::allow ? SPNG_CRC_USE : SPNG_CRC_ERROR,
                      SPNG_CRC_DISCARD);
  const size_t unfolded = std::max(bytes.size(), kMostUnfolded);
  int code = spng_set_chunk_limits(context.get(), std::min(unfolded, kLongestChunk), unfolded);
  if (code == 0) code = spng_set_png_buffer(context.get(), bytes.data(), bytes.size());
  if (code == 0) {
    code = spng_decode_image(context.get(), nullptr, 0, SPNG_FMT_RGB8, SPNG_DECODE_PROGRESSIVE);
  }
  const auto width = static_cast<size_t>(image.width) * 3;
  while (code == 0) {
    spng_row_info row = {};
    code = spng_get_row_info(context.get(), &row);
    if (code == 0) code = spng_decode_row(context.get(), image.at(0, row.row_num), width);
    if (code == 0 || code == SPNG_EOI) ++rows;  // an interlaced picture counts some rows twice
  }
  return code;
}

}  // namespace

ImageInfo probe_png(const Source& source) {
  const ByteReader in(source.bytes, ByteOrder::big);
  if (!in.has(kFirstChunk + 4, "IHDR") || in.size() < kFirstChunk + 8 + 13) {
    fail_unsound(source, "the PNG ends inside its header");
  }
  ImageInfo info{.format = ImageFormat::png};
  info.file_width = *in.u32(kFirstChunk + 8);
  info.file_height = *in.u32(kFirstChunk + 12);
  info.bits = *in.u8(kFirstChunk + 16);
  const int color_type = *in.u8(kFirstChunk + 17);
  info.channels = channels_of(color_type);
  info.has_alpha = info.channels == 2 || info.channels == 4;
  if (info.channels < 3) info.colors = ImageColors::grey;
  if (color_type == SPNG_COLOR_TYPE_INDEXED) info.colors = ImageColors::palette;
  for (uint64_t at = kFirstChunk; at < in.size();) {
    const uint64_t length = in.u32(at).value_or(0);
    if (in.has(at + 4, "acTL")) info.animated = in.u32(at + 8).value_or(0) > 1;
    if (in.has(at + 4, "eXIf")) info.orientation = exif_orientation(in.slice(at + 8, length));
    at += length + 12;
  }
  return info;
}

Image decode_png(const Source& source, const ImageInfo& info, Truncated truncated,
                 DecodeRemarks& remarks) {
  Image image = Image::filled(info.file_height, info.file_width, 0, 0, 0);
  int64_t rows = 0;
  const int code = read_rows(source.bytes, info, Truncated::refuse, image, rows);
  if (code != SPNG_EOI && truncated == Truncated::allow) {
    rows = 0;
    read_rows(shortened(source.bytes), info, truncated, image, rows);
  }
  const bool complete = code == SPNG_EOI;
  if (!complete && (truncated == Truncated::refuse || rows == 0)) {
    fail_unsound(source, code < 0
                             ? "the PNG data ends early"
                             : fmt::format("the PNG data is damaged ({})", spng_strerror(code)));
  }
  remarks.incomplete = !complete;
  remarks.no_end_marker = complete && end_chunk(ByteReader(source.bytes, ByteOrder::big)) == 0;
  return image;
}

}  // namespace fovea
