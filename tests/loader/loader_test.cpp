#include "fovea/loader/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>

#include "fovea/augment/input_size.h"
#include "fovea/augment/sample.h"
#include "fovea/image/decode.h"
#include "fovea/image/encode.h"
#include "fovea/image/warp.h"
#include "fovea/loader/file_reads.h"
#include "fovea/loader/prefetch.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using ::testing::HasSubstr;

constexpr ImageSize kSize = {48, 64};

AugmentOptions with_mosaic(double p) {
  AugmentOptions options;
  options.mosaic.p = p;
  return options;
}

/// A few small pictures of different sizes with two objects each; the second is a crowd.
class LoaderTest : public ::testing::Test {
 protected:
  static constexpr int64_t kCount = 7;
  LoaderTest() {
    dataset.file = folder / "train.json";
    dataset.categories = {{.id = 3, .name = "thing"}};
    for (int64_t i = 0; i < kCount; ++i) {
      Image image = Image::filled(40 + i, 50 + 2 * i, static_cast<uint8_t>(30 * i), 90, 200);
      for (int64_t x = 0; x < 50; ++x) image.at(x, x % 40)[1] = static_cast<uint8_t>(5 * x);
      const auto path = folder.write(std::to_string(i) + ".png", encode_png(image));
      const Instance object{.id = 2 * i, .box = {10, 8, 20, 16}, .area = 320};
      const Instance crowd{.id = 2 * i + 1, .box = {0, 0, 12, 12}, .crowd = true, .area = 144};
      dataset.records.push_back({.id = 100 + i,
                                 .path = path,
                                 .height = image.height,
                                 .width = image.width,
                                 .instances = {object, crowd}});
    }
  }
  SampleBatch batch(int64_t step, const LoaderOptions& options, const LoaderPlan& part) const {
    return Loader(dataset, {.size = kSize}, augment, options, part, log).batch(step);
  }
  TempFolder folder;
  Dataset dataset;
  AugmentOptions augment = with_mosaic(0.3);
  LoaderPlan plan = {.batch = 4, .seed = 11};
  mutable NoLog log;
};

void expect_same(const SampleBatch& a, const SampleBatch& b) {
  EXPECT_EQ(a.image_ids, b.image_ids);
  EXPECT_TRUE(a.pixels == b.pixels);
  ASSERT_EQ(a.instances.size(), b.instances.size());
  for (size_t i = 0; i < a.instances.size(); ++i) {
    ASSERT_EQ(a.instances[i].size(), b.instances[i].size());
    for (size_t k = 0; k < a.instances[i].size(); ++k) {
      EXPECT_EQ(a.instances[i][k].box, b.instances[i][k].box);
      EXPECT_EQ(a.instances[i][k].crowd, b.instances[i][k].crowd);
    }
  }
}

/// Recipes of several kinds.
std::vector<AugmentOptions> recipes() {
  AugmentOptions near = with_mosaic(0.5);
  near.mosaic.near = 2;
  near.mixup.p = near.cutmix.p = 0.3;
  near.rotate.p = near.perspective.p = near.blur.p = near.noise.p = 0.5;
  AugmentOptions crops;
  crops.crop.p = crops.erase.p = crops.grey = 0.5;
  crops.policy = AugmentPolicy::rand;
  crops.multi_scale = {.min = 0.7, .max = 1.3};
  return {with_mosaic(0.3), near, crops};
}

