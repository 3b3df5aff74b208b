#include "fovea/image/decode.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/random.h"
#include "fovea/image/encode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;

fs::path golden(const std::string& name) {
  return source_folder() / "tests/golden/image" / name;
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

Image decode_text(const std::string& text, Truncated truncated = Truncated::refuse) {
  return decode_image(bytes_of(text), "p", {.truncated = truncated});
}

/// Decodes whatever `text` may be; true when that gave a picture, false when it gave an Error.
bool survives(const std::string& text, Truncated truncated) {
  try {
    const Image image = decode_text(text, truncated);
    EXPECT_EQ(image.pixels.size(), static_cast<size_t>(image.height * image.width * 3));
    return true;
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("p: "));
    EXPECT_THAT(error.what(), HasSubstr("; "));
    return false;
  }
}

/// A PNG chunk with its length and checksum.
std::string png_chunk(const std::string& name, const std::string& data) {
  const auto big_endian = [](uint32_t number) {
    std::string text;
    for (const int shift : {24, 16, 8, 0}) text += static_cast<char>(number >> shift);
    return text;
  };
  uint32_t sum = 0xFFFFFFFFU;
  for (const char letter : name + data) {
    sum ^= static_cast<uint8_t>(letter);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1U) * 0xEDB88320U);
  }
  return big_endian(static_cast<uint32_t>(data.size())) + name + data + big_endian(~sum);
}

/// A PNG of one pixel with `texts` texts that unfold to 3 MB each.
std::string png_with_texts(int texts) {
  const std::string blank = encode_png(Image::filled(1000, 1000, 0, 0, 0));
  const size_t data = blank.find("IDAT");  // a zlib stream of 3 MB of zeros
  const std::string stream = blank.substr(data + 4, blank.find("IEND") - data - 4 - 8);
  std::string png = encode_png(Image::filled(1, 1, 9, 9, 9));
  for (int i = 0; i < texts; ++i) {
    png.insert(png.find("IDAT") - 4, png_chunk("zTXt", std::string("name\0\0", 6) + stream));
  }
  return png;
}

Image gradient(int64_t height, int64_t width) {
  Image image = Image::filled(height, width, 0, 0, 0);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      image.at(x, y)[0] = static_cast<uint8_t>(x * 7);
      image.at(x, y)[1] = static_cast<uint8_t>(y * 11);
      image.at(x, y)[2] = static_cast<uint8_t>((x * y) % 256);
    }
  }
  return image;
}

class GoldenPicture : public testing::TestWithParam<std::string> {};

TEST_P(GoldenPicture, GivesThePixelsThatPillowGives) {
  const Image expected = decode_image(golden(GetParam() + ".rgb.png"));
  const Image image = decode_image(golden(GetParam()));
  EXPECT_EQ(image.height, expected.height);
  EXPECT_EQ(image.width, expected.width);
  EXPECT_EQ(image.pixels, expected.pixels);
}

INSTANTIATE_TEST_SUITE_P(Decode, GoldenPicture,
                         testing::Values("baseline.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg",
                                         "keep_rgb.jpg", "grey.png", "grey16.png", "grey_alpha.png",
                                         "palette4.png", "rgba.png", "one_bit.png", "rgba.webp",
                                         "lossy.webp", "lzw.tif", "rgba.tif", "palette.bmp",
                                         "rgb.bmp", "one_bit.bmp", "turned6.jpg", "turned6.png",
                                         "turned6.webp", "turned6.tif"));

TEST(ProbeImage, ReadsSizesAndTurnFromTheHeaderOfEveryFormat) {
  const std::vector<std::pair<std::string, ImageFormat>> files = {
      {"turned6.jpg", ImageFormat::jpeg},
      {"turned6.png", ImageFormat::png},
      {"turned6.webp", ImageFormat::webp},
      {"turned6.tif", ImageFormat::tiff}};
  for (const auto& [name, format] : files) {
    const ImageInfo info = probe_image(golden(name));
    EXPECT_EQ(info.format, format) << name;
    EXPECT_EQ(info.orientation, 6) << name;
    EXPECT_EQ(std::pair(info.file_width, info.file_height), std::pair(INT64_C(13), INT64_C(9)));
    EXPECT_EQ(std::pair(info.width, info.height), std::pair(INT64_C(9), INT64_C(13))) << name;
  }
}

