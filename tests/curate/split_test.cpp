#include "fovea/curate/split.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/core/random.h"
#include "fovea/curate/check_splits.h"
#include "fovea/data/coco.h"
#include "fovea/data/find_dataset.h"
#include "fovea/image/encode.h"
#include "support/stopping_log.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(PartSizes, AddUpToAllImages) {
  EXPECT_THAT(images_of(read_parts("train=0.8,val=0.2"), 11), ElementsAre(9, 2));
  EXPECT_THAT(images_of(read_parts("a=0.333,b=0.333,c=0.334"), 10), ElementsAre(3, 3, 4));
  EXPECT_THAT(images_of(read_parts("train=rest,val=5"), 11), ElementsAre(6, 5));
  EXPECT_THAT(images_of(read_parts("train=rest,val=0.25"), 8), ElementsAre(6, 2));
}

TEST(PartSizes, SayWhatIsWrongWithThem) {
  const auto problem = [](const char* parts) {
    return error_of([&] { images_of(read_parts(parts), 10); });
  };
  EXPECT_THAT(problem("train=0.8,val=0.3"), HasSubstr("the shares add up to 1.1"));
  EXPECT_THAT(problem("train=8,val=3"), HasSubstr("11 images are asked for, and there are 10"));
  EXPECT_THAT(problem("train=8,val=0.2"), HasSubstr("are mixed"));
  EXPECT_THAT(problem("train=0.5,train=0.5"), HasSubstr("two parts are called `train`"));
  EXPECT_THAT(problem("../x=1.0"), HasSubstr("`../x=1.0` is no part"));
  EXPECT_THAT(problem("train=x"), HasSubstr("`train=x` is no size of a part"));
  EXPECT_THAT(problem("train=0.999,val=0.001"), HasSubstr("`val` would get no image of 10"));
}

/// Images with objects of ten classes, each class half as frequent as the one before it.
std::string made_up(size_t images, uint64_t seed) {
  std::string entries;
  std::string annotations;
  int id = 0;
  Rng rng(seed);
  for (size_t i = 1; i <= images; ++i) {
    entries += fmt::format(R"({}{{"id": {}, "file_name": "{}.jpg", "meta": {{"clip": {}}}}})",
                           i > 1 ? ",\n" : "", i, i, i / 4);
    for (int category = 0; category < 10; ++category) {
      for (; rng.chance(std::pow(0.6, category + 1));) {
        annotations += fmt::format(
            R"({}{{"id": {}, "image_id": {}, "category_id": {}, "bbox": [1, 2, 3.50, 4]}})",
            id > 0 ? ",\n" : "", id + 1, i, category);
        ++id;
      }
    }
  }
  std::string categories;
  for (int category = 0; category < 10; ++category) {
    categories += fmt::format(R"({}{{"id": {}, "name": "class{}"}})", category > 0 ? "," : "",
                              category, category);
  }
  return fmt::format(R"({{"info": {{"x": 1.0}}, "images": [{}], "annotations": [{}],
                         "categories": [{}]}})",
                     entries, annotations, categories);
}

class Split : public testing::Test {
 protected:
  SplitReport split(const std::string& text, SplitOptions options,
                    const std::string& out = "out") const {
    if (options.parts.empty()) options.parts = read_parts("train=0.8,val=0.2");
    return split_coco(folder_.write("in.json", text), folder_ / out, options, quiet_);
  }
  std::string file(const std::string& name) const { return read_whole(folder_ / name); }
  /// The numbers in one field of the images of a file.
  std::set<int64_t> clips(const std::string& name) const {
    std::set<int64_t> found;
    const JsonDocument document = JsonDocument::read(folder_ / name);
    for (const JsonValue& image : document.root().at("images").items()) {
      found.insert(image.at("meta").at("clip").integer());
    }
    return found;
  }
  TempFolder folder_;
  mutable NoLog quiet_;
};

