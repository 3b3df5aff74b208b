#include "fovea/curate/statistics.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "fovea/core/json.h"
#include "fovea/curate/statistics_charts.h"
#include "fovea/curate/statistics_report.h"
#include "fovea/image/decode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Instance object(int64_t label, const Box& box) {
  return {.box = box, .label = label, .area = box.width * box.height};
}

Record image(int64_t id, int64_t width, int64_t height, std::vector<Instance> instances) {
  return {.id = id, .height = height, .width = width, .instances = std::move(instances)};
}

/// Two pictures of 200 x 100 with a cat of 20 x 20 and two dogs of 40 x 60 and 100 x 100, a crowd
/// of cats and a masked dog with keypoints among them; and an empty one of 100 x 100.
Dataset small_set() {
  Instance crowd = object(0, {0, 0, 50, 50});
  crowd.crowd = true;
  Instance dog = object(1, {20, 20, 40, 60});
  dog.segmentation.polygons = {{20, 20, 60, 20, 60, 80}};
  dog.area = 1200;
  dog.keypoints = {{.x = 30, .y = 30, .visibility = 2}, {.x = 0, .y = 0, .visibility = 0}};
  std::vector<Record> records;
  records.push_back(image(1, 200, 100, {object(0, {90, 40, 20, 20}), dog, crowd}));
  records.push_back(image(2, 200, 100, {object(1, {100, 0, 100, 100})}));
  records.push_back(image(3, 100, 100, {}));
  return {.file = "small.json",
          .categories = {{1, "cat"}, {2, "dog"}, {3, "cow"}},
          .records = std::move(records)};
}

PartStatistics small_statistics() {
  return statistics_of({{"train", small_set()}}).all;
}

TEST(Spread, InterpolatesPercentilesAsNumpyDoes) {
  const Spread spread = spread_of({4, 1, 3, 2});
  EXPECT_EQ(spread.count, 4);
  EXPECT_DOUBLE_EQ(spread.mean, 2.5);
  EXPECT_DOUBLE_EQ(spread.p5, 1.15);
  EXPECT_DOUBLE_EQ(spread.p25, 1.75);
  EXPECT_DOUBLE_EQ(spread.median, 2.5);
  EXPECT_DOUBLE_EQ(spread.most, 4);
  EXPECT_EQ(spread_of({}).count, 0);
}

TEST(Statistics, CountWhatIsThere) {
  const PartStatistics all = small_statistics();
  EXPECT_EQ(all.images, 3);
  EXPECT_EQ(all.empty_images, 1);
  EXPECT_EQ(all.objects, 3);
  EXPECT_EQ(all.crowds, 1);
  EXPECT_EQ(all.masks, 1);
  EXPECT_EQ(all.keypoint_objects, 1);
  EXPECT_EQ(all.keypoints, 1);
  EXPECT_EQ(all.small, 1);   // 400 square pixels
  EXPECT_EQ(all.medium, 1);  // 1,200
  EXPECT_EQ(all.large, 1);   // 10,000
  EXPECT_EQ(all.at_edge, 1);
  EXPECT_EQ(all.picture_sizes.size(), 2);
  EXPECT_EQ(all.picture_sizes[0].images, 2);
}

TEST(Statistics, MeasureObjectsByTheirBoxes) {
  const PartStatistics all = small_statistics();
  EXPECT_DOUBLE_EQ(all.side.least, 20);
  EXPECT_DOUBLE_EQ(all.side.median, std::sqrt(40 * 60));
  EXPECT_DOUBLE_EQ(all.relative_side.most, std::sqrt(0.5));
  EXPECT_DOUBLE_EQ(all.aspect.least, 40.0 / 60);
  EXPECT_DOUBLE_EQ(all.objects_an_image.mean, 1);
  EXPECT_THAT(all.image_histogram.counts, testing::Contains(1).Times(3));  // of 0, 1 and 2
  EXPECT_EQ(all.centres.at(15, 15), 1);  // the cat, at 100 of 200 and 50 of 100
  EXPECT_EQ(all.centres.at(6, 15), 1);
  EXPECT_EQ(all.extents.at(20, 39), 1);  // half as wide as the picture, as high
}