TEST(ProbeImage, TellsTheFormatByContentNotByName) {
  const TempFolder folder;
  const fs::path file = folder.write("really.jpg", read_whole(golden("rgb.bmp")));
  EXPECT_EQ(probe_image(file).format, ImageFormat::bmp);
}

TEST(DecodeImage, RefusesAnimationsAndPagesByName) {
  EXPECT_THAT(error_of([] { decode_image(golden("animated.png")); }),
              HasSubstr("animated.png: is an animated or multi-page PNG; save the frames"));
  EXPECT_THAT(error_of([] { decode_image(golden("animated.webp")); }), HasSubstr("page WebP;"));
  EXPECT_THAT(error_of([] { decode_image(golden("pages.tif")); }), HasSubstr("page TIFF;"));
  EXPECT_TRUE(probe_image(golden("pages.tif")).animated);
}

TEST(DecodeImage, RefusesOtherFormatsByNameWithARemedy) {
  EXPECT_THAT(error_of([] { decode_image(golden("picture.gif")); }),
              HasSubstr("picture.gif: is a GIF, which is not read; convert it to JPEG or PNG"));
  EXPECT_THAT(error_of([] { decode_text("....ftypheic........"); }), HasSubstr("is a HEIC"));
  EXPECT_THAT(error_of([] { decode_text(""); }), HasSubstr("p: the file is empty"));
  EXPECT_THAT(error_of([] { decode_text("version https://git-lfs.github.com/spec/v1"); }),
              HasSubstr("run `git lfs pull`"));
  EXPECT_THAT(error_of([] { decode_text("hello"); }), HasSubstr("no picture of a known format"));
}

TEST(DecodeImage, RefusesAMissingFileByName) {
  EXPECT_THAT(error_of([] { decode_image("/nowhere/x.jpg"); }),
              HasSubstr("/nowhere/x.jpg: no such"));
}

TEST(DecodeImage, HoldsTheHeaderAgainstTheLimitsBeforeDecoding) {
  std::string bomb = encode_png(Image::filled(1, 1, 0, 0, 0));
  bomb.replace(16, 8, std::string("\0\0\x40\0\0\0\x40\0", 8));  // IHDR: 16384 x 16384
  EXPECT_THAT(error_of([&] { decode_text(bomb); }),
              HasSubstr("p: is 16384 x 16384 pixels, over the limit of 89000000 pixels"));
  const ImageLimits small{.max_pixels = 1000, .max_side = 12};
  EXPECT_THAT(error_of([&] { probe_image(golden("baseline.jpg"), small); }),
              HasSubstr("is 13 x 9 pixels, and a side may have 12"));
}

TEST(DecodeImage, RefusesATruncatedJpegUnlessAllowed) {
  const std::string whole = encode_jpeg(gradient(40, 40), 90);
  const std::string cut = whole.substr(0, whole.size() * 3 / 4);
  EXPECT_THAT(error_of([&] { decode_text(cut); }), HasSubstr("p: the JPEG data ends early"));
  DecodeRemarks remarks;
  const Image image = decode_image(bytes_of(cut), "p", {.truncated = Truncated::allow}, &remarks);
  EXPECT_TRUE(remarks.incomplete);
  const Image expected = decode_text(whole);
  EXPECT_TRUE(std::equal(image.pixels.begin(), image.pixels.begin() + 15 * 40 * 3,
                         expected.pixels.begin()));  // the upper rows are there
}

TEST(DecodeImage, RefusesATruncatedProgressiveJpegAtAnyLength) {
  const std::string whole = read_whole(golden("progressive.jpg"));
  for (size_t length = 0; length + 2 < whole.size(); ++length) {
    EXPECT_FALSE(survives(whole.substr(0, length), Truncated::refuse)) << length;
  }
}

TEST(DecodeImage, RefusesATruncatedArithmeticCodedJpegAtAnyLength) {
  const std::string whole = read_whole(golden("arithmetic.jpg"));
  EXPECT_EQ(decode_text(whole), decode_image(golden("baseline.jpg")));
  for (size_t length = 0; length + 2 < whole.size(); ++length) {
    EXPECT_FALSE(survives(whole.substr(0, length), Truncated::refuse)) << length;
  }
}