/// The largest distance of a class of 50 images or more from its share, relative to it.
struct Distance {
  double images = 0;
  double objects = 0;
};

Distance distance_of(const SplitReport& report) {
  Distance most;
  for (const SplitReport::Class& entry : report.classes) {
    if (entry.shares[0].wanted_images + entry.shares[1].wanted_images < 50) continue;
    for (const PartShare& share : entry.shares) {
      const double images = static_cast<double>(share.images) / share.wanted_images - 1;
      const double objects = static_cast<double>(share.objects) / share.wanted_objects - 1;
      most.images = std::max(most.images, std::abs(images));
      most.objects = std::max(most.objects, std::abs(objects));
    }
  }
  return most;
}

/// The same of parts drawn by lot.
Distance distance_by_lot(const std::string& text, const SplitReport& report, uint64_t seed) {
  const JsonDocument document = JsonDocument::parse(text, "");
  const auto images = static_cast<int64_t>(document.root().at("images").size());
  const std::vector<int64_t> order = permutation(images, Rng(seed));
  SplitReport drawn = report;
  std::set<std::pair<int64_t, int64_t>> seen;
  for (SplitReport::Class& entry : drawn.classes) {
    for (PartShare& share : entry.shares) share.images = share.objects = 0;
  }
  for (const JsonValue& annotation : document.root().at("annotations").items()) {
    const int64_t image = annotation.at("image_id").integer();
    const int64_t category = annotation.at("category_id").integer();
    const bool is_val = order[static_cast<size_t>(image - 1)] >= report.totals[0].images;
    PartShare& share = drawn.classes[static_cast<size_t>(category)].shares[is_val ? 1 : 0];
    ++share.objects;
    share.images += seen.insert({image, category}).second ? 1 : 0;
  }
  return distance_of(drawn);
}

TEST_F(Split, GivesEveryPartItsShareOfEveryClassWhereLotsDoNot) {
  const std::string text = made_up(3000, 1);
  const SplitReport report = split(text, {});
  EXPECT_EQ(report.totals[0].images, 2400);
  EXPECT_EQ(report.totals[1].images, 600);
  const Distance found = distance_of(report);
  EXPECT_LT(found.images, 0.03);
  EXPECT_LT(found.objects, 0.04);
  for (uint64_t seed = 0; seed < 3; ++seed) {
    const Distance by_lot = distance_by_lot(text, report, seed);
    EXPECT_GT(by_lot.images, 2 * found.images);
    EXPECT_GT(by_lot.objects, 2 * found.objects);
  }
}

TEST_F(Split, KeepsEntriesAsTheyStandEachInOnePart) {
  const std::string text = made_up(40, 2);
  split(text, {});
  std::string both = file("out/annotations/instances_train.json");
  both += file("out/annotations/instances_val.json");
  const JsonDocument whole = JsonDocument::parse(text, "");
  for (const JsonValue& image : whole.root().at("images").items()) {
    const std::string name = fmt::format("\"{}\"", image.at("file_name").text());
    const size_t first = both.find(name);
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(both.find(name, first + 1), std::string::npos);
  }
  EXPECT_THAT(both, HasSubstr(R"("bbox": [1, 2, 3.50, 4]})"));
  EXPECT_THAT(both, HasSubstr(R"("info": {"x": 1.0})"));
  int64_t annotations = 0;
  for (const char* part : {"train", "val"}) {
    CheckReport report;
    const Dataset dataset =
        check_coco(folder_ / fmt::format("out/annotations/instances_{}.json", part), {}, report);
    for (const Record& record : dataset.records) {
      annotations += static_cast<int64_t>(record.instances.size());
    }
    EXPECT_FALSE(report.counts.contains("D107"));
  }
  EXPECT_EQ(annotations, static_cast<int64_t>(whole.root().at("annotations").size()));
}

