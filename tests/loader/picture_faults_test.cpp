// What files do to a run that reads them, whole or in part.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "fovea/image/decode.h"
#include "fovea/image/encode.h"
#include "fovea/image/warp.h"
#include "fovea/loader/loader.h"
#include "support/test_files.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr ImageSize kSize = {64, 64};

class PictureFaults : public testing::Test {
 protected:
  PictureFaults() {
    dataset.file = folder / "train.json";
    dataset.categories = {{.id = 1, .name = "thing"}};
  }

  static fs::path golden(const std::string& name) {
    return source_folder() / "tests/golden/image" / name;
  }
  static std::string content(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// A data set of one file, which states no size.
  void take(const fs::path& path) { dataset.records = {{.id = 1, .path = path}}; }

  /// The file as a sample: whole and fitted, or a random part of it.
  SampleBatch show(bool whole = true) const {
    AugmentOptions augment = no_augmentation();
    if (!whole) augment.crop = {.p = 1, .min = 0.05, .max = 0.1};
    return Loader(dataset, {.size = kSize}, augment, {.workers = 1}, {}, log).batch(0);
  }
  std::string refusal() const {
    return error_of([&] { show(); });
  }
  void expect_shown_as_decoded() const {
    const Image image = decode_image(dataset.records[0].path);
    const double scale = 64.0 / static_cast<double>(std::max(image.height, image.width));
    const Image expected = warp(image, {scale, 0, 0, 0, scale, 0}, 64, 64, {114, 114, 114});
    const SampleBatch sample = show();
    EXPECT_TRUE(std::equal(sample.pixels.begin(), sample.pixels.end(), expected.pixels.begin()));
    EXPECT_EQ(show(false).size(), 1);
  }

  TempFolder folder;
  Dataset dataset;
  mutable NoLog log;
};

TEST_F(PictureFaults, TruncatedFilesAreNamed) {
  for (const std::string name : {"baseline.jpg", "progressive.jpg", "rgba.png", "rgba.webp"}) {
    const std::string bytes = content(golden(name));
    take(folder.write("cut_" + name, bytes.substr(0, bytes.size() / 2)));
    EXPECT_THAT(refusal(), HasSubstr("cut_" + name));
  }
}

TEST_F(PictureFaults, FilesOfNoBytesAreNamed) {
  take(folder.write("empty.jpg", ""));
  EXPECT_THAT(refusal(), HasSubstr("empty.jpg"));
}

TEST_F(PictureFaults, DisguisedFilesAreReadByTheirContent) {
  take(folder.write("png_inside.jpg", content(golden("rgba.png"))));
  expect_shown_as_decoded();
  take(folder.write("jpeg_inside.png", content(golden("baseline.jpg"))));
  expect_shown_as_decoded();
  take(folder.write("text_inside.jpg", "<html>no picture</html>"));
  EXPECT_THAT(refusal(), HasSubstr("text_inside.jpg"));
}

TEST_F(PictureFaults, InksAndSixteenBitsBecomeRgb) {
  for (const std::string name : {"cmyk.jpg", "parts_cmyk.jpg", "grey16.png", "grey_alpha.png"}) {
    SCOPED_TRACE(name);
    take(golden(name));
    expect_shown_as_decoded();
  }
}

TEST_F(PictureFaults, TurnedFilesAreShownUpright) {
  std::string bytes = content(golden("turned6.jpg"));
  // The entry of the orientation: tag 0x0112, a short, one of it; then its value.
  const std::string entry("\x12\x01\x03\x00\x01\x00\x00\x00", 8);
  const std::string big_entry("\x01\x12\x00\x03\x00\x00\x00\x01\x00", 9);
  const size_t little = bytes.find(entry);
  const size_t place = little != std::string::npos ? little + entry.size()
                                                   : bytes.find(big_entry) + big_entry.size();
  ASSERT_EQ(bytes.at(place), 6);
  for (char orientation = 2; orientation <= 8; ++orientation) {
    SCOPED_TRACE(static_cast<int>(orientation));
    bytes[place] = orientation;
    take(folder.write("turned.jpg", bytes));
    const ImageInfo info = probe_image(dataset.records[0].path);
    EXPECT_EQ(info.orientation, orientation);
    expect_shown_as_decoded();
  }
}

TEST_F(PictureFaults, BombsAreRefusedAtTheirHeaderInNoTimeAndNoMemory) {
  // 60000 x 60000 pixels in the header of a small file.
  std::string jpeg = content(golden("baseline.jpg"));
  const size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  for (const size_t at : {frame + 5, frame + 7}) jpeg.replace(at, 2, "\xEA\x60");
  std::string png = content(golden("rgba.png"));
  for (const size_t at : {size_t{16}, size_t{20}})
    png.replace(at, 4, std::string("\0\0\xEA\x60", 4));
  for (const auto& [name, bytes] : {std::pair("bomb.jpg", jpeg), std::pair("bomb.png", png)}) {
    take(folder.write(name, bytes));
    refusal();  // whatever is loaded once
    rusage before{};
    getrusage(RUSAGE_SELF, &before);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_THAT(refusal(), HasSubstr(name));
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    rusage after{};
    getrusage(RUSAGE_SELF, &after);
    EXPECT_LT(spent.count(), 0.05) << "with room for a busy machine";
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 1024) << "kilobytes";
  }
}

TEST_F(PictureFaults, FilesThatVanishDuringTheRunAreNamed) {
  const fs::path path = folder.write("here.png", content(golden("rgba.png")));
  take(path);
  Loader loader(dataset, {.size = kSize}, no_augmentation(), {.workers = 0}, {}, log);
  EXPECT_EQ(loader.batch(0).size(), 1);
  fs::remove(path);
  EXPECT_THAT(error_of([&] { loader.batch(1); }), HasSubstr("here.png"));
}

TEST_F(PictureFaults, FilesThatMayNotBeReadAreNamed) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const fs::path path = folder.write("closed.png", content(golden("rgba.png")));
  fs::permissions(path, fs::perms::none);
  take(path);
  EXPECT_THAT(refusal(), HasSubstr("closed.png"));
}

TEST_F(PictureFaults, FilesOfAnotherSizeThanStatedAreNamed) {
  take(golden("rgba.png"));
  dataset.records[0].height = 7;
  dataset.records[0].width = 5;
  EXPECT_THAT(refusal(), HasSubstr("is stated to be 5 x 7"));
}

}  // namespace
}  // namespace fovea
