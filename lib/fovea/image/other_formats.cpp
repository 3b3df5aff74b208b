// libfovea_other_formats.so: WebP through libwebp and TIFF through libtiff.
#include <fmt/core.h>
#include <tiffio.h>
#include <webp/decode.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "fovea/image/formats.h"

namespace fovea {
namespace {

constexpr tmsize_t kLargestAllocation = 1 << 30;  // bytes that a TIFF may ask for at once

bool decode_webp(std::span<const std::byte> bytes, Image& image, std::string& problem) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  WebPDecoderConfig config;
  WebPInitDecoderConfig(&config);
  if (WebPGetFeatures(data, bytes.size(), &config.input) != VP8_STATUS_OK ||
      config.input.width != image.width || config.input.height != image.height) {
    problem = "its headers disagree";
    return false;
  }
  config.output.colorspace = MODE_RGB;  // colours as they are, alpha left out
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {image.pixels.data(), static_cast<int>(image.width * 3),
                          image.pixels.size()};
  const VP8StatusCode code = WebPDecode(data, bytes.size(), &config);
  if (code == VP8_STATUS_OK) return true;
  problem = code == VP8_STATUS_NOT_ENOUGH_DATA || code == VP8_STATUS_SUSPENDED
                ? "the data is truncated"
                : "the data is damaged";
  return false;
}

/// A file in memory as libtiff reads it, and the first thing that libtiff complained about.
struct TiffMemory {
  std::span<const std::byte> bytes;
  uint64_t position = 0;
  std::string problem = {};
};

TiffMemory& memory_of(thandle_t handle) {
  return *static_cast<TiffMemory*>(handle);
}

tmsize_t read_tiff(thandle_t handle, void* to, tmsize_t count) {
  TiffMemory& memory = memory_of(handle);
  if (memory.position >= memory.bytes.size() || count <= 0) return 0;
  const size_t rest = memory.bytes.size() - memory.position;
  const size_t size = std::min(static_cast<size_t>(count), rest);
  std::memcpy(to, memory.bytes.data() + memory.position, size);
  memory.position += size;
  return static_cast<tmsize_t>(size);
}

tmsize_t refuse_write(thandle_t, void*, tmsize_t) {
  return 0;
}

toff_t seek_tiff(thandle_t handle, toff_t offset, int from) {
  TiffMemory& memory = memory_of(handle);
  const uint64_t base = from == SEEK_CUR   ? memory.position
                        : from == SEEK_END ? memory.bytes.size()
                                           : 0;
  return memory.position = base + offset;
}

toff_t size_of_tiff(thandle_t handle) {
  return memory_of(handle).bytes.size();
}

int close_tiff(thandle_t) {
  return 0;
}

int keep_first_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  std::string& problem = static_cast<TiffMemory*>(user)->problem;
  if (problem.empty()) {
    std::array<char, 256> text = {};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    problem = text.data();
  }
  return 1;  // not passed on to the handler that prints
}

int drop_warning(TIFF*, void*, const char*, const char*, va_list) {
  return 1;
}

struct CloseTiff {
  void operator()(TIFF* file) const { TIFFClose(file); }
};
using TiffFile = std::unique_ptr<TIFF, CloseTiff>;

TiffFile open_tiff(TiffMemory& memory) {
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, kLargestAllocation);
  TIFFOpenOptionsSetErrorHandlerExtR(options, keep_first_error, &memory);
  TIFFOpenOptionsSetWarningHandlerExtR(options, drop_warning, &memory);
  // "m": no mapping, so that a file in memory is read through the functions above.
  TiffFile file(TIFFClientOpenExt("picture", "rm", &memory, read_tiff, refuse_write, seek_tiff,
                                  close_tiff, size_of_tiff, nullptr, nullptr, options));
  TIFFOpenOptionsFree(options);
  return file;
}

/// Alpha is called premultiplied, whatever the file says, so that libtiff leaves the colours alone.
void keep_colors_under_alpha(TIFF* file) {
  uint16_t extra_count = 0;
  uint16_t* extra = nullptr;
  if (TIFFGetField(file, TIFFTAG_EXTRASAMPLES, &extra_count, &extra) == 1 && extra_count > 0) {
    std::vector<uint16_t> kinds(extra, extra + extra_count);
    std::ranges::replace(kinds, uint16_t{EXTRASAMPLE_UNASSALPHA}, uint16_t{EXTRASAMPLE_ASSOCALPHA});
    TIFFSetField(file, TIFFTAG_EXTRASAMPLES, extra_count, kinds.data());
  }
}

bool read_pixels(TIFF* file, Image& image, std::string& problem) {
  std::array<char, 1024> message = {};
  TIFFRGBAImage reader = {};
  if (TIFFRGBAImageOK(file, message.data()) != 1 ||
      TIFFRGBAImageBegin(&reader, file, 1, message.data()) != 1) {
    problem = message.data();
    return false;
  }
  const std::unique_ptr<TIFFRGBAImage, void (*)(TIFFRGBAImage*)> guard(&reader, TIFFRGBAImageEnd);
  if (reader.width != image.width || reader.height != image.height) {
    problem = "its headers disagree";
    return false;
  }
  reader.req_orientation = ORIENTATION_TOPLEFT;
  std::vector<uint32_t> raster(image.pixels.size() / 3);
  if (TIFFRGBAImageGet(&reader, raster.data(), reader.width, reader.height) != 1) return false;
  uint8_t* to = image.pixels.data();
  for (const uint32_t pixel : raster) {
    *to++ = static_cast<uint8_t>(TIFFGetR(pixel));
    *to++ = static_cast<uint8_t>(TIFFGetG(pixel));
    *to++ = static_cast<uint8_t>(TIFFGetB(pixel));
  }
  return true;
}

bool decode_tiff(std::span<const std::byte> bytes, Image& image, std::string& problem) {
  TiffMemory memory{.bytes = bytes};
  const TiffFile file = open_tiff(memory);
  bool done = false;
  if (file) {
    TIFFSetField(file.get(), TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);  // turned by exif.cpp alone
    keep_colors_under_alpha(file.get());
    done = read_pixels(file.get(), image, problem);
  }
  if (!done && problem.empty()) problem = memory.problem.empty() ? "damaged data" : memory.problem;
  return done;
}

}  // namespace

extern "C" bool fovea_decode_other(ImageFormat format, std::span<const std::byte> bytes,
                                   Image& image, std::string& problem) {
  try {
    image.pixels.resize(static_cast<size_t>(image.height * image.width * 3));
    return format == ImageFormat::webp ? decode_webp(bytes, image, problem)
                                       : decode_tiff(bytes, image, problem);
  } catch (const std::exception& error) {
    problem = error.what();
    return false;
  }
}

}  // namespace fovea