TEST_F(Split, GivesTheSameBytesForTheSameSeedAndOthersForAnother) {
  const std::string text = made_up(60, 3);
  split(text, {.seed = 1}, "a");
  split(text, {.seed = 1}, "b");
  split(text, {.seed = 2}, "c");
  const std::string name = "/annotations/instances_val.json";
  EXPECT_EQ(file("a" + name), file("b" + name));
  EXPECT_NE(file("a" + name), file("c" + name));
}

TEST_F(Split, KeepsGroupsWhole) {
  const SplitReport report = split(made_up(200, 4), {.group_by = "meta.clip"});
  EXPECT_EQ(report.groups, 50);
  const std::set<int64_t> train = clips("out/annotations/instances_train.json");
  for (const int64_t clip : clips("out/annotations/instances_val.json")) {
    EXPECT_FALSE(train.contains(clip)) << clip;
  }
  EXPECT_NEAR(static_cast<double>(report.totals[1].images), 40, 3);
  EXPECT_THAT(error_of([&] { split(made_up(9, 4), {.group_by = "video_id"}, "x"); }),
              HasSubstr("no image has a field `video_id`"));
}

TEST_F(Split, SaysWhichClassesAreTooRareForEveryPart) {
  const SplitReport report = split(
      R"({"images": [{"id": 1}, {"id": 2}], "categories": [{"id": 1, "name": "cat"}],
          "annotations": [{"id": 1, "image_id": 1, "category_id": 1}]})",
      {.parts = read_parts("train=1,val=1")});
  EXPECT_THAT(report.remarks, Contains(AllOf(HasSubstr("`cat` is in 1 image only"))));
}

TEST_F(Split, RefusesMorePartsThanGroupsAndLeavesNothing) {
  const std::string text = made_up(3, 5);
  EXPECT_THAT(
      error_of([&] { split(text, {.parts = read_parts("a=0.5,b=0.5"), .group_by = "meta.clip"}); }),
      HasSubstr("3 images in 1 group cannot be divided into 2 parts"));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Split, NamesWhatRefersToNothing) {
  EXPECT_THAT(error_of([&] {
                split(R"({"images": [{"id": 1}, {"id": 2}], "categories": [],
                          "annotations": [{"id": 1, "image_id": 9, "category_id": 1}]})",
                      {});
              }),
              HasSubstr("in.json:/annotations/0/image_id: there is no such id as 9; repair it"));
}

class SplitPictures : public Split {
 protected:
  /// `count` pictures, each unlike the others, of which the last is a copy of the first.
  std::string with_pictures(int count) const {
    std::string entries;
    for (int i = 1; i <= count; ++i) {
      Image image = Image::filled(64, 64, 0, 0, 0);
      Rng rng(static_cast<uint64_t>(i == count ? 1 : i));
      for (int64_t y = 0; y < 64; y += 16) {
        for (int64_t x = 0; x < 64; x += 16) fill(image, x, y, rng);
      }
      folder_.write(fmt::format("pictures/sub/{}.jpg", i), encode_jpeg(image, 90));
      entries +=
          fmt::format(R"({}{{"id": {}, "file_name": "sub/{}.jpg", "width": 64, "height": 64}})",
                      i > 1 ? "," : "", i, i);
    }
    return fmt::format(R"({{"images": [{}], "annotations": [],
                            "categories": [{{"id": 1, "name": "a"}}]}})",
                       entries);
  }
  static void fill(Image& image, int64_t x, int64_t y, Rng& rng) {
    for (int64_t channel = 0; channel < 3; ++channel) {
      const auto value = static_cast<uint8_t>(rng.below(256));
      for (int64_t i = 0; i < 256; ++i) {
        image.pixels[static_cast<size_t>(((y + i / 16) * 64 + x + i % 16) * 3 + channel)] = value;
      }
    }
  }
  /// The pictures that a split of a data set has, checked as training does.
  std::set<std::string> pictures_of(const fs::path& root, const char* split) const {
    const SplitFiles files = find_split(root, split);
    std::set<std::string> names;
    for (const Record& record : read_coco(files.annotations, files.images).records) {
      names.insert(fs::path(record.path).filename().string());
    }
    return names;
  }
};

