#include "fovea/curate/near_duplicates.h"

#include <gmock/gmock.h>

#include <bit>

#include "fovea/core/files.h"
#include "fovea/curate/hash_index.h"
#include "fovea/curate/picture_sketch.h"
#include "fovea/data/synthetic_scene.h"
#include "fovea/image/decode.h"
#include "fovea/image/encode.h"
#include "fovea/image/exif.h"
#include "fovea/image/warp.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Image scene(uint64_t seed) {
  Rng rng(seed);
  return draw_scene(160, rng).image;
}

Image resized(const Image& image, int64_t height, int64_t width) {
  const double x = static_cast<double>(width) / static_cast<double>(image.width);
  const double y = static_cast<double>(height) / static_cast<double>(image.height);
  return warp(image, {x, 0, 0, 0, y, 0}, height, width);
}

Image brightened(Image image, int light) {
  for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(std::min(255, value + light));
  return image;
}

class NearDuplicates : public testing::Test {
 protected:
  size_t add(const std::string& bytes) {
    files_.push_back(folder_.write(std::to_string(files_.size()), bytes));
    return files_.size() - 1;
  }
  std::vector<std::vector<size_t>> groups(const DuplicateOptions& options = {}) {
    NoLog log;
    return duplicate_groups(files_, options, log);
  }
  TempFolder folder_;
  std::vector<fs::path> files_;
};

TEST_F(NearDuplicates, FindsCopiesThatWereSavedAnewResizedTurnedMirroredOrBrightened) {
  for (uint64_t seed = 1; seed <= 12; ++seed) add(encode_jpeg(scene(seed), 92));
  const Image copied = scene(3);
  add(encode_jpeg(copied, 40));
  add(encode_png(resized(copied, 100, 100)));
  add(encode_jpeg(resized(copied, 240, 320), 90));
  add(encode_jpeg(brightened(copied, 25), 90));
  for (int orientation = 2; orientation <= 8; ++orientation) {
    add(encode_jpeg(upright(copied, orientation), 85));
  }
  EXPECT_THAT(groups(), ElementsAre(ElementsAre(2, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22)));
}

TEST_F(NearDuplicates, FindsEqualBytesWhateverTheyShow) {
  const std::string flat = encode_png(Image::filled(40, 40, 9, 9, 9));
  add(flat);
  add(encode_png(Image::filled(40, 40, 200, 9, 9)));  // flat: told apart by bytes alone
  add(flat);
  add("no picture");
  add("no picture");
  files_.push_back(folder_ / "absent");
  EXPECT_THAT(groups(), ElementsAre(ElementsAre(0, 2), ElementsAre(3, 4)));
  EXPECT_THAT(groups({.max_distance = {}}), ElementsAre(ElementsAre(0, 2), ElementsAre(3, 4)));
}

TEST_F(NearDuplicates, SaysHowTheyAreAlike) {
  const std::string picture = encode_jpeg(scene(5), 92);
  add(picture);
  add(picture);
  add(encode_jpeg(upright(scene(5), 2), 92));
  NoLog log;
  const std::vector<Duplicate> found = duplicates(files_, {}, log);
  ASSERT_EQ(found.size(), 2);
  EXPECT_TRUE(found[0].same_bytes);
  EXPECT_EQ(found[1].later, 2);
  EXPECT_EQ(found[1].earlier, 0);
  EXPECT_EQ(found[1].orientation, 1);
  EXPECT_GT(found[1].likeness, 0.95);
}

TEST_F(NearDuplicates, TakesNoPhotographForAnother) {
  SKIP_WITHOUT_SHARED_DATA();
  for (const char* name : {"microcontrollers/train", "microcontrollers/valid",
                           "coco-permissive/val2017", "sign-digits/images/1"}) {
    for (const auto& entry : fs::directory_iterator(shared_data() / name)) {
      if (entry.path().extension() != ".json") files_.push_back(entry.path());
    }
  }
  std::sort(files_.begin(), files_.end());
  const auto found = groups();
  // One photo of microcontrollers lies in two splits, saved anew.
  ASSERT_EQ(found.size(), 1);
  ASSERT_EQ(found[0].size(), 2);
  for (const size_t file : found[0]) {
    EXPECT_THAT(files_[file].filename().string(), testing::StartsWith("IMG_20181228_101826"));
  }
}

TEST(PictureSketch, ItsHashAndThumbnailTurnTogether) {
  const Image image = scene(7);
  const auto sketch = [](const Image& picture) {
    const std::string png = encode_png(picture);
    return sketch_of(decode_grey(std::as_bytes(std::span(png)), "png", kSketchDetail));
  };
  const PictureSketch plain = sketch(image);
  // EXIF orientations by orientation of a sketch.
  constexpr std::array<int, kOrientations> kExif = {1, 2, 4, 3, 5, 8, 6, 7};
  for (int orientation = 0; orientation < kOrientations; ++orientation) {
    const PictureSketch turned = sketch(upright(image, kExif[static_cast<size_t>(orientation)]));
    EXPECT_LE(std::popcount(oriented(plain.hash, orientation) ^ turned.hash), 1) << orientation;
    EXPECT_GT(likeness(oriented(plain.thumbnail, orientation), turned.thumbnail), 0.99)
        << orientation;
  }
}

TEST(HashIndex, FindsWhatComparingAllWithAllFinds) {
  Rng rng(1);
  std::vector<uint64_t> hashes;
  for (int i = 0; i < 300; ++i) {
    uint64_t hash = rng.bits();
    if (i % 3 != 0) {  // near the one before, by 0 to 15 bits
      hash = hashes.back();
      for (int flip = 0; flip < i % 16; ++flip) hash ^= uint64_t{1} << (rng.bits() % 64);
    }
    hashes.push_back(hash);
  }
  for (const int distance : {0, 3, 7, 10, 16}) {
    const HashIndex index(hashes, distance);
    for (size_t i = 0; i < hashes.size(); ++i) {
      std::vector<size_t> expected;
      for (size_t j = 0; j < i; ++j) {
        if (std::popcount(hashes[i] ^ hashes[j]) <= distance) expected.push_back(j);
      }
      std::vector<HashIndex::Near> found;
      index.find(hashes[i], i, found);
      std::vector<size_t> indices;
      for (const HashIndex::Near& near : found) indices.push_back(near.index);
      std::sort(indices.begin(), indices.end());
      EXPECT_EQ(indices, expected) << distance;
    }
  }
}

}  // namespace
}  // namespace fovea
