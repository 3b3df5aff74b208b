#include "fovea/image/decode_part.h"

#include <algorithm>
#include <utility>

#include "fovea/image/exif.h"
#include "fovea/image/formats.h"
#include "fovea/image/warp.h"

namespace fovea {
namespace {

int64_t shrunk(int64_t side, int64_t shrink) {
  return (side + shrink - 1) / shrink;
}

/// Where a part of the upright picture lies in the stored one of height x width.
PixelRect stored_part(const PixelRect& part, int orientation, int64_t height, int64_t width) {
  const Turn turn = turn_of(orientation);
  PixelRect stored = part;
  if (turn.transposed) {
    stored = {.left = part.top, .top = part.left, .width = part.height, .height = part.width};
  }
  if (turn.from_right) stored.left = width - stored.right();
  if (turn.from_bottom) stored.top = height - stored.bottom();
  return stored;
}

/// And the way back.
PixelRect upright_part(const PixelRect& stored, int orientation, int64_t height, int64_t width) {
  const Turn turn = turn_of(orientation);
  PixelRect part = stored;
  if (turn.from_right) part.left = width - stored.right();
  if (turn.from_bottom) part.top = height - stored.bottom();
  if (!turn.transposed) return part;
  return {.left = part.top, .top = part.left, .width = part.height, .height = part.width};
}

}  // namespace

DecodedPart decode_part(std::span<const std::byte> bytes, const std::filesystem::path& name,
                        const PixelRect& part, int64_t shrink, const ImageLimits& limits) {
  const Source source{bytes, name};
  const ImageInfo info = probe_still(source, limits);
  DecodedPart decoded{.whole_height = shrunk(info.height, shrink),
                      .whole_width = shrunk(info.width, shrink),
                      .file_height = info.height,
                      .file_width = info.width};
  if (info.format != ImageFormat::jpeg || !has_end(bytes, info.format)) {
    decoded.pixels = decode_image(bytes, name, {.limits = limits});
    if (shrink > 1) decoded.pixels = block_means(decoded.pixels, {shrink, shrink});
    decoded.place = {0, 0, decoded.whole_width, decoded.whole_height};
    return decoded;
  }
  const int64_t height = shrunk(info.file_height, shrink);
  const int64_t width = shrunk(info.file_width, shrink);
  PixelRect stored = stored_part(part, info.orientation, height, width);
  Image pixels = decode_jpeg_part(source, info, shrink, stored);
  decoded.place = upright_part(stored, info.orientation, height, width);
  decoded.pixels = upright(std::move(pixels), info.orientation);
  return decoded;
}

}  // namespace fovea