TEST_F(LoaderTest, GivesTheSameBytesForAnyNumberOfWorkers) {
  constexpr int64_t kSteps = 4;  // two epochs and more
  for (const AugmentOptions& recipe : recipes()) {
    Loader alone(dataset, {.size = kSize}, recipe, {.workers = 0}, plan, log);
    std::vector<SampleBatch> expected;
    for (int64_t step = 0; step < kSteps; ++step) expected.push_back(alone.batch(step));
    for (const int64_t workers : {1, 2, 4}) {
      SCOPED_TRACE(workers);
      Loader loader(dataset, {.size = kSize}, recipe, {.workers = workers, .prefetch = 3}, plan,
                    log);
      for (int64_t step = 0; step < kSteps; ++step) {
        expect_same(loader.batch(step), expected[static_cast<size_t>(step)]);
      }
    }
    // From the middle on, as after a restart.
    Loader later(dataset, {.size = kSize}, recipe, {.workers = 3}, plan, log);
    expect_same(later.batch(kSteps - 1), expected.back());
  }
}

TEST_F(LoaderTest, GivesTheSameBytesWhateverIsKeptInMemory) {
  for (const int64_t near : {0, 3}) {
    augment.mosaic.near = near;
    for (const Cache cache : {Cache::files, Cache::decoded}) {
      for (const int64_t megabytes : {0, 100}) {
        const LoaderOptions options = {.workers = 2, .cache = cache, .cache_mb = megabytes};
        Loader cached(dataset, {.size = kSize}, augment, options, plan, log);
        for (int64_t step = 0; step < 6; ++step) {
          expect_same(cached.batch(step), batch(step, {.workers = 0}, plan));
        }
      }
    }
  }
}

TEST_F(LoaderTest, ReadsEachFileOnceWhenTheCacheHoldsThemAll) {
  augment.mosaic.p = 0;
  for (const Cache cache : {Cache::files, Cache::decoded}) {
    Loader loader(dataset, {.size = kSize}, augment, {.workers = 0, .cache = cache}, plan, log);
    loader.batch(0);
    loader.batch(1);  // 8 samples: all 7 files
    for (const Record& record : dataset.records)
      std::filesystem::rename(record.path, record.path + ".away");
    EXPECT_NO_THROW(loader.batch(2));
    for (const Record& record : dataset.records)
      std::filesystem::rename(record.path + ".away", record.path);
  }
}

TEST_F(LoaderTest, AnswersAnyStepInAnyOrder) {
  Loader loader(dataset, {.size = kSize}, augment, {.workers = 2}, plan, log);
  for (const int64_t step : {5, 6, 0, 100, 1, 3, 3, 2}) {
    SCOPED_TRACE(step);
    expect_same(loader.batch(step), batch(step, {.workers = 0}, plan));
  }
}

TEST_F(LoaderTest, SharesABatchAmongRanks) {
  for (int64_t step = 0; step < 4; ++step) {
    const SampleBatch whole = batch(step, {.workers = 0}, plan);
    SampleBatch joined;
    PixelBuffer pixels;
    for (int64_t rank = 0; rank < 2; ++rank) {
      LoaderPlan part = plan;
      part.rank = rank;
      part.ranks = 2;
      SampleBatch half = batch(step, {.workers = 1}, part);
      EXPECT_EQ(half.size(), 2);
      pixels.insert(pixels.end(), half.pixels.begin(), half.pixels.end());
      std::move(half.instances.begin(), half.instances.end(), std::back_inserter(joined.instances));
      joined.image_ids.insert(joined.image_ids.end(), half.image_ids.begin(), half.image_ids.end());
    }
    joined.pixels = PixelBlock(std::move(pixels));
    expect_same(joined, whole);
  }
}

TEST_F(LoaderTest, ShowsEveryRecordOnceAnEpochInAnOrderOfItsOwn) {
  Loader loader(dataset, {.size = kSize}, augment, {.workers = 2}, plan, log);
  std::vector<int64_t> ids;
  for (int64_t step = 0; step < kCount; ++step) {  // 4 epochs
    for (const int64_t id : loader.batch(step).image_ids) ids.push_back(id);
  }
  std::set<std::vector<int64_t>> orders;
  for (int64_t epoch = 0; epoch < 4; ++epoch) {
    const std::vector<int64_t> order(ids.begin() + epoch * kCount,
                                     ids.begin() + (epoch + 1) * kCount);
    EXPECT_EQ(std::set<int64_t>(order.begin(), order.end()).size(), kCount);
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 4U);
}

