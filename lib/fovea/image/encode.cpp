#include "fovea/image/encode.h"

#include <fmt/core.h>
#include <spng.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

#include <jpeglib.h>  // needs <cstdio> before it

#include "fovea/core/error.h"
#include "fovea/core/files.h"

namespace fovea {
namespace {

constexpr int kSavedQuality = 92;

struct Free {
  void operator()(unsigned char* bytes) const { std::free(bytes); }
};

void expect_pixels(const Image& image) {
  if (image.height < 1 || image.width < 1 ||
      image.pixels.size() != static_cast<size_t>(image.height * image.width * 3)) {
    throw std::invalid_argument("an image without pixels cannot be encoded");
  }
}

/// libjpeg's encoder; C code jumps out of it on an error.
class JpegEncoder {
 public:
  JpegEncoder() {
    codec_.err = jpeg_std_error(&errors_);
    codec_.client_data = this;
    errors_.error_exit = [](j_common_ptr codec) {
      auto* self = static_cast<JpegEncoder*>(codec->client_data);
      codec->err->format_message(codec, self->message_.data());
      std::longjmp(self->jump_, 1);
    };
    errors_.output_message = [](j_common_ptr) {};
  }
  JpegEncoder(const JpegEncoder&) = delete;
  ~JpegEncoder() {
    jpeg_destroy_compress(&codec_);
    std::free(bytes_);
  }

  std::string encode(const Image& image, int quality) {
    if (setjmp(jump_) != 0) {
      throw std::runtime_error(fmt::format("libjpeg: {}", message_.data()));
    }
    compress(image, quality);
    return {reinterpret_cast<const char*>(bytes_), size_};
  }

 private:
  void compress(const Image& image, int quality) {
    jpeg_create_compress(&codec_);
    jpeg_mem_dest(&codec_, &bytes_, &size_);
    codec_.image_width = static_cast<JDIMENSION>(image.width);
    codec_.image_height = static_cast<JDIMENSION>(image.height);
    codec_.input_components = 3;
    codec_.in_color_space = JCS_RGB;
    jpeg_set_defaults(&codec_);
    jpeg_set_quality(&codec_, quality, TRUE);
    jpeg_start_compress(&codec_, TRUE);
    for (int64_t y = 0; y < image.height; ++y) {
      JSAMPROW row = const_cast<uint8_t*>(image.at(0, y));
      jpeg_write_scanlines(&codec_, &row, 1);
    }
    jpeg_finish_compress(&codec_);
  }

  jpeg_compress_struct codec_ = {};
  jpeg_error_mgr errors_ = {};
  std::jmp_buf jump_ = {};
  std::array<char, JMSG_LENGTH_MAX> message_ = {};
  unsigned char* bytes_ = nullptr;
  unsigned long size_ = 0;  // NOLINT(google-runtime-int): libjpeg's type
};

}  // namespace

std::string encode_jpeg(const Image& image, int quality) {
  expect_pixels(image);
  return JpegEncoder().encode(image, quality);
}

std::string encode_png(const Image& image) {
  expect_pixels(image);
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(SPNG_CTX_ENCODER),
                                                               spng_ctx_free);
  spng_ihdr header = {};
  header.width = static_cast<uint32_t>(image.width);
  header.height = static_cast<uint32_t>(image.height);
  header.bit_depth = 8;
  header.color_type = SPNG_COLOR_TYPE_TRUECOLOR;
  spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_set_ihdr(context.get(), &header);
  int code = spng_encode_image(context.get(), image.pixels.data(), image.pixels.size(),
                               SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
  size_t size = 0;
  const std::unique_ptr<unsigned char, Free> bytes(
      code == 0 ? static_cast<unsigned char*>(spng_get_png_buffer(context.get(), &size, &code))
                : nullptr);
  if (!bytes) throw std::runtime_error(fmt::format("libspng: {}", spng_strerror(code)));
  return {reinterpret_cast<const char*>(bytes.get()), size};
}

void save_image(const std::filesystem::path& path, const Image& image) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (extension == ".png") return write_whole(path, encode_png(image));
  if (extension == ".jpg" || extension == ".jpeg") {
    return write_whole(path, encode_jpeg(image, kSavedQuality));
  }
  fail(path, "", "the name says no format to write", "end it in .jpg or .png");
}

}  // namespace fovea
