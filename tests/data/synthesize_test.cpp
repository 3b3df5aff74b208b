#include "fovea/data/synthesize.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <csignal>
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

/// Remembers what was said, and asks to stop after so many pictures.
class Watch final : public Log {
 public:
  explicit Watch(int64_t most) : most_(most) {}
  void line(std::string_view) override {}
  void warning(std::string_view) override {}
  void progress(const Progress& progress) override {
    said.push_back(progress);
    if (progress.done >= most_) is_wanted_ = false;
  }
  void expect_wanted() const override {
    if (!is_wanted_) throw Stopped{.signal = SIGINT};
  }
  std::vector<Progress> said;

 private:
  int64_t most_;
  bool is_wanted_ = true;
};

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

TEST(Synthesize, GivesTheSameBytesWithAnyNumberOfThreads) {
  const TempFolder folder;
  SynthesizeOptions options{.train = 20, .val = 3, .size = 48};
  for (const auto& [threads, name] : {std::pair(1, "one"), {4, "four"}}) {
    options.threads = threads;
    make(folder / name, options);
  }
  EXPECT_EQ(content_of(folder / "one"), content_of(folder / "four"));
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
              HasSubstr("full: the folder is not empty (it holds note.txt); name a new folder"));
  EXPECT_THAT(error_of([&] { make(folder / "full/note.txt", kFew); }), HasSubstr("is a file"));
  EXPECT_EQ(error_of([] { make("", kFew); }), "no folder is named; give the folder to make");
  EXPECT_THAT(error_of([&] { make(folder / std::string(300, 'x'), kFew); }),
              HasSubstr("name another folder"));
  fs::create_directory(folder / "empty");
  make(folder / "empty/", kFew);
  EXPECT_TRUE(fs::exists(folder / "empty/train/000001.jpg"));
}

TEST(Synthesize, FillsAnEmptyFolderThatStaysWhatItIs) {
  const TempFolder folder;
  make(folder / "absent", kFew);
  fs::create_directory(folder / "empty");
  fs::create_symlink("empty", folder / "link");
  struct stat before = {};
  struct stat after = {};
  stat((folder / "empty").c_str(), &before);
  make(folder / "link", kFew);
  stat((folder / "empty").c_str(), &after);
  EXPECT_EQ(after.st_ino, before.st_ino);
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(content_of(folder / "empty"), content_of(folder / "absent"));
  EXPECT_FALSE(fs::exists(folder / ("empty/.part" + std::to_string(getpid()))));
}

TEST(Synthesize, StopsBetweenPicturesAndLeavesWhatWasThere) {
  const TempFolder folder;
  fs::create_directory(folder / "empty");
  for (const auto task : {SynthesizeOptions::Task::detect, SynthesizeOptions::Task::classify}) {
    for (const std::string name : {"absent/below", "empty"}) {
      Watch watch(1);
      const SynthesizeOptions options{.task = task, .train = 50, .size = 48, .threads = 1};
      EXPECT_THROW(synthesize(folder / name, options, watch), Stopped);
      EXPECT_EQ(watch.said.size(), 1U);
      EXPECT_FALSE(fs::exists(folder / "absent"));
      EXPECT_TRUE(fs::is_empty(folder / "empty"));
    }
  }
}

TEST(Synthesize, SaysHowFastItIsAndHowLongItTakes) {
  const TempFolder folder;
  Watch watch(1000);
  synthesize(folder / "shapes", kFew, watch);
  ASSERT_FALSE(watch.said.empty());
  EXPECT_EQ(watch.said.back().done, 8);
  for (const Progress& progress : watch.said) {
    EXPECT_GT(progress.rate, 0);
    EXPECT_NEAR(progress.seconds_left, static_cast<double>(8 - progress.done) / progress.rate,
                1e-9);
  }
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