TEST(Statistics, SayWhichInputSideKeepsNineOfTenObjectsLargeEnough) {
  std::vector<Instance> objects;  // sides of 10, 20 ... 110 in a picture of 1,000
  for (int side = 10; side <= 110; side += 10) {
    objects.push_back(object(0, {0, 0, static_cast<double>(side), static_cast<double>(side)}));
  }
  std::vector<Record> records;
  records.push_back(image(1, 1000, 500, objects));
  const PartStatistics all =
      statistics_of({{"a", {.categories = {{1, "cat"}}, .records = std::move(records)}}}).all;
  ASSERT_EQ(all.needed_sides.size(), 3);
  EXPECT_EQ(all.needed_sides[0].side, 416);  // 20 / 1000 of it are 8 pixels from 400 on
  EXPECT_EQ(all.needed_sides[2].side, 1600);
  EXPECT_EQ(all.input_sides[0].side, 320);
  EXPECT_DOUBLE_EQ(all.input_sides[0].below_8, 2.0 / 11);
  EXPECT_DOUBLE_EQ(all.input_sides[0].median, 60 * 0.32);
}

TEST(Statistics, CountClassesAndThoseSeenTogether) {
  const PartStatistics all = small_statistics();
  EXPECT_EQ(all.classes[0].objects, 1);
  EXPECT_EQ(all.classes[0].crowds, 1);
  EXPECT_EQ(all.classes[1].images, 2);
  EXPECT_DOUBLE_EQ(all.classes[1].mean_area, (1200 + 10'000) / 2.0);
  EXPECT_THAT(all.together.labels, ElementsAre(1, 0));
  EXPECT_EQ(all.together.at(0, 0), 2);
  EXPECT_EQ(all.together.at(0, 1), 1);
}

TEST(Statistics, OfSplitsWithOtherCategoriesAreOfTheSameClassesWhereIdAndNameAre) {
  Dataset other = small_set();
  other.categories = {{2, "dog"}, {5, "ant"}, {7, "bee"}};  // its labels 0 and 1 are dog and ant
  const DatasetStatistics both = statistics_of({{"train", small_set()}, {"val", other}});
  ASSERT_EQ(both.categories.size(), 5);
  EXPECT_EQ(both.categories[1].name, "dog");
  EXPECT_EQ(both.all.classes[1].objects, 2 + 1);
  EXPECT_EQ(both.splits[1].classes[3].objects, 2);
  EXPECT_EQ(both.all.images, 6);
}

TEST(Statistics, LeaveOutWhatNeedsASizeThatIsNotKnown) {
  std::vector<Record> records;
  records.push_back(image(1, 0, 0, {object(0, {0, 0, 10, 10})}));
  const PartStatistics all =
      statistics_of({{"a", {.categories = {{1, "cat"}}, .records = std::move(records)}}}).all;
  EXPECT_EQ(all.unsized_images, 1);
  EXPECT_EQ(all.side.count, 1);
  EXPECT_EQ(all.relative_side.count, 0);
  EXPECT_EQ(all.needed_sides[0].side, 0);
}

TEST(Report, IsAlignedAndNamesWhatIsRemarkable) {
  const std::string text = report_of(statistics_of({{"train", small_set()}}), 2);
  EXPECT_THAT(text, AllOf(HasSubstr("\nobjects                              3\n"),
                          HasSubstr("\n  small, area < 32 x 32         33.3 %\n"),
                          HasSubstr("picture sizes: 200 x 100 (66.7 %), 100 x 100 (33.3 %)\n"),
                          HasSubstr("\ndog          2  66.7 %       2  66.7 %"),
                          HasSubstr("\nand 1 more class with 0 objects\n"),
                          HasSubstr("\n- 1 class has no object: `cow`\n"),
                          HasSubstr("\n- only 33.3 % of the objects have a mask\n")));
}

TEST(Report, OfNothingSaysSo) {
  const DatasetStatistics nothing = statistics_of({{"train", {.categories = {{1, "cat"}}}}});
  EXPECT_THAT(report_of(nothing, 40), HasSubstr("- there is no object in it\n"));
  EXPECT_THAT(to_json(nothing), Not(HasSubstr("null")));
}

TEST(Remarks, NameClassesThatASplitLacks) {
  Dataset val = small_set();
  val.records.resize(1);
  val.records[0] = image(9, 10, 10, {object(0, {0, 0, 5, 5})});
  const std::vector<std::string> remarks =
      remarks_on(statistics_of({{"train", small_set()}, {"val", val}}));
  EXPECT_THAT(remarks,
              testing::Contains("1 class has no object in val, but some elsewhere: `dog`"));
}

TEST(Report, JsonHoldsEveryFigure) {
  const std::string text = to_json(statistics_of({{"train", small_set()}}));
  const JsonDocument json = JsonDocument::parse(text, "out");
  const JsonValue all = json.root().at("all");
  EXPECT_EQ(all.at("objects").integer(), 3);
  EXPECT_EQ(all.at("side").at("least").number(), 20);
  EXPECT_EQ(all.at("centres").size(), 30);
  EXPECT_EQ(all.at("classes").items()[1].at("name").text(), "dog");
  EXPECT_EQ(all.at("together").items()[0].at("images").integer(), 1);
  EXPECT_EQ(json.root().at("splits").items()[0].at("name").text(), "train");
}

/// Pixels that are neither white nor grey in a part of the picture.
int64_t coloured(const Image& image, int64_t left, int64_t top, int64_t width, int64_t height) {
  int64_t count = 0;
  for (int64_t y = top; y < top + height; ++y) {
    for (int64_t x = left; x < left + width; ++x) {
      const uint8_t* pixel = image.at(x, y);
      count +=
          std::max({pixel[0], pixel[1], pixel[2]}) - std::min({pixel[0], pixel[1], pixel[2]}) > 40
              ? 1
              : 0;
    }
  }
  return count;
}

TEST(StatisticsCharts, EachOfTheNineShowsSomething) {
  const TempFolder folder;
  draw_statistics(folder / "page.png", statistics_of({{"train", small_set()}}), "small");
  const Image page = decode_image(folder / "page.png");
  const int64_t width = page.width / 3;
  const int64_t height = (page.height - 64) / 3;
  for (int64_t i = 0; i < 9; ++i) {
    EXPECT_GT(coloured(page, i % 3 * width, 64 + i / 3 * height, width, height), 20) << i;
  }
}

TEST(StatisticsCharts, OfOneClassLeaveOutWhatComparesClasses) {
  const TempFolder folder;
  const Dataset one = {.categories = {{1, "cat"}},
                       .records = {image(1, 200, 100, {object(0, {90, 40, 20, 20})})}};
  const auto rows = [&](const std::vector<NamedSplit>& splits) {
    draw_statistics(folder / "page.png", statistics_of(splits), "one");
    return (probe_image(folder / "page.png").height - 64) / 600;
  };
  EXPECT_EQ(rows({{"train", one}}), 2);
  EXPECT_EQ(rows({{"train", one}, {"val", one}}), 3);  // a chart of the splits
}

TEST(StatisticsCharts, TakeNothingAndThousandsOfClassesWithNamesOfEveryScript) {
  const TempFolder folder;
  draw_statistics(folder / "none.png", statistics_of({{"train", {}}}), "none");
  Dataset many;
  std::vector<Instance> objects;
  for (int64_t label = 0; label < 2000; ++label) {
    many.categories.push_back({label, "クラス \xC3\xB1 " + std::to_string(label)});
    objects.push_back(object(label, {1, 1, 5, 5}));
  }
  many.records.push_back(image(1, 100, 100, objects));
  draw_statistics(folder / "many.png", statistics_of({{"train", many}}), "many");
  EXPECT_LE(probe_image(folder / "many.png").width, 4000);
}

}  // namespace
}  // namespace fovea