TEST_F(LoaderTest, VariesARecordFromEpochToEpochAndSeedToSeed) {
  std::map<int64_t, std::set<std::string>> looks;
  for (const uint64_t seed : {1, 2}) {
    Loader loader(dataset, {.size = kSize}, augment, {.workers = 2}, {.batch = 1, .seed = seed},
                  log);
    for (int64_t step = 0; step < 3 * kCount; ++step) {
      SampleBatch one = loader.batch(step);
      looks[one.image_ids[0]].insert(std::string(one.pixels.begin(), one.pixels.end()));
    }
  }
  for (const auto& [id, pictures] : looks) EXPECT_EQ(pictures.size(), 6U) << id;
}

TEST_F(LoaderTest, MayBeLargerThanItsDataSet) {
  const SampleBatch large = batch(0, {.workers = 2}, {.batch = 20});
  EXPECT_EQ(large.size(), 20);
  EXPECT_EQ(large.pixels.size(), size_t{20 * 48 * 64 * 3});
}

TEST_F(LoaderTest, FindsTheSizeOfARecordThatStatesNone) {
  const SampleBatch stated = batch(0, {.workers = 1}, plan);
  for (Record& record : dataset.records) record.height = record.width = 0;
  expect_same(batch(0, {.workers = 1}, plan), stated);
}

TEST_F(LoaderTest, NamesTheFileThatCannotBeRead) {
  augment.mosaic.p = 0;
  std::filesystem::remove(dataset.records[3].path);
  for (const int64_t workers : {0, 2}) {
    Loader loader(dataset, {.size = kSize}, augment, {.workers = workers}, {.batch = kCount}, log);
    EXPECT_THAT(error_of([&] { loader.batch(0); }), HasSubstr("3.png")) << workers;
    EXPECT_THAT(error_of([&] { loader.batch(1); }), HasSubstr("3.png")) << workers;
  }
}

TEST_F(LoaderTest, BlamesTheStepToWhichABrokenFileBelongs) {
  augment.mosaic.p = 0;
  const LoaderPlan one = {.batch = 1};
  std::vector<int64_t> ids;
  for (int64_t step = 0; step < kCount; ++step) ids.push_back(batch(step, {}, one).image_ids[0]);
  const size_t broken = 4;
  std::filesystem::remove(dataset.records[static_cast<size_t>(ids[broken] - 100)].path);
  Loader loader(dataset, {.size = kSize}, augment, {.workers = 2, .prefetch = 6}, one, log);
  for (size_t step = 0; step < broken; ++step) {
    EXPECT_NO_THROW(loader.batch(static_cast<int64_t>(step)));
  }
  EXPECT_THROW(loader.batch(broken), std::exception);
  EXPECT_NO_THROW(loader.batch(broken + 1));
}

TEST_F(LoaderTest, RefusesAPictureOfAnotherSize) {
  dataset.records[0].width = 640;
  EXPECT_THAT(error_of([&] { batch(0, {.workers = 1}, {.batch = kCount}); }),
              HasSubstr("is 50 x 40 pixels, but image 100 of " + dataset.file.string() +
                        " is stated to be 640 x 40"));
}

TEST_F(LoaderTest, RefusesABatchThatRanksCannotShare) {
  EXPECT_EQ(
      error_of([&] { batch(0, {}, {.batch = 10, .ranks = 4}); }),
      "train.batch: is `10`, which 4 processes cannot share evenly; the nearest that they can "
      "are 8 and 12");
  EXPECT_EQ(error_of([] { check_batch(2, 4); }),
            "train.batch: is `2`, which 4 processes cannot share evenly; the nearest that they can "
            "is 4");
}

TEST_F(LoaderTest, RefusesAnEmptyDataSet) {
  dataset.records.clear();
  EXPECT_THAT(error_of([&] { batch(0, {}, plan); }),
              HasSubstr("train.json:/images: holds no image"));
}

