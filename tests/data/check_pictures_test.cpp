#include "fovea/data/check_pictures.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "fovea/core/files.h"
#include "fovea/core/random.h"
#include "fovea/image/encode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string golden(const std::string& name) {
  return read_whole(source_folder() / "tests/golden/image" / name);
}

/// 100 x 80 pixels of noise, which make some pixel data.
std::string noise_jpeg() {
  Image image = Image::filled(80, 100, 0, 0, 0);
  Rng rng(1);
  for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(rng.below(256));
  return encode_jpeg(image, 90);
}

/// The JPEG with an EXIF block that says how it is turned.
std::string turned(const std::string& jpeg, char orientation) {
  std::string exif(
      "\xFF\xE1\0\x22"
      "Exif\0\0"
      "MM\0*\0\0\0\x08\0\x01"
      "\x01\x12\0\x03\0\0\0\x01\0",
      29);
  exif.push_back(orientation);
  exif.append(6, '\0');
  return jpeg.substr(0, 2).append(exif).append(jpeg, 2);
}

class CheckPictures : public testing::Test {
 protected:
  /// The codes met in a file of these bytes, the error last.
  std::vector<std::string_view> codes(const std::string& name, const std::string& bytes,
                                      int64_t width = 0, int64_t height = 0,
                                      const PictureCheckOptions& options = {}) {
    const Record record{.path = folder_.write(name, bytes), .height = height, .width = width};
    NoLog log;
    check_ = check_pictures({record}, options, log).at(0);
    std::vector<std::string_view> codes;
    for (const PictureFinding& remark : check_.remarks) codes.push_back(remark.code);
    if (check_.error) codes.push_back(check_.error->code);
    return codes;
  }
  static constexpr PictureCheckOptions kDecode = {.depth = PictureCheckOptions::Depth::pixels};

  TempFolder folder_;
  PictureCheck check_;
};

TEST_F(CheckPictures, FindsNothingInASoundPicture) {
  EXPECT_THAT(codes("a.jpg", noise_jpeg(), 100, 80), IsEmpty());
  EXPECT_THAT(codes("a.jpg", noise_jpeg(), 100, 80, kDecode), IsEmpty());
  EXPECT_EQ(check_.width, 100);
  EXPECT_EQ(check_.height, 80);
  EXPECT_THAT(codes("a.JPEG", noise_jpeg()), IsEmpty());
  EXPECT_THAT(codes("without ending", noise_jpeg()), IsEmpty());
}

TEST_F(CheckPictures, FindsWhatCannotBeRead) {
  const std::string whole = noise_jpeg();
  EXPECT_THAT(codes("cut.jpg", whole.substr(0, whole.size() / 2)), ElementsAre("D504"));
  EXPECT_THAT(check_.error->problem, HasSubstr("cut.jpg: the JPEG data ends early"));
  EXPECT_THAT(codes("head.jpg", whole.substr(0, 30)), ElementsAre("D504"));
  EXPECT_THAT(codes("moving.png", golden("animated.png")), ElementsAre("D505"));
  EXPECT_THAT(codes("pages.tif", golden("pages.tif")), ElementsAre("D505"));
  EXPECT_THAT(codes("empty.jpg", ""), ElementsAre("D508"));
  EXPECT_THAT(codes("picture.gif", golden("picture.gif")), ElementsAre("D511"));
  EXPECT_THAT(check_.error->problem, HasSubstr("is a GIF, which is not read"));
  EXPECT_THAT(codes("page.jpg", "<!doctype html>"), ElementsAre("D511"));
}