TEST(DecodeImage, TakesInksToBeInvertedWithAndWithoutAdobesMarker) {
  std::string file = read_whole(golden("cmyk.jpg"));
  ASSERT_EQ(file.substr(6, 5), "Adobe");  // the segment after the start of the image
  EXPECT_EQ(decode_text(file.erase(2, 16)), decode_image(golden("cmyk.jpg.rgb.png")));
}

TEST(DecodeImage, TakesAFileThatOnlyLacksItsEndMarkerAndSaysSo) {
  for (const std::string name : {"baseline.jpg", "progressive.jpg", "rgba.png"}) {
    const std::string whole = read_whole(golden(name));
    const std::string cut = whole.substr(0, whole.size() - (name == "rgba.png" ? 12 : 2));
    DecodeRemarks remarks;
    EXPECT_EQ(decode_image(bytes_of(cut), "p", {}, &remarks), decode_text(whole)) << name;
    EXPECT_TRUE(remarks.no_end_marker) << name;
    EXPECT_FALSE(remarks.incomplete) << name;
    decode_image(bytes_of(whole + std::string(64, '\0')), "p", {}, &(remarks = {}));
    EXPECT_FALSE(remarks.no_end_marker) << name << " with padding after the end";
  }
}

TEST(DecodeImage, RefusesATruncatedPngUnlessAllowed) {
  const std::string whole = encode_png(gradient(40, 40));
  const std::string cut = whole.substr(0, whole.size() / 2);
  EXPECT_THAT(error_of([&] { decode_text(cut); }), HasSubstr("p: the PNG data ends early"));
  const Image image = decode_text(cut, Truncated::allow);
  EXPECT_TRUE(std::equal(image.pixels.begin(), image.pixels.begin() + 40 * 3,
                         gradient(40, 40).pixels.begin()));
}

TEST(DecodeImage, TakesAPngWithATextLongerThanTheFile) {
  EXPECT_EQ(decode_text(png_with_texts(1)), Image::filled(1, 1, 9, 9, 9));
}

TEST(DecodeImage, RefusesAPngWhoseTextsUnfoldWithoutEndHoweverLongTheFile) {
  const std::string bomb = png_with_texts(24);  // 72 MB
  for (const size_t padding : {size_t{0}, size_t{65} << 20}) {
    EXPECT_THAT(error_of([&] { decode_text(bomb + std::string(padding, '\0')); }),
                HasSubstr("p: the PNG data is damaged (reached chunk/cache limits)"));
  }
}

TEST(DecodeImage, RefusesAJpegOfEndlessScans) {
  const std::string whole = read_whole(golden("progressive.jpg"));
  const size_t last = whole.rfind("\xFF\xDA");
  std::string bomb = whole.substr(0, last);
  for (int i = 0; i < 600; ++i) bomb += whole.substr(last, whole.size() - 2 - last);
  EXPECT_FALSE(survives(bomb + "\xFF\xD9", Truncated::refuse));
  EXPECT_THAT(error_of([&] { decode_text(bomb + "\xFF\xD9", Truncated::allow); }),
              HasSubstr("more than 500 scans"));
}

TEST(DecodeImage, NeverCrashesOnCutOrFlippedBytes) {
  for (const std::string name : {"baseline.jpg", "progressive.jpg", "arithmetic.jpg", "cmyk.jpg",
                                 "turned6.png", "palette4.png", "rgba.webp", "lossy.webp",
                                 "lzw.tif", "turned6.tif", "palette.bmp", "rgb.bmp"}) {
    const std::string whole = read_whole(golden(name));
    for (size_t length = 0; length < whole.size(); ++length) {
      survives(whole.substr(0, length), Truncated::allow);
    }
    Rng rng(1);
    for (int round = 0; round < 400; ++round) {
      std::string hurt = whole;
      for (int flip = 0; flip < 1 + round % 4; ++flip) {
        const auto place = static_cast<size_t>(rng.below(static_cast<int64_t>(hurt.size())));
        hurt[place] = static_cast<char>(rng.bits());
      }
      survives(hurt, round % 2 == 0 ? Truncated::refuse : Truncated::allow);
    }
  }
}

}  // namespace
}  // namespace fovea