TEST_F(LoaderTest, ShrinksLargePicturesWithoutMovingThem) {
  // 16 x larger than the sample, a rectangle that can be found again.
  Image image = Image::filled(768, 1024, 0, 0, 0);
  for (int64_t y = 256; y < 512; ++y) {
    for (int64_t x = 320; x < 640; ++x) image.at(x, y)[0] = 255;
  }
  folder.write("large.png", encode_png(image));
  dataset.records = {{.id = 1, .path = folder / "large.png", .height = 768, .width = 1024}};
  Loader loader(dataset, {.size = kSize}, no_augmentation(), {.workers = 0}, {}, log);
  const SampleBatch one = loader.batch(0);
  const Image direct = warp(image, {0.0625, 0, 0, 0, 0.0625, 0}, kSize.height, kSize.width, kFill);
  for (size_t i = 0; i < direct.pixels.size(); ++i) {
    ASSERT_NEAR(one.pixels[i], direct.pixels[i], 1);  // a mean of means
  }
}

TEST_F(LoaderTest, KeepsTheObjectsOfAMosaicOnTheirPixels) {
  // White pictures with one black square: every square of the mosaic must have its box.
  dataset.records.clear();
  Image image = Image::filled(64, 64, 255, 255, 255);
  for (int64_t y = 20; y < 44; ++y) {
    for (int64_t x = 20; x < 44; ++x) std::fill_n(image.at(x, y), 3, uint8_t{0});
  }
  for (int64_t i = 0; i < 4; ++i) {
    const auto path = folder.write("square" + std::to_string(i) + ".png", encode_png(image));
    dataset.records.push_back({.id = i,
                               .path = path,
                               .height = 64,
                               .width = 64,
                               .instances = {{.box = {20, 20, 24, 24}, .area = 576}}});
  }
  AugmentOptions options = no_augmentation();
  options.mosaic.p = 1;
  options.min_visible = 0;
  Loader loader(dataset, {.size = {128, 128}}, options, {.workers = 0}, {.batch = 1}, log);
  for (int64_t step = 0; step < 20; ++step) {
    SampleBatch one = loader.batch(step);
    const auto is_inside = [&](int64_t x, int64_t y) {
      return std::any_of(one.instances[0].begin(), one.instances[0].end(), [&](const Instance& i) {
        return static_cast<double>(x) + 1 >= i.box.left &&
               static_cast<double>(x) <= i.box.right() && static_cast<double>(y) + 1 >= i.box.top &&
               static_cast<double>(y) <= i.box.bottom();
      });
    };
    int64_t black = 0;
    for (int64_t y = 0; y < 128; ++y) {
      for (int64_t x = 0; x < 128; ++x) {
        if (one.pixels[static_cast<size_t>((y * 128 + x) * 3)] > 20) continue;
        ++black;
        EXPECT_TRUE(is_inside(x, y)) << step << ": " << x << ' ' << y;
      }
    }
    double boxes = 0;
    for (const Instance& i : one.instances[0]) boxes += i.box.width * i.box.height;
    EXPECT_NEAR(static_cast<double>(black), boxes, 0.25 * boxes + 40);
  }
}

TEST_F(LoaderTest, EvaluationTakesEveryRecordInOrder) {
  for (const int64_t workers : {0, 2}) {
    EvalLoader loader(dataset, {.size = kSize}, {.workers = workers}, {.batch = 3}, log);
    std::vector<int64_t> ids;
    for (int64_t pass = 0; pass < 2; ++pass) {
      for (int64_t step = 0; step < loader.batches(); ++step) {
        for (const int64_t id : loader.batch(step).image_ids) ids.push_back(id);
      }
    }
    EXPECT_EQ(ids, (std::vector<int64_t>{100, 101, 102, 103, 104, 105, 106, 100, 101, 102, 103, 104,
                                         105, 106}));
  }
}

