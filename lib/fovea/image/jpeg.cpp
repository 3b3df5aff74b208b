#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <jpeglib.h>  // needs <cstdio> before it

#include <jerror.h>

#include "fovea/image/byte_reader.h"
#include "fovea/image/exif.h"
#include "fovea/image/formats.h"

namespace fovea {
namespace {

// A progressive file may hold any number of scans, each of which costs a pass over the picture.
constexpr int64_t kMaxScans = 500;
constexpr int64_t kMaxScannedPixels = 4'000'000'000;

constexpr int kStartOfImage = 0xD8;
constexpr int kEndOfImage = 0xD9;
constexpr int kStartOfScan = 0xDA;
constexpr int kExifSegment = 0xE1;

/// SOF0..SOF15 without the three codes in between that mean other things.
bool is_frame_header(int marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/// What libjpeg reported. C code jumps over these frames, so they hold nothing to destroy.
struct Monitor {
  jpeg_error_mgr errors;
  jpeg_progress_mgr progress;
  std::jmp_buf jump;
  std::array<char, JMSG_LENGTH_MAX> message;
  int64_t max_scans;
  bool stop_on_damage;
  bool ended_early;  // libjpeg ran out of bytes
  bool damaged;      // pixels are missing or wrong
};

Monitor& monitor_of(j_common_ptr codec) {
  return *static_cast<Monitor*>(codec->client_data);
}

[[noreturn]] void on_error(j_common_ptr codec) {
  Monitor& monitor = monitor_of(codec);
  codec->err->format_message(codec, monitor.message.data());
  std::longjmp(monitor.jump, 1);
}

void on_message(j_common_ptr codec, int level) {
  if (level >= 0) return;  // traces
  Monitor& monitor = monitor_of(codec);
  switch (codec->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:  // padding between segments, which cameras write
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_BOGUS_ICC:
      return;
    case JWRN_JPEG_EOF:
      monitor.ended_early = true;
      return;
    default:
      monitor.damaged = true;
      if (monitor.message[0] == '\0') codec->err->format_message(codec, monitor.message.data());
  }
}

void on_progress(j_common_ptr codec) {
  Monitor& monitor = monitor_of(codec);
  const auto* decoder = reinterpret_cast<j_decompress_ptr>(codec);
  const bool too_many = decoder->input_scan_number > monitor.max_scans;
  if (too_many) {
    std::snprintf(monitor.message.data(), monitor.message.size(), "it has more than %lld scans",
                  static_cast<long long>(monitor.max_scans));
  }
  if (too_many || (monitor.damaged && monitor.stop_on_damage)) std::longjmp(monitor.jump, 1);
}

/// libjpeg's decoder over bytes in memory.
class Decoder {
 public:
  Decoder(const Source& source, const ImageInfo& info, Truncated truncated)
      : source_(source), info_(info) {
    monitor_.max_scans =
        std::min(kMaxScans, kMaxScannedPixels / (info.file_height * info.file_width));
    monitor_.stop_on_damage = truncated == Truncated::refuse;
    codec_.err = jpeg_std_error(&monitor_.errors);
    monitor_.errors.error_exit = on_error;
    monitor_.errors.emit_message = on_message;
    monitor_.errors.output_message = [](j_common_ptr) {};
    monitor_.progress.progress_monitor = on_progress;
    codec_.client_data = &monitor_;
  }
  Decoder(const Decoder&) = delete;
  ~Decoder() { jpeg_destroy_decompress(&codec_); }

  /// Reads the header, up to the point where memory for the picture would be taken.
  void start() {
    require(attempt([this] {
      jpeg_create_decompress(&codec_);
      codec_.progress = &monitor_.progress;
      jpeg_mem_src(&codec_, reinterpret_cast<const unsigned char*>(source_.bytes.data()),
                   source_.bytes.size());
      jpeg_read_header(&codec_, TRUE);
    }));
    if (codec_.image_height != info_.file_height || codec_.image_width != info_.file_width) {
      fail_unsound(source_, "the JPEG has two headers that disagree");
    }
    has_many_scans_ = jpeg_has_multiple_scans(&codec_) != 0;
    has_four_inks_ = codec_.jpeg_color_space == JCS_CMYK || codec_.jpeg_color_space == JCS_YCCK;
    codec_.out_color_space = has_four_inks_ ? JCS_CMYK : JCS_RGB;
  }

  /// Fills `image` row by row; returns how many rows were had.
  int64_t read(Image& image) {
    if (!attempt([this] { jpeg_start_decompress(&codec_); })) return 0;
    return read_rows(image);
  }

  int64_t read_rows(Image& image) {
    if (has_four_inks_) inks_.resize(static_cast<size_t>(image.width) * 4);
    for (int64_t y = 0; y < image.height; ++y) {
      uint8_t* row = has_four_inks_ ? inks_.data() : image.at(0, y);
      if (!attempt([this, row] {
            JSAMPROW rows = row;
            jpeg_read_scanlines(&codec_, &rows, 1);
          })) {
        return y;
      }
      if (monitor_.damaged && monitor_.stop_on_damage) return y;
      if (has_four_inks_) mix_inks(image.at(0, y), image.width);
    }
    return image.height;
  }

  /// Asks for brightness alone, in 1/1, 1/2, 1/4 or 1/8 of the size: the least whose sides have
  /// `least_side` pixels.
  void shrink_to_grey(int64_t least_side) {
    const int64_t side = std::min(info_.file_height, info_.file_width);
    codec_.out_color_space = JCS_GRAYSCALE;
    codec_.do_block_smoothing = FALSE;
    codec_.scale_num = 1;
    codec_.scale_denom = 8;
    while (codec_.scale_denom > 1 && side / codec_.scale_denom < least_side) {
      codec_.scale_denom /= 2;
    }
  }

  /// Fills `grey` after shrink_to_grey; returns how many rows were had.
  int64_t read(GreyImage& grey) {
    if (!attempt([this] { jpeg_start_decompress(&codec_); })) return 0;
    grey.height = codec_.output_height;
    grey.width = codec_.output_width;
    grey.covered_height = static_cast<double>(info_.file_height) / codec_.scale_denom;
    grey.covered_width = static_cast<double>(info_.file_width) / codec_.scale_denom;
    grey.pixels.resize(static_cast<size_t>(grey.height * grey.width));
    for (int64_t y = 0; y < grey.height; ++y) {
      uint8_t* row = grey.pixels.data() + y * grey.width;
      if (!attempt([this, row] {
            JSAMPROW rows = row;
            jpeg_read_scanlines(&codec_, &rows, 1);
          })) {
        return y;
      }
      if (monitor_.damaged && monitor_.stop_on_damage) return y;
    }
    return grey.height;
  }

  /// Shrinks by 1, 2, 4 or 8.
  void shrink(int64_t factor) {
    codec_.scale_num = 1;
    codec_.scale_denom = static_cast<unsigned>(factor);
  }

  /// Reads the rows of `part`, and columns around it, which it grows to; how many were had.
  int64_t read_part(Image& image, PixelRect& part) {
    if (!attempt([this] { jpeg_start_decompress(&codec_); })) return 0;
    // Colours are smoothed across the edges of what is decoded: what is wanted begins further in.
    constexpr int64_t kMargin = 4;
    const int64_t width = codec_.output_width;
    auto left = static_cast<JDIMENSION>(std::max<int64_t>(0, part.left - kMargin));
    auto columns = static_cast<JDIMENSION>(std::min(width, part.right() + kMargin) - left);
    if (columns < width && !attempt([&] { jpeg_crop_scanline(&codec_, &left, &columns); })) {
      return 0;
    }
    part.left = left;
    part.width = columns;
    image = {.height = part.height, .width = part.width};
    image.pixels.resize(static_cast<size_t>(image.height * image.width * 3));
    const auto above = static_cast<JDIMENSION>(part.top);
    if (above > 0 && !attempt([this, above] { jpeg_skip_scanlines(&codec_, above); })) return 0;
    return read_rows(image);
  }

  /// Decodes every row and keeps none, its colours as they are stored; returns how many were had.
  int64_t read_and_forget() {
    codec_.out_color_space = codec_.jpeg_color_space;
    if (!attempt([this] { jpeg_start_decompress(&codec_); })) return 0;
    std::vector<uint8_t> row(static_cast<size_t>(codec_.output_width) * MAX_COMPONENTS);
    uint8_t* to = row.data();
    while (codec_.output_scanline < codec_.output_height) {
      if (!attempt([this, to] {
            JSAMPROW rows = to;
            jpeg_read_scanlines(&codec_, &rows, 1);
          })) {
        break;
      }
      if (monitor_.damaged) break;
    }
    return codec_.output_scanline;
  }

  /// True when every pixel was there, whether or not the file has its end marker.
  bool is_complete() const {
    if (monitor_.damaged) return false;
    if (monitor_.ended_early && codec_.arith_code) return false;  // it takes zeros for lost bytes
    if (!monitor_.ended_early || !has_many_scans_) return true;
    if (codec_.coef_bits == nullptr) return false;  // scans of single channels: one may be missing
    for (int c = 0; c < codec_.num_components; ++c) {
      for (int i = 0; i < DCTSIZE2; ++i) {
        if (codec_.coef_bits[c][i] != 0) return false;  // bits that no scan has brought
      }
    }
    return true;
  }

  bool has_end_marker() const {
    if (monitor_.ended_early) return false;
    if (has_many_scans_ || codec_.unread_marker == kEndOfImage) return true;
    const auto* next = reinterpret_cast<const char*>(codec_.src->next_input_byte);
    return std::string_view(next, codec_.src->bytes_in_buffer).find("\xFF\xD9") !=
           std::string_view::npos;
  }

  bool ended_early() const { return monitor_.ended_early; }

  /// What libjpeg said, as " (...)", or nothing.
  std::string words() const {
    return monitor_.message[0] == '\0' ? "" : fmt::format(" ({})", monitor_.message.data());
  }

 private:
  /// False when libjpeg gave up inside `step`, which must hold nothing to destroy.
  template <class Step>
  bool attempt(const Step& step) {
    if (setjmp(monitor_.jump) != 0) {
      monitor_.damaged = true;
      return false;
    }
    step();
    return true;
  }
  void require(bool done) const {
    if (!done) fail_unsound(source_, "is no sound JPEG" + words());
  }
  /// CMYK -> RGB as PIL does it, which takes the inks of every JPEG to be inverted, as Adobe's are.
  void mix_inks(uint8_t* rgb, int64_t width) const {
    for (int64_t x = 0; x < width; ++x) {
      const uint8_t* ink = inks_.data() + x * 4;
      const int light = ink[3];
      for (int64_t c = 0; c < 3; ++c) {
        const int product = (255 - ink[c]) * light + 128;
        rgb[x * 3 + c] = static_cast<uint8_t>(light - ((product + (product >> 8)) >> 8));
      }
    }
  }

  const Source& source_;
  const ImageInfo& info_;
  jpeg_decompress_struct codec_ = {};
  Monitor monitor_ = {};
  bool has_many_scans_ = false;
  bool has_four_inks_ = false;
  std::vector<uint8_t> inks_;  // one row of C M Y K
};

void read_frame_header(const ByteReader& in, uint64_t segment, ImageInfo& info) {
  info.bits = in.u8(segment + 2).value_or(0);
  info.file_height = in.u16(segment + 3).value_or(0);
  info.file_width = in.u16(segment + 5).value_or(0);
  info.channels = in.u8(segment + 7).value_or(0);
}

[[noreturn]] void fail_incomplete(const Source& source, const Decoder& decoder, int64_t rows) {
  fail_unsound(
      source,
      fmt::format("the JPEG data {}{}{}", decoder.ended_early() ? "ends early" : "is damaged",
                  rows > 0 ? fmt::format(" after row {}", rows) : "", decoder.words()));
}

}  // namespace

ImageInfo probe_jpeg(const Source& source) {
  const ByteReader in(source.bytes, ByteOrder::big);
  ImageInfo info{.format = ImageFormat::jpeg};
  bool has_exif = false;
  for (uint64_t at = 2; at < in.size();) {
    if (in.u8(at) != 0xFF) {  // padding that is no marker
      ++at;
      continue;
    }
    const int marker = in.u8(at + 1).value_or(0);
    if (marker == 0xFF || marker == 0 || marker == kStartOfImage) {
      ++at;
      continue;
    }
    const uint64_t length = in.u16(at + 2).value_or(0);
    if (marker == kEndOfImage || length < 2) break;
    const uint64_t segment = at + 2;
    if (is_frame_header(marker)) read_frame_header(in, segment, info);
    if (marker == kExifSegment && !has_exif &&
        in.has(segment + 2, std::string_view("Exif\0\0", 6))) {
      info.orientation = exif_orientation(in.slice(segment + 2, length - 2));
      has_exif = true;
    }
    if (marker == kStartOfScan) {
      info.header_bytes = static_cast<int64_t>(at);
      break;
    }
    at = segment + length;
  }
  if (info.channels == 0) fail_unsound(source, "the JPEG ends inside its header");
  if (info.channels == 1) info.colors = ImageColors::grey;
  if (info.channels == 4) info.colors = ImageColors::cmyk;
  return info;
}

Image decode_jpeg(const Source& source, const ImageInfo& info, Truncated truncated,
                  DecodeRemarks& remarks) {
  Decoder decoder(source, info, truncated);
  decoder.start();
  Image image = Image::filled(info.file_height, info.file_width, 128, 128, 128);
  const int64_t rows = decoder.read(image);
  const bool complete = rows == image.height && decoder.is_complete();
  if (!complete && (truncated == Truncated::refuse || rows == 0)) {
    fail_incomplete(source, decoder, rows);
  }
  remarks.incomplete = !complete;
  remarks.no_end_marker = complete && !decoder.has_end_marker();
  return image;
}

Image decode_jpeg_part(const Source& source, const ImageInfo& info, int64_t shrink,
                       PixelRect& part) {
  Decoder decoder(source, info, Truncated::refuse);
  decoder.start();
  decoder.shrink(shrink);
  Image image;
  const int64_t rows = decoder.read_part(image, part);
  if (rows < part.height || !decoder.is_complete()) {
    fail_incomplete(source, decoder, part.top + rows);
  }
  return image;
}

void verify_jpeg(const Source& source, const ImageInfo& info, DecodeRemarks& remarks) {
  Decoder decoder(source, info, Truncated::refuse);
  decoder.start();
  const int64_t rows = decoder.read_and_forget();
  if (rows < info.file_height || !decoder.is_complete()) fail_incomplete(source, decoder, rows);
  remarks.no_end_marker = !decoder.has_end_marker();
}

GreyImage decode_jpeg_grey(const Source& source, const ImageInfo& info, int64_t least_side) {
  Decoder decoder(source, info, Truncated::refuse);
  decoder.start();
  decoder.shrink_to_grey(least_side);
  GreyImage grey;
  const int64_t rows = decoder.read(grey);
  if (rows == 0 || rows < grey.height || !decoder.is_complete()) {
    fail_incomplete(source, decoder, 0);
  }
  return grey;
}

}  // namespace fovea