TEST_F(SplitPictures, LinksThemWhereTrainingFindsThemAndKeepsCopiesTogether) {
  const std::string text = with_pictures(10);
  for (const uint64_t seed : {1, 2, 3, 4, 5, 6}) {
    const std::string out = fmt::format("out{}", seed);
    const SplitReport report = split(text,
                                     {.parts = read_parts("train=0.5,val=0.5"),
                                      .duplicates = SplitDuplicates::exact,
                                      .seed = seed,
                                      .images = folder_ / "pictures"},
                                     out);
    EXPECT_EQ(report.alike_groups, 1);
    const std::set<std::string> train = pictures_of(folder_ / out, "train");
    const std::set<std::string> val = pictures_of(folder_ / out, "val");
    EXPECT_EQ(train.size() + val.size(), 10);
    EXPECT_EQ(train.contains("1.jpg"), train.contains("10.jpg"));
  }
  EXPECT_EQ(fs::hard_link_count(folder_ / "pictures/sub/1.jpg"), 7);
}

TEST_F(SplitPictures, MakesFoldsThatAreDataSetsOfTheirOwn) {
  split(with_pictures(11), {.parts = read_parts("train=0.8,test=0.2"),
                            .folds = 3,
                            .duplicates = SplitDuplicates::none,
                            .images = folder_ / "pictures"});
  std::set<std::string> validated;
  for (const char* fold : {"fold0", "fold1", "fold2"}) {
    const fs::path root = folder_ / "out" / fold;
    const std::set<std::string> val = pictures_of(root, "val");
    const std::set<std::string> test = pictures_of(root, "test");
    EXPECT_EQ(val.size(), 3);
    EXPECT_EQ(test.size(), 2);
    EXPECT_EQ(pictures_of(root, "train").size(), 6);
    validated.insert(val.begin(), val.end());
    EXPECT_EQ(test, pictures_of(folder_ / "out/fold0", "test"));
  }
  EXPECT_EQ(validated.size(), 9);
}

TEST_F(SplitPictures, NamesThoseThatAreMissing) {
  const std::string text = with_pictures(4);
  fs::remove(folder_ / "pictures/sub/2.jpg");
  fs::remove(folder_ / "pictures/sub/3.jpg");
  EXPECT_THAT(error_of([&] { split(text, {.images = folder_ / "pictures"}); }),
              AllOf(HasSubstr("in.json:/images/1/file_name: \"sub/2.jpg\" is not in"),
                    HasSubstr("the first of 2 such images"), HasSubstr("--drop D501,D502,D503")));
}

TEST_F(Split, LeavesNothingWhereverItIsStopped) {
  const fs::path in = folder_.write("in.json", made_up(12, 1));
  for (int i = 1; i <= 12; ++i) {
    const auto grey = static_cast<uint8_t>(20 * i);
    folder_.write(fmt::format("images/{}.jpg", i),
                  encode_jpeg(Image::filled(40, 50, grey, grey, grey), 90));
  }
  fs::create_directory(folder_ / "made");
  for (const int64_t folds : {0, 3}) {
    const SplitOptions options{
        .parts = read_parts("train=0.8,val=0.2"), .folds = folds, .images = folder_ / "images"};
    StoppingLog whole;
    split_coco(in, folder_ / fmt::format("whole{}", folds), options, whole);
    ASSERT_GE(whole.asked(), 12);
    for (int place = 0; place < whole.asked(); ++place) {
      StoppingLog log(place);
      EXPECT_THROW(split_coco(in, folder_ / "made/out", options, log), Stopped);
      EXPECT_TRUE(fs::is_empty(folder_ / "made")) << "stopped at place " << place;
    }
  }
}

}  // namespace
}  // namespace fovea