TEST_F(LoaderTest, EvaluationDealsRecordsToRanks) {
  std::multiset<int64_t> ids;
  for (int64_t rank = 0; rank < 3; ++rank) {
    EvalLoader loader(dataset, {.size = kSize}, {.workers = 1},
                      {.batch = 2, .rank = rank, .ranks = 3}, log);
    for (int64_t step = 0; step < loader.batches(); ++step) {
      for (const int64_t id : loader.batch(step).image_ids) {
        EXPECT_EQ((id - 100) % 3, rank);
        ids.insert(id);
      }
    }
  }
  EXPECT_EQ(ids.size(), 7U);
  EXPECT_EQ(
      EvalLoader(dataset, {.size = kSize}, {}, {.batch = 2, .rank = 8, .ranks = 9}, log).batches(),
      0);
}

TEST_F(LoaderTest, InferenceSeesWhatEvaluationSees) {
  const InputOptions input = {.size = kSize, .divisor = 8};
  EvalLoader loader(dataset, input, {.workers = 1}, {.batch = 1}, log);
  const SampleBatch evaluated = loader.batch(2);
  const Image image = decode_image(dataset.records[2].path);
  const ImageSize window = input_for({image.height, image.width}, input.size, input.divisor);
  const PixelBlock pixels(PixelBuffer(static_cast<size_t>(window.height * window.width * 3)));
  const Frame frame = fit_into(image, input.size, window, pixels.data());
  EXPECT_EQ(window, (ImageSize{evaluated.height, evaluated.width}));
  EXPECT_TRUE(pixels == evaluated.pixels);
  EXPECT_EQ(frame.a, evaluated.frames[0].a);
  EXPECT_EQ(evaluated.instances[0].size(), 2U);
}

TEST_F(LoaderTest, DrawsAnySampleAgain) {
  Loader loader(dataset, {.size = kSize}, augment, {.workers = 2}, plan, log);
  for (int64_t step = 0; step < 4; ++step) {
    const SampleBatch whole = loader.batch(step);
    for (int64_t i = 0; i < plan.batch; ++i) {
      const int64_t place = step * plan.batch + i;
      const SampleBatch one = loader.sample(place / kCount, place % kCount);
      const size_t size = one.pixels.size();
      const uint8_t* expected = whole.pixels.data() + static_cast<size_t>(i) * size;
      EXPECT_TRUE(std::equal(one.pixels.begin(), one.pixels.end(), expected));
      EXPECT_EQ(one.image_ids[0], whole.image_ids[static_cast<size_t>(i)]);
    }
  }
}

TEST_F(LoaderTest, ShowsARepeatedRecordInAnotherWay) {
  dataset.categories.push_back({.id = 4, .name = "rare"});
  std::vector<Instance> objects = dataset.records[2].instances.unpacked();
  objects.front().label = 1;
  dataset.records[2].instances = objects;
  const LoaderOptions options = {
      .workers = 0, .order = Order::repeat_factor, .repeat_threshold = 0.6};
  Loader loader(dataset, {.size = kSize}, augment, options, {.batch = 1}, log);
  ASSERT_GT(loader.length(), kCount);
  std::set<std::string> looks;
  int64_t times = 0;
  for (int64_t i = 0; i < loader.length(); ++i) {
    const SampleBatch one = loader.batch(i);
    if (one.image_ids[0] != 102) continue;
    ++times;
    looks.insert(std::string(one.pixels.begin(), one.pixels.end()));
  }
  EXPECT_GE(times, 2);
  EXPECT_EQ(static_cast<int64_t>(looks.size()), times);
}

