#include "fovea/image/grey.h"

#include "fovea/image/formats.h"

namespace fovea {
namespace {

/// ITU-R BT.601 luma, as JPEG's own brightness is.
GreyImage luma_of(const Image& image) {
  GreyImage grey{.height = image.height,
                 .width = image.width,
                 .covered_height = static_cast<double>(image.height),
                 .covered_width = static_cast<double>(image.width)};
  grey.pixels.resize(image.pixels.size() / 3);
  const uint8_t* rgb = image.pixels.data();
  for (uint8_t& pixel : grey.pixels) {
    pixel = static_cast<uint8_t>((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000);
    rgb += 3;
  }
  return grey;
}

}  // namespace

GreyImage decode_grey(std::span<const std::byte> bytes, const std::filesystem::path& name,
                      int64_t least_side, const ImageLimits& limits) {
  const Source source{bytes, name};
  const ImageInfo info = probe_image(bytes, name, limits);
  const bool has_inks = info.channels == 4;
  if (info.format == ImageFormat::jpeg && !has_inks) {
    return decode_jpeg_grey(source, info, least_side);
  }
  return luma_of(decode_image(bytes, name, {.limits = limits}));
}

}  // namespace fovea
