#include "fovea/image/decode.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/image/byte_reader.h"
#include "fovea/image/exif.h"
#include "fovea/image/formats.h"
#include "fovea/image/module_library.h"

namespace fovea {
namespace {

/// Formats that are refused, by how their files begin (at an offset).
struct Refused {
  uint64_t offset;
  std::string_view begins;
  std::string_view name;
};
constexpr std::array kRefused = {
    Refused{0, "GIF8", "a GIF"},
    Refused{4, "ftypavif", "an AVIF"},
    Refused{4, "ftyphei", "a HEIC"},
    Refused{4, "ftypmif1", "a HEIC"},
    Refused{4, "ftyp", "a video or another MPEG-4 file"},
    Refused{0, "\x1A\x45\xDF\xA3", "a Matroska or WebM video"},
    Refused{4, "jP  \r\n", "a JPEG 2000 picture"},
    Refused{0, "\xFF\x4F\xFF\x51", "a JPEG 2000 picture"},
    Refused{4, "JXL \r\n", "a JPEG XL picture"},
    Refused{0, "\xFF\x0A", "a JPEG XL picture"},
    Refused{0, "8BPS", "a Photoshop file"},
    Refused{0, "v/1\x01", "an OpenEXR picture"},
    Refused{0, "#?RADIANCE", "a Radiance picture"},
    Refused{0, std::string_view("II+\0", 4), "a BigTIFF"},
    Refused{0, std::string_view("MM\0+", 4), "a BigTIFF"},
    Refused{0, std::string_view("\0\0\1\0", 4), "an icon"},
    Refused{0, "%PDF", "a PDF"},
    Refused{0, "<svg", "an SVG drawing"},
};

[[noreturn]] void refuse(const Source& source) {
  const ByteReader in(source.bytes, ByteOrder::big);
  if (in.size() == 0) fail(source.name, "", "the file is empty", "copy it again, or drop it");
  if (in.has(0, "version https://git-lfs")) {
    fail(source.name, "", "is a Git LFS pointer, not the picture", "run `git lfs pull`");
  }
  for (const Refused& format : kRefused) {
    if (!in.has(format.offset, format.begins)) continue;
    fail(source.name, "", fmt::format("is {}, which is not read", format.name),
         "convert it to JPEG or PNG");
  }
  fail(source.name, "", "is no picture of a known format (JPEG, PNG, WebP, TIFF, BMP)",
       "convert it to JPEG or PNG, or drop it");
}

std::optional<ImageFormat> format_of(std::span<const std::byte> bytes) {
  const ByteReader in(bytes, ByteOrder::big);
  if (in.has(0, "\xFF\xD8\xFF")) return ImageFormat::jpeg;
  if (in.has(0, "\x89PNG\r\n\x1A\n")) return ImageFormat::png;
  if (in.has(0, "RIFF") && in.has(8, "WEBP")) return ImageFormat::webp;
  if (read_tiff_header(bytes)) return ImageFormat::tiff;
  if (in.has(0, "BM") && in.size() >= 26) return ImageFormat::bmp;
  return std::nullopt;
}

ImageInfo probe(const Source& source) {
  const std::optional<ImageFormat> format = format_of(source.bytes);
  if (!format) refuse(source);
  switch (*format) {
    case ImageFormat::jpeg:
      return probe_jpeg(source);
    case ImageFormat::png:
      return probe_png(source);
    case ImageFormat::webp:
      return probe_webp(source);
    case ImageFormat::tiff:
      return probe_tiff(source);
    case ImageFormat::bmp:
      return probe_bmp(source);
  }
  __builtin_unreachable();
}

void check_limits(const Source& source, const ImageInfo& info, const ImageLimits& limits) {
  const int64_t height = info.file_height;
  const int64_t width = info.file_width;
  if (height <= 0 || width <= 0) {
    fail_unsound(source, fmt::format("its header says {} x {} pixels", width, height));
  }
  if (height > limits.max_side || width > limits.max_side) {
    fail(source.name, "",
         fmt::format("is {} x {} pixels, and a side may have {}", width, height, limits.max_side),
         "cut it into smaller pictures");
  }
  if (height * width > limits.max_pixels) {
    fail(source.name, "",
         fmt::format("is {} x {} pixels, over the limit of {} pixels", width, height,
                     limits.max_pixels),
         "make it smaller, or raise the limit if it is to be trusted");
  }
}

Image decode_other(const Source& source, const ImageInfo& info) {
  static const auto decode =
      reinterpret_cast<DecodeOther*>(module_symbol("libfovea_other_formats.so", kDecodeOtherName));
  Image image{.height = info.file_height, .width = info.file_width};
  std::string problem;
  if (!decode(info.format, source.bytes, image, problem)) {
    fail_unsound(source,
                 fmt::format("the {} cannot be decoded ({})", name_of(info.format), problem));
  }
  return image;
}

Image decode_stored(const Source& source, const ImageInfo& info, Truncated truncated,
                    DecodeRemarks& remarks) {
  switch (info.format) {
    case ImageFormat::jpeg:
      return decode_jpeg(source, info, truncated, remarks);
    case ImageFormat::png:
      return decode_png(source, info, truncated, remarks);
    case ImageFormat::bmp:
      return decode_bmp(source, info);
    case ImageFormat::webp:
    case ImageFormat::tiff:
      return decode_other(source, info);
  }
  __builtin_unreachable();
}

}  // namespace

std::string_view name_of(ImageFormat format) {
  constexpr std::array<std::string_view, 5> kNames = {"JPEG", "PNG", "WebP", "TIFF", "BMP"};
  return kNames[static_cast<size_t>(format)];
}

void fail_unsound(const Source& source, std::string_view problem) {
  fail(source.name, "", problem, "copy it again from its source, save it anew, or drop it");
}

ImageInfo probe_still(const Source& source, const ImageLimits& limits) {
  const ImageInfo info = probe_image(source.bytes, source.name, limits);
  if (info.animated) {
    fail(source.name, "", fmt::format("is an animated or multi-page {}", name_of(info.format)),
         "save the frames that are meant as JPEG or PNG files");
  }
  return info;
}

bool is_known_format(std::span<const std::byte> bytes) {
  return format_of(bytes).has_value();
}

ImageInfo probe_image(std::span<const std::byte> bytes, const std::filesystem::path& name,
                      const ImageLimits& limits) {
  const Source source{bytes, name};
  ImageInfo info = probe(source);
  check_limits(source, info, limits);
  const bool transposed = info.orientation >= 5;
  info.height = transposed ? info.file_width : info.file_height;
  info.width = transposed ? info.file_height : info.file_width;
  return info;
}

ImageInfo probe_image(const std::filesystem::path& path, const ImageLimits& limits) {
  return probe_image(MappedFile(path).bytes(), path, limits);
}

bool has_end(std::span<const std::byte> bytes, ImageFormat format) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr size_t kTail = 4096;  // some cameras and servers add a little
  const std::string_view tail = text.substr(text.size() - std::min(text.size(), kTail));
  switch (format) {
    case ImageFormat::jpeg:
      return tail.find("\xFF\xD9") != std::string_view::npos;
    case ImageFormat::png:
      return tail.find("IEND") != std::string_view::npos;
    case ImageFormat::webp:
      return ByteReader(bytes, ByteOrder::little).u32(4).value_or(0) + 8ULL <= bytes.size();
    case ImageFormat::bmp:
      return ByteReader(bytes, ByteOrder::little).u32(2).value_or(0) <= bytes.size();
    case ImageFormat::tiff:
      return true;  // the probe has found its directory, which writers put last
  }
  __builtin_unreachable();
}

Image decode_image(std::span<const std::byte> bytes, const std::filesystem::path& name,
                   const DecodeOptions& options, DecodeRemarks* remarks) {
  const Source source{bytes, name};
  const ImageInfo info = probe_still(source, options.limits);
  DecodeRemarks unused;
  Image stored = decode_stored(source, info, options.truncated, remarks ? *remarks : unused);
  return upright(std::move(stored), info.orientation);
}

Image decode_image(const std::filesystem::path& path, const DecodeOptions& options,
                   DecodeRemarks* remarks) {
  return decode_image(MappedFile(path).bytes(), path, options, remarks);
}

void verify_image(std::span<const std::byte> bytes, const std::filesystem::path& name,
                  const ImageLimits& limits, DecodeRemarks& remarks) {
  const Source source{bytes, name};
  const ImageInfo info = probe_still(source, limits);
  if (info.format == ImageFormat::jpeg) return verify_jpeg(source, info, remarks);
  decode_stored(source, info, Truncated::refuse, remarks);
}

}  // namespace fovea