TEST_F(LoaderTest, VariesTheSizeOfAStepForAllRanksAlike) {
  augment.multi_scale = {.min = 0.5, .max = 2};
  Loader first(dataset, {.size = kSize, .divisor = 16}, augment, {.workers = 2},
               {.batch = 4, .seed = 3, .ranks = 2}, log);
  Loader second(dataset, {.size = kSize, .divisor = 16}, augment, {.workers = 0},
                {.batch = 4, .seed = 3, .rank = 1, .ranks = 2}, log);
  std::set<int64_t> widths;
  for (int64_t step = 0; step < 30; ++step) {
    const SampleBatch a = first.batch(step);
    const SampleBatch b = second.batch(step);
    EXPECT_EQ(a.width, b.width);
    EXPECT_EQ(a.height, b.height);
    EXPECT_EQ(a.width % 16, 0);
    EXPECT_EQ(a.pixels.size(), static_cast<size_t>(2 * a.height * a.width * 3));
    widths.insert(a.width);
  }
  EXPECT_GT(widths.size(), 3U);
  EXPECT_GE(*widths.begin(), 32);
  EXPECT_LE(*widths.rbegin(), 128);
}

TEST_F(LoaderTest, LeavesColoursToADeviceWhereNothingComesAfterThem) {
  plan.defer_colours = true;
  augment.hue.p = 1;
  const SampleBatch left = batch(0, {.workers = 1}, plan);
  ASSERT_EQ(left.colours.size(), 4U);
  for (const DeferredColour& colour : left.colours) EXPECT_NE(colour.map, DeferredColour().map);
  AugmentOptions plain = augment;
  plain.brightness.p = plain.contrast.p = plain.saturation.p = plain.hue.p = 0;
  Loader uncoloured(dataset, {.size = kSize}, plain, {.workers = 0},
                    {.batch = 4, .seed = plan.seed}, log);
  expect_same(left, uncoloured.batch(0));
  augment.blur.p = 0.5;
  EXPECT_TRUE(batch(0, {.workers = 1}, plan).colours.empty());
  plan.defer_colours = false;
  augment.blur.p = 0;
  EXPECT_TRUE(batch(0, {.workers = 1}, plan).colours.empty());
}

TEST_F(LoaderTest, NeedsMasksWhereTheRecipeSaysSo) {
  Dataset masked = dataset;
  for (Record& record : masked.records) {
    std::vector<Instance> objects = record.instances.unpacked();
    objects[0].segmentation.polygons = {{12, 9, 29, 12, 20, 23}};
    record.instances = objects;
  }
  AugmentOptions turned = augment;
  turned.rotate.p = 1;
  AugmentOptions cut = augment;
  cut.cutmix.p = 1;
  AugmentOptions zoomed = augment;
  zoomed.mixup.p = zoomed.erase.p = zoomed.blur.p = zoomed.transpose = 0.5;
  for (const AugmentOptions& recipe : {augment, zoomed, turned, cut}) {
    Loader with(masked, {.size = kSize}, recipe, {.workers = 1}, plan, log);
    Loader without(dataset, {.size = kSize}, recipe, {.workers = 1}, plan, log);
    int64_t different = 0;
    for (int64_t step = 0; step < 6; ++step) {
      const SampleBatch a = with.batch(step);
      const SampleBatch b = without.batch(step);
      for (size_t i = 0; i < a.instances.size(); ++i) {
        different += a.instances[i].size() != b.instances[i].size() ? 1 : 0;
        for (size_t k = 0; k < std::min(a.instances[i].size(), b.instances[i].size()); ++k) {
          different += a.instances[i][k].box != b.instances[i][k].box ? 1 : 0;
        }
      }
    }
    EXPECT_EQ(different > 0, uses_masks(recipe));
  }
}

TEST_F(LoaderTest, UsesTheMemoryOfBatchesAgain) {
  Loader loader(dataset, {.size = kSize}, augment, {.workers = 1, .prefetch = 2}, plan, log);
  std::set<const uint8_t*> places;
  for (int64_t step = 0; step < 20; ++step) places.insert(loader.batch(step).pixels.data());
  EXPECT_LE(places.size(), 4U);  // those ahead, and one in use
}

// ---- pictures that cannot be read ----

