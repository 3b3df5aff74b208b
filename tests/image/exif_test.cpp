#include "fovea/image/exif.h"

#include <gtest/gtest.h>

#include <string>

namespace fovea {
namespace {

using namespace std::string_literals;

int orientation(const std::string& block) {
  return exif_orientation(std::as_bytes(std::span(block)));
}

/// One folder with one entry: tag 0x0112 of `type` (as written) and 4 bytes of value, big-endian.
std::string block(const std::string& type, const std::string& value) {
  return "Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12"s + type + "\0\0\0\1"s + value + "\0\0\0\0"s;
}

/// 3 x 2 pixels:  0 1 2
///                3 4 5
Image numbered() {
  Image image{.height = 2, .width = 3};
  for (uint8_t i = 0; i < 6; ++i) image.pixels.insert(image.pixels.end(), {i, i, i});
  return image;
}

std::string upright_digits(int turn) {
  const Image image = upright(numbered(), turn);
  std::string text;
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) text += static_cast<char>('0' + image.at(x, y)[0]);
    text += ' ';
  }
  return text;
}

TEST(ExifOrientation, IsReadFromShortLongAndByteInBothByteOrders) {
  EXPECT_EQ(orientation(block("\0\3"s, "\0\6\0\0"s)), 6);
  EXPECT_EQ(orientation(block("\0\4"s, "\0\0\0\x08"s)), 8);
  EXPECT_EQ(orientation(block("\0\1"s, "\3\0\0\0"s)), 3);
  EXPECT_EQ(orientation("II*\0\x08\0\0\0\1\0\x12\x01\3\0\1\0\0\0\6\0\0\0"s), 6);
}

TEST(ExifOrientation, IsOneWhereTheTagIsAbsentOrSaysNothingSensible) {
  EXPECT_EQ(orientation(block("\0\3"s, "\0\0\0\0"s)), 1);  // 0, written by some cameras
  EXPECT_EQ(orientation(block("\0\3"s, "\0\x09\0\0"s)), 1);
  EXPECT_EQ(orientation(block("\0\4"s, "\0\1\0\1"s)), 1);  // LONG 65537, met in the wild
  EXPECT_EQ(orientation(block("\0\2"s, "\0\6\0\0"s)), 1);  // text
  EXPECT_EQ(orientation(""), 1);
  EXPECT_EQ(orientation("Exif\0\0"s), 1);
}

TEST(ExifOrientation, IsTheFirstSoundOneWhereTheTagIsRepeated) {
  const std::string entry = "\x01\x12\0\3\0\0\0\1\0"s;  // and the value in three bytes
  const auto three = [&](const std::string& values) {
    std::string text = "MM\0*\0\0\0\x08\0\3"s;
    for (const char value : values) text += entry + value + "\0\0"s;
    return text;
  };
  EXPECT_EQ(orientation(three("\6\3\x08")), 6);
  EXPECT_EQ(orientation(three("\x09\3\x08")), 3);
}

TEST(ExifOrientation, SurvivesOffsetsAndCountsThatLeadOutside) {
  EXPECT_EQ(orientation("MM\0*\xFF\xFF\xFF\xFF"s), 1);
  EXPECT_EQ(orientation("MM\0*\0\0\0\x08\xFF\xFF\x01\x12"s), 1);
  EXPECT_EQ(orientation("MM\0*\0\0\0\x08\0\1\x01\x12\0\3\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xF0"s), 1);
  const std::string sound = block("\0\3"s, "\0\6\0\0"s);
  for (size_t length = 0; length < 25; ++length) {
    EXPECT_EQ(orientation(sound.substr(0, length)), 1) << length;
  }
}

TEST(TiffHeader, OfACircleOfFoldersEnds) {
  const std::string circle =
      "MM\0*\0\0\0\x08\0\1\0\xFE\0\3\0\0\0\1\0\1\0\0\0\0\0\x08"s;  // a reduced copy of itself
  EXPECT_EQ(read_tiff_header(std::as_bytes(std::span(circle)))->pages, 1);
}

TEST(Upright, TurnsAndMirrorsAsTheEightOrientationsSay) {
  EXPECT_EQ(upright_digits(1), "012 345 ");
  EXPECT_EQ(upright_digits(2), "210 543 ");
  EXPECT_EQ(upright_digits(3), "543 210 ");
  EXPECT_EQ(upright_digits(4), "345 012 ");
  EXPECT_EQ(upright_digits(5), "03 14 25 ");
  EXPECT_EQ(upright_digits(6), "30 41 52 ");
  EXPECT_EQ(upright_digits(7), "52 41 30 ");
  EXPECT_EQ(upright_digits(8), "25 14 03 ");
}

}  // namespace
}  // namespace fovea
