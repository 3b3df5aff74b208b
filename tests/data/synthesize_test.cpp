#include "fovea/data/synthesize.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <string>

#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/data/synthetic_scene.h"
#include "fovea/image/decode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;

void make(const fs::path& out, const SynthesizeOptions& options) {
  NoLog log;
  synthesize(out, options, log);
}

constexpr SynthesizeOptions kFew{.train = 6, .val = 2, .size = 64};

/// Every file below `folder` by its name in it, with its content.
std::map<std::string, std::string> content_of(const fs::path& folder) {
  std::map<std::string, std::string> content;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    content[fs::relative(entry.path(), folder).string()] = read_whole(entry.path());
  }
  return content;
}

TEST(Synthesize, WritesACocoFolderWithEveryPictureThatItNames) {
  const TempFolder folder;
  make(folder / "shapes", kFew);
  EXPECT_EQ(content_of(folder / "shapes").size(), 6 + 2 + 2U);
  const auto document = JsonDocument::read(folder / "shapes/annotations/instances_train.json");
  EXPECT_EQ(document.root().at("categories").size(), kShapeNames.size());
  for (const JsonValue& image : document.root().at("images").items()) {
    const ImageInfo info =
        probe_image(folder / "shapes/train" / std::string(image.at("file_name").text()));
    EXPECT_EQ(info.width, image.at("width").integer());
    EXPECT_EQ(info.height, image.at("height").integer());
  }
}

TEST(Synthesize, GivesTheSameBytesForTheSameSeedAndOthersForAnother) {
  const TempFolder folder;
  make(folder / "a", kFew);
  make(folder / "b", kFew);
  SynthesizeOptions other = kFew;
  other.seed = 1;
  make(folder / "c", other);
  EXPECT_EQ(content_of(folder / "a"), content_of(folder / "b"));
  EXPECT_NE(content_of(folder / "a"), content_of(folder / "c"));
}

TEST(Synthesize, DrawsThePixelsThatItDrewOnOtherMachines) {
  Rng rng = rng_for(Stream::synthesize, 0);
  const Scene scene = draw_scene(64, rng);
  // Recorded on x86-64 with GCC 12.2.
  EXPECT_EQ(checksum(std::as_bytes(std::span(scene.image.pixels))),
            "c0fc58d3d90bde16b271c74eadeeaf7d");
}

TEST(Synthesize, ShowsOneToEightObjectsEachWithItsOwnPixels) {
  int64_t crowds = 0;
  double smallest = 1e9;
  double largest = 0;
  for (int64_t i = 0; i < 60; ++i) {
    Rng rng = rng_for(Stream::synthesize, 5, 0, i);
    const Scene scene = draw_scene(96, rng);
    EXPECT_GE(scene.objects.size(), 1U);
    EXPECT_LE(scene.objects.size(), 8U);
    std::vector<int> owners(96 * 96);
    for (const SceneObject& object : scene.objects) {
      EXPECT_GE(object.visible.area(), 23);
      for (size_t p = 0; p < owners.size(); ++p) owners[p] += object.visible.on[p];
      crowds += object.crowd ? 1 : 0;
      if (object.crowd) continue;
      const Box box = object.visible.bounds();
      smallest = std::min(smallest, std::max(box.width, box.height));
      largest = std::max(largest, std::max(box.width, box.height));
    }
    EXPECT_LE(*std::ranges::max_element(owners), 1) << "picture " << i;
  }
  EXPECT_GT(crowds, 0);
  EXPECT_GT(largest / smallest, 6);
}

TEST(Synthesize, PutsClassificationPicturesInOneFolderAClass) {
  const TempFolder folder;
  make(folder / "shapes",
       {.task = SynthesizeOptions::Task::classify, .train = 12, .val = 0, .size = 48});
  for (const std::string_view name : kShapeNames) {
    EXPECT_TRUE(fs::exists(folder / "shapes/train" / name / "000002.jpg")) << name;
  }
  EXPECT_FALSE(fs::exists(folder / "shapes/val"));
}

TEST(Synthesize, RefusesAFolderThatHoldsSomethingAndTakesAnEmptyOne) {
  const TempFolder folder;
  folder.write("full/note.txt", "mine");
  EXPECT_THAT(error_of([&] { make(folder / "full", kFew); }),
              HasSubstr("full: the folder is not empty; name a new folder, or empty this one"));
  EXPECT_THAT(error_of([&] { make(folder / "full/note.txt", kFew); }), HasSubstr("is a file"));
  fs::create_directory(folder / "empty");
  make(folder / "empty/", kFew);
  EXPECT_TRUE(fs::exists(folder / "empty/train/000001.jpg"));
}

TEST(Synthesize, LeavesNothingBehindWhenItFails) {
  const TempFolder folder;
  EXPECT_THAT(error_of([&] { make(folder / "x", {.train = -1}); }), HasSubstr("--train is -1"));
  EXPECT_THAT(error_of([&] { make(folder / "x", {.size = 8}); }), HasSubstr("--size is 8"));
  EXPECT_THAT(error_of([&] { make(folder / "x", {.train = 0, .val = 0}); }),
              HasSubstr("no pictures are asked for"));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace fovea