/// Remembers warnings.
class WarningLog final : public Log {
 public:
  void line(std::string_view) override {}
  void warning(std::string_view text) override { warnings.emplace_back(text); }
  void progress(const Progress&) override {}
  std::vector<std::string> warnings;
};

class UnreadablePictures : public LoaderTest {
 protected:
  void SetUp() override {
    LoaderTest::SetUp();
    folder.write("2.png", "no picture");
    std::filesystem::remove(dataset.records[5].path);
    plan.on_error = OnError::skip;
  }
  WarningLog warned;
};

TEST_F(UnreadablePictures, StopTheRunByName) {
  plan.on_error = OnError::stop;
  Loader loader(dataset, {.size = kSize}, augment, {.workers = 2}, {.batch = kCount}, log);
  EXPECT_THAT(error_of([&] { loader.batch(0); }),
              testing::AnyOf(HasSubstr("2.png"), HasSubstr("5.png")));
}

TEST_F(UnreadablePictures, AreReplacedByTheSameOnesForAnyNumberOfWorkers) {
  plan.batch = kCount;
  Loader alone(dataset, {.size = kSize}, augment, {.workers = 0}, plan, warned);
  std::vector<SampleBatch> expected;
  for (int64_t step = 0; step < 4; ++step) expected.push_back(alone.batch(step));
  EXPECT_EQ(expected[0].size(), kCount);
  for (const SampleBatch& batch : expected) {
    EXPECT_THAT(batch.image_ids, testing::Not(testing::Contains(102)));
    EXPECT_THAT(batch.image_ids, testing::Not(testing::Contains(105)));
    EXPECT_EQ(std::count(batch.image_ids.begin(), batch.image_ids.end(), 103), 2);  // after 102
  }
  for (const int64_t workers : {1, 4}) {
    Loader loader(dataset, {.size = kSize}, augment, {.workers = workers}, plan, log);
    for (int64_t step = 4; step-- > 0;) {
      expect_same(loader.batch(step), expected[static_cast<size_t>(step)]);
    }
  }
}

TEST_F(UnreadablePictures, AreNamedOnceEach) {
  plan.batch = kCount;
  Loader loader(dataset, {.size = kSize}, augment, {.workers = 2}, plan, warned);
  for (int64_t step = 0; step < 4; ++step) loader.batch(step);
  ASSERT_EQ(warned.warnings.size(), 2U);
  std::sort(warned.warnings.begin(), warned.warnings.end());
  EXPECT_THAT(warned.warnings[0], HasSubstr("2.png"));
  EXPECT_THAT(warned.warnings[1], HasSubstr("5.png"));
}

TEST_F(UnreadablePictures, StopTheRunWhenNoneIsLeft) {
  for (const Record& record : dataset.records) std::filesystem::remove(record.path);
  Loader loader(dataset, {.size = kSize}, augment, {.workers = 2}, plan, log);
  EXPECT_THAT(error_of([&] { loader.batch(0); }), HasSubstr(".png"));
}

TEST_F(UnreadablePictures, AreLeftOutOfAnEvaluation) {
  EvalLoader loader(dataset, {.size = kSize}, {.workers = 2},
                    {.batch = kCount, .on_error = OnError::skip}, warned);
  std::vector<int64_t> ids;
  for (int64_t step = 0; step < loader.batches(); ++step) {
    const SampleBatch batch = loader.batch(step);
    ids.insert(ids.end(), batch.image_ids.begin(), batch.image_ids.end());
    EXPECT_EQ(batch.pixels.size(),
              batch.image_ids.size() * static_cast<size_t>(batch.height * batch.width * 3));
    for (const Frame& frame : batch.frames) EXPECT_GT(frame.file_height, 0);
  }
  EXPECT_EQ(ids, (std::vector<int64_t>{100, 101, 103, 104, 106}));
  EXPECT_EQ(warned.warnings.size(), 2U);
}