TEST_F(CheckPictures, FindsPicturesOverTheLimits) {
  EXPECT_THAT(codes("a.jpg", noise_jpeg(), 0, 0, {.limits = {.max_pixels = 7'999}}),
              ElementsAre("D507"));
  EXPECT_THAT(check_.error->problem, HasSubstr("is 100 x 80 pixels, over the limit of 7999"));
  EXPECT_THAT(codes("a.jpg", noise_jpeg(), 0, 0, {.limits = {.max_pixels = 8'000}}), IsEmpty());
  EXPECT_THAT(codes("a.jpg", noise_jpeg(), 0, 0, {.limits = {.max_side = 99}}),
              ElementsAre("D507"));
}

TEST_F(CheckPictures, FindsFilesThatMayNotBeRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const fs::path file = folder_.write("a.jpg", noise_jpeg());
  fs::permissions(file, fs::perms::none);
  NoLog log;
  EXPECT_EQ(check_pictures({{.path = file}}, {}, log).at(0).error->code, "D509");
}

TEST_F(CheckPictures, FindsDamageInsideWhenAskedToDecode) {
  std::string damaged = noise_jpeg();
  damaged.replace(damaged.size() / 2, 2, "\xFF\xC4");
  EXPECT_THAT(codes("a.jpg", damaged), IsEmpty());
  EXPECT_THAT(codes("a.jpg", damaged, 0, 0, kDecode), ElementsAre("D510"));
  std::string png = encode_png(Image::filled(80, 100, 9, 9, 9));
  png[png.size() - 20] = static_cast<char>(png[png.size() - 20] ^ 1);
  EXPECT_THAT(codes("a.png", png), IsEmpty());
  EXPECT_THAT(codes("a.png", png, 0, 0, kDecode), ElementsAre("D510"));
}

TEST_F(CheckPictures, TellsSizesThatFitBeforeOrAfterTheTurnFromWrongOnes) {
  const std::string jpeg = noise_jpeg();
  EXPECT_THAT(codes("a.jpg", turned(jpeg, 6), 80, 100), ElementsAre("D554"));
  EXPECT_THAT(codes("a.jpg", turned(jpeg, 6), 100, 80), ElementsAre("D512"));
  EXPECT_THAT(codes("a.jpg", turned(jpeg, 6), 100, 81), ElementsAre("D506"));
  EXPECT_THAT(codes("a.jpg", turned(jpeg, 6)), ElementsAre("D555"));
  EXPECT_THAT(codes("a.jpg", turned(jpeg, 3), 100, 80), ElementsAre("D555"));
  EXPECT_THAT(codes("a.jpg", turned(jpeg, 1), 100, 80), IsEmpty());
  EXPECT_THAT(codes("a.jpg", jpeg, 80, 100), ElementsAre("D506"));
}

TEST_F(CheckPictures, WarnsOfNamesThatStateAnotherFormatAndOfAMissingEnd) {
  const std::string jpeg = noise_jpeg();
  EXPECT_THAT(codes("a.png", jpeg), ElementsAre("D556"));
  EXPECT_THAT(check_.remarks[0].problem, HasSubstr("is a JPEG, but its name says PNG"));
  EXPECT_THAT(codes("a.jpg", jpeg.substr(0, jpeg.size() - 2)), ElementsAre("D557"));
}

TEST_F(CheckPictures, NotesColoursThatAreNotPlainRgb) {
  EXPECT_THAT(codes("a.jpg", golden("grey.jpg")), ElementsAre("D581"));
  EXPECT_THAT(codes("a.png", golden("grey.png")), ElementsAre("D581"));
  EXPECT_THAT(codes("a.png", golden("palette4.png")), ElementsAre("D582"));
  EXPECT_THAT(codes("a.bmp", golden("palette.bmp")), ElementsAre("D582"));
  EXPECT_THAT(codes("a.png", golden("rgba.png")), ElementsAre("D583"));
  EXPECT_THAT(codes("a.tif", golden("rgba.tif")), ElementsAre("D583"));
  EXPECT_THAT(codes("a.webp", golden("rgba.webp")), ElementsAre("D583"));
  EXPECT_THAT(codes("a.jpg", golden("cmyk.jpg")), ElementsAre("D585"));
  EXPECT_THAT(codes("a.tif", golden("lzw.tif")), IsEmpty());
  std::string deep = encode_png(Image::filled(8, 8, 9, 9, 9));
  deep[24] = 16;  // bits a channel, in the header
  EXPECT_THAT(codes("a.png", deep), ElementsAre("D584"));
}

TEST_F(CheckPictures, ReadsHeadersThatGoOnBeyondTheFirstBytesOfALargeFile) {
  std::string long_header = noise_jpeg();
  for (int i = 0; i < 3; ++i) {  // comments of 32 KiB each
    long_header.insert(2, std::string("\xFF\xFE\x80\x02", 4).append(32'768, 'c'));
  }
  EXPECT_THAT(codes("a.jpg", long_header, 100, 80), IsEmpty());
  EXPECT_THAT(codes("a.jpg", turned(long_header, 6), 80, 100), ElementsAre("D554"));
  Image large = Image::filled(600, 600, 0, 0, 0);
  Rng rng(2);
  for (uint8_t& value : large.pixels) value = static_cast<uint8_t>(rng.below(256));
  for (const std::string& bytes : {encode_png(large), encode_jpeg(large, 95)}) {
    ASSERT_GT(bytes.size(), 70'000);
    EXPECT_THAT(codes("large", bytes, 600, 600), IsEmpty());
    EXPECT_THAT(codes("large", bytes.substr(0, bytes.size() - 9'000), 600, 600),
                ElementsAre("D504"));
  }
}

}  // namespace
}  // namespace fovea
