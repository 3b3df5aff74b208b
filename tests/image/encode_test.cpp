#include "fovea/image/encode.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "fovea/core/random.h"
#include "fovea/image/decode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

Image noise(int64_t height, int64_t width) {
  Image image = Image::filled(height, width, 0, 0, 0);
  Rng rng(3);
  for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(rng.bits());
  return image;
}

TEST(EncodePng, KeepsEveryPixelAndGivesTheSameBytesAgain) {
  const Image image = noise(7, 5);
  const std::string bytes = encode_png(image);
  EXPECT_EQ(decode_image(std::as_bytes(std::span(bytes)), "p"), image);
  EXPECT_EQ(encode_png(image), bytes);
}

TEST(EncodeJpeg, KeepsAPlainColourAndGivesTheSameBytesAgain) {
  const Image image = Image::filled(20, 30, 200, 100, 50);
  const std::string bytes = encode_jpeg(image, 90);
  const Image back = decode_image(std::as_bytes(std::span(bytes)), "p");
  EXPECT_EQ(back.width, 30);
  EXPECT_LE(std::abs(back.at(10, 10)[0] - 200), 2);
  EXPECT_LE(std::abs(back.at(10, 10)[2] - 50), 2);
  EXPECT_EQ(encode_jpeg(image, 90), bytes);
  EXPECT_LT(encode_jpeg(noise(20, 30), 30).size(), encode_jpeg(noise(20, 30), 95).size());
}

TEST(SaveImage, ChoosesTheFormatByExtension) {
  const TempFolder folder;
  save_image(folder / "a.PNG", noise(4, 4));
  save_image(folder / "a.jpeg", noise(4, 4));
  EXPECT_EQ(probe_image(folder / "a.PNG").format, ImageFormat::png);
  EXPECT_EQ(probe_image(folder / "a.jpeg").format, ImageFormat::jpeg);
  EXPECT_THAT(
      error_of([&] { save_image(folder / "a.bmp", noise(4, 4)); }),
      testing::HasSubstr("a.bmp: the name says no format to write; end it in .jpg or .png"));
}

}  // namespace
}  // namespace fovea