TEST(FileReads, NamesTheFileThatTakesLongest) {
  std::atomic<bool> go_on = false;
  FileReads reads([&](const std::string&) {
    while (!go_on) std::this_thread::yield();
    return FileReads::Bytes();
  });
  EXPECT_EQ(reads.slowest().path, "");
  std::thread reader([&] { reads.read("slow.jpg"); });
  while (reads.slowest().path.empty()) std::this_thread::yield();
  EXPECT_EQ(reads.slowest().path, "slow.jpg");
  EXPECT_GE(reads.slowest().seconds, 0);
  go_on = true;
  reader.join();
  EXPECT_EQ(reads.slowest().path, "");
}

// ---- the threads themselves, on a stream of numbers ----

BatchStream numbers(std::atomic<int64_t>& begun) {
  return {.size =
              [](int64_t) {
                return ImageSize{1, 1};
              },
          .samples =
              [](int64_t step) {
                return step < 50
                           ? std::vector<SampleKey>{{.index = 2 * step}, {.index = 2 * step + 1}}
                           : std::vector<SampleKey>();
              },
          .make =
              [&begun](const SampleKey& key, SampleBatch& batch, size_t place) {
                ++begun;
                batch.image_ids[place] = key.index;
                if (key.index % 10 == 6) throw std::runtime_error(std::to_string(key.index));
              }};
}

TEST(Prefetch, MakesNoMoreThanItsShareAhead) {
  std::atomic<int64_t> begun = 0;
  Prefetch prefetch(numbers(begun), 2, 3);
  prefetch.batch(0);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(begun, 2 * (1 + 3));
  prefetch.batch(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(begun, 2 * (2 + 3));
}

TEST(Prefetch, ThrowsForTheStepThatFailedAndGoesOn) {
  for (const int64_t threads : {0, 3}) {
    std::atomic<int64_t> begun = 0;
    Prefetch prefetch(numbers(begun), threads, 4);
    for (int64_t step = 0; step < 50; ++step) {
      if (step % 5 == 3) {
        EXPECT_THROW(prefetch.batch(step), std::runtime_error);
      } else {
        EXPECT_EQ(prefetch.batch(step).image_ids, (std::vector<int64_t>{2 * step, 2 * step + 1}));
      }
    }
    EXPECT_THROW(prefetch.batch(50), std::out_of_range);
    EXPECT_EQ(prefetch.batch(4).image_ids[0], 8);
  }
}

TEST(Prefetch, ThrowsTheErrorOfTheFirstSampleThatFailed) {
  for (const size_t slow : {0, 1}) {
    std::atomic<int64_t> begun = 0;
    BatchStream failing = numbers(begun);
    failing.make = [slow](const SampleKey& key, SampleBatch&, size_t place) {
      if (place == slow) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      throw std::runtime_error(std::to_string(key.index));
    };
    Prefetch prefetch(failing, 2, 2);
    try {
      prefetch.batch(3);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "6") << slow;
    }
  }
}

TEST(Prefetch, SaysSoWhileItWaits) {
  std::atomic<int64_t> begun = 0;
  BatchStream slow = numbers(begun);
  std::atomic<bool> go_on = false;
  slow.make = [&](const SampleKey&, SampleBatch&, size_t) {
    while (!go_on) std::this_thread::yield();
  };
  slow.patience = std::chrono::milliseconds(5);
  int64_t times = 0;
  slow.waiting = [&] { go_on = ++times == 3; };
  Prefetch(slow, 2, 2).batch(0);
  EXPECT_GE(times, 3);
}

TEST(Prefetch, EndsWhileItsThreadsAreAtWork) {
  std::atomic<int64_t> begun = 0;
  BatchStream slow = numbers(begun);
  slow.make = [](const SampleKey&, SampleBatch&, size_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  for (int i = 0; i < 5; ++i) Prefetch(slow, 3, 4).batch(0);
}

}  // namespace
}  // namespace fovea
