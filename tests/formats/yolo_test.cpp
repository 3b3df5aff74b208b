#include <gmock/gmock.h>

#include "fovea/core/files.h"
#include "fovea/core/random.h"
#include "fovea/data/rle.h"
#include "fovea/formats/yolo.h"
#include "fovea/formats/yolo_yaml.h"
#include "fovea/image/encode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

constexpr YoloPicture kPicture{.height = 50, .width = 100, .classes = 2};

std::vector<Instance> parse(std::string_view text, const YoloPicture& picture = kPicture) {
  Passed passed;
  return parse_yolo_labels(text, "a.txt", picture, passed);
}

std::string refusal(std::string_view text) {
  return error_of([&] { parse(text); });
}

TEST(YoloLabels, ReadsBoxesAndOutlinesInFractions) {
  const auto objects = parse("1 0.5 0.5 0.2 0.4\r\n\n0 0 0 1 0 1 1\n");
  ASSERT_THAT(objects, SizeIs(2));
  EXPECT_EQ(objects[0].label, 1);
  EXPECT_EQ(objects[0].box, (Box{.left = 40, .top = 15, .width = 20, .height = 20}));
  EXPECT_THAT(objects[0].segmentation.polygons, IsEmpty());
  EXPECT_THAT(objects[1].segmentation.polygons, ElementsAre(ElementsAre(0, 0, 100, 0, 100, 50)));
  EXPECT_EQ(objects[1].box, (Box{.left = 0, .top = 0, .width = 100, .height = 50}));
}

TEST(YoloLabels, ReadsKeypointsWhereTheDataHasSome) {
  YoloPicture picture = kPicture;
  picture.keypoints = 2;
  const auto objects = parse("0 0.5 0.5 0.2 0.4 0.25 0.5 2 0 0 0", picture);
  ASSERT_THAT(objects.at(0).keypoints, SizeIs(2));
  EXPECT_EQ(objects[0].keypoints[0].x, 25);
  EXPECT_EQ(objects[0].keypoints[0].visibility, 2);
  EXPECT_THAT(error_of([&] { parse("0 0.5 0.5 0.2 0.4", picture); }),
              HasSubstr("a.txt:1: 5 columns; write 11"));
}

TEST(YoloLabels, RefusesWhatIsWrongWithItsLine) {
  EXPECT_THAT(refusal("0 0.5 0.5 0.2 0.4\n2 0.5 0.5 0.2 0.4"),
              StartsWith("a.txt:2: class 2 is beyond the 2 that data.yaml names; use 0 to 1"));
  EXPECT_THAT(refusal("cat 0.5 0.5 0.2 0.4"), StartsWith("a.txt:1: `cat` is no class number; "));
  EXPECT_THAT(refusal("0.5 0.5 0.5 0.2 0.4"), HasSubstr("`0.5` is no class number"));
  EXPECT_THAT(refusal("0 50 0.5 0.2 0.4"), HasSubstr("50 is not between 0 and 1; divide x by"));
  EXPECT_THAT(refusal("0 0.5 nan 0.2 0.4"), HasSubstr("`nan` is no number"));
  EXPECT_THAT(refusal("0 0.5 0.5 0.2"), HasSubstr("4 columns; write 5 for a box"));
  EXPECT_THAT(refusal("0 0.1 0.1 0.2 0.2 0.3"), HasSubstr("6 columns"));
  EXPECT_THAT(refusal("0 0.5 0.5 0 0.4"), HasSubstr("the box is 0 x 20 pixels"));
  EXPECT_THAT(refusal("0 0.5 0.5 0.2 0.4\n\xff"), StartsWith("a.txt:2: byte 0xff does not belong"));
}

TEST(YoloLabels, PassesOverBadLinesWhereThatIsWanted) {
  Passed passed{.skip = true};
  EXPECT_THAT(parse_yolo_labels("0 2 2 2 2\n0 0.5 0.5 0.2 0.4\n", "a.txt", kPicture, passed),
              SizeIs(1));
  EXPECT_EQ(passed.count, 1);
  EXPECT_THAT(passed.messages, ElementsAre(StartsWith("a.txt:1: 2 is not between 0 and 1")));
}

Record record_of(std::vector<Instance> instances) {
  return {.height = 50, .width = 100, .instances = std::move(instances)};
}

TEST(YoloLabels, KeepsBoxesToTheLastDigitsThatMatter) {
  Rng rng = rng_for(Stream::synthesize, 1, 2, 3);
  for (int i = 0; i < 1000; ++i) {
    const Box box{.left = rng.uniform(0, 90),
                  .top = rng.uniform(0, 40),
                  .width = rng.uniform(0.01, 10),
                  .height = rng.uniform(0.01, 10)};
    Losses lost;
    const auto again = parse(yolo_labels_text(record_of({{.box = box}}), YoloLines::boxes, lost));
    ASSERT_THAT(again, SizeIs(1));
    EXPECT_NEAR(again[0].box.left, box.left, 1e-9);
    EXPECT_NEAR(again[0].box.bottom(), box.bottom(), 1e-9);
    EXPECT_THAT(lost.entries(), IsEmpty());
  }
}

TEST(YoloLabels, JoinsThePartsOfAMaskAndTakesThemApartAgain) {
  const std::vector<std::vector<double>> parts = {
      {10, 10, 20, 10, 20, 20}, {30, 30, 40, 30, 40, 40, 30, 40}, {60, 5, 70, 5, 65, 10}};
  Instance instance{.box = {.left = 10, .top = 5, .width = 60, .height = 35}};
  instance.segmentation.polygons = parts;
  Losses lost;
  const std::string text = yolo_labels_text(record_of({instance}), YoloLines::outlines, lost);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const auto again = parse(text);
  ASSERT_THAT(again, SizeIs(1));
  ASSERT_THAT(again[0].segmentation.polygons, SizeIs(3));
  for (size_t i = 0; i < parts.size(); ++i) {
    EXPECT_THAT(again[0].segmentation.polygons[i],
                testing::Pointwise(testing::DoubleNear(1e-9), parts[i]));
  }
  EXPECT_THAT(lost.entries(), IsEmpty());
}

TEST(YoloLabels, LeavesAHoleInAnOutlineAlone) {
  const auto objects = parse("0 .1 .1 .9 .1 .9 .9 .1 .9 .1 .1 .4 .4 .5 .4 .5 .5 .4 .4");
  EXPECT_THAT(objects.at(0).segmentation.polygons, SizeIs(1));
}

TEST(YoloLabels, SaysWhatItCannotHold) {
  Instance ring{.box = {.left = 0, .top = 0, .width = 3, .height = 3}};
  ring.segmentation.rle = Rle{.height = 50, .width = 100, .counts = {0, 3, 47, 1, 1, 1, 47, 3}};
  ring.segmentation.rle->counts.push_back(50 * 100 - 103);
  Instance plain{.box = {.left = 90, .top = 0, .width = 20, .height = 9}};
  const Instance crowd{.crowd = true};
  const Instance outside{.box = {.left = 120, .top = 0, .width = 20, .height = 9}};
  Losses lost;
  const std::string text =
      yolo_labels_text(record_of({ring, plain, crowd, outside}), YoloLines::outlines, lost);
  EXPECT_THAT(parse(text), SizeIs(2));
  EXPECT_EQ(lost.of(Loss::runs), 1);
  EXPECT_EQ(lost.of(Loss::joined_parts), 0);
  EXPECT_EQ(lost.of(Loss::missing_masks), 1);
  EXPECT_EQ(lost.of(Loss::clipped), 1);
  EXPECT_EQ(lost.of(Loss::crowds), 1);
  EXPECT_EQ(lost.of(Loss::outside), 1);
}

TEST(YoloLabels, KeepsEveryPixelOfMasksWithPartsAndHoles) {
  for (uint64_t i = 0; i < 300; ++i) {
    Rng rng = rng_for(Stream::synthesize, 7, 0, i);
    PixelMask mask{.height = 9, .width = 12};
    const double share = rng.uniform(0.3, 0.95);
    for (int place = 0; place < 9 * 12; ++place) mask.on.push_back(rng.uniform(0, 1) < share);
    const Rle rle = runs_of(mask);
    Instance instance;
    instance.segmentation.rle = rle;
    const Record record{
        .height = 9, .width = 12, .instances = std::vector<Instance>{std::move(instance)}};
    Losses lost;
    const std::string text = yolo_labels_text(record, YoloLines::outlines, lost);
    const auto again = parse(text, {.height = 9, .width = 12, .classes = 1});
    ASSERT_THAT(again, SizeIs(1));
    EXPECT_EQ(rle_of(again[0].segmentation.polygons, 9, 12).counts, rle.counts);
    EXPECT_EQ(lost.of(Loss::joined_parts), 0);
  }
}

std::string yaml_refusal(std::string_view text) {
  return error_of([&] { parse_yolo_data(text, "data.yaml"); });
}

TEST(YoloYaml, ReadsNamesAsListAndAsMap) {
  const YoloData list = parse_yolo_data("train: a\nvalid: [b, c]\ntest:\nnames: [x, 'y z']", "d");
  EXPECT_THAT(list.names, ElementsAre("x", "y z"));
  EXPECT_THAT(list.splits,
              ElementsAre(Pair("train", ElementsAre("a")), Pair("val", ElementsAre("b", "c"))));
  const YoloData map = parse_yolo_data("path: p\ntrain: a\nnc: 2\nnames: {1: y, 0: x}", "d");
  EXPECT_THAT(map.names, ElementsAre("x", "y"));
  EXPECT_EQ(map.path, "p");
}

TEST(YoloYaml, RefusesWhatIsWrongWithItsPlace) {
  EXPECT_THAT(yaml_refusal("train: a\nnames: [x, x]"),
              StartsWith("data.yaml:2:12: two classes are called `x`; "));
  EXPECT_THAT(yaml_refusal("train: a\nnames: {0: x, 2: y}"), HasSubstr("none for class 1"));
  EXPECT_THAT(yaml_refusal("train: a\nnc: 3\nnames: [x]"), HasSubstr("`nc` is 3, but"));
  EXPECT_THAT(yaml_refusal("train: a"), HasSubstr("has no `names`"));
  EXPECT_THAT(yaml_refusal(""), StartsWith("data.yaml: is no map of keys"));
  EXPECT_THAT(yaml_refusal("names: [x]"), HasSubstr("has none of `train`, `val` and `test`"));
  EXPECT_THAT(yaml_refusal("names: [x\ntrain: a"), StartsWith("data.yaml:2:"));
  EXPECT_THAT(yaml_refusal("train: a\ntrain: b\nnames: [x]"), HasSubstr("`train` is given twice"));
  EXPECT_THAT(yaml_refusal(std::string(100'000, '[')), HasSubstr("is nested too deeply"));
  EXPECT_THAT(yaml_refusal(std::string(2 << 20, ' ')), HasSubstr("too many for a data.yaml"));
}

TEST(YoloYaml, IsReadAgainAsItWasWritten) {
  const std::vector<std::string> names = {"a \"b\"", "c: d # e", "- f", "\\g", "ä", "no"};
  const YoloData again = parse_yolo_data(yolo_data_text({"train"}, categories_of(names)), "d");
  EXPECT_EQ(again.names, names);
}

class YoloLayout : public testing::Test {
 protected:
  void picture(const std::string& name) const {
    folder_.write(name, encode_png(Image::filled(50, 100, 1, 2, 3)));
  }
  std::vector<Split> read() { return read_yolo(folder_.path(), reading_); }
  TempFolder folder_;
  NoLog log_;
  Reading reading_{.log = log_};
};

TEST_F(YoloLayout, FollowsRoboflowsEntriesAndTakesPicturesWithoutLabels) {
  folder_.write("data.yaml", "train: ../train/images\nnames: [x]");
  picture("train/images/b.png");
  picture("train/images/a.png");
  folder_.write("train/labels/b.txt", "0 0.5 0.5 0.2 0.4");
  const auto splits = read();
  ASSERT_THAT(splits, SizeIs(1));
  EXPECT_THAT(splits[0].names, ElementsAre("a.png", "b.png"));
  EXPECT_THAT(splits[0].dataset.records[0].instances, SizeIs(0));
  EXPECT_THAT(splits[0].dataset.records[1].instances, SizeIs(1));
  EXPECT_EQ(splits[0].dataset.records[1].width, 100);
}

TEST_F(YoloLayout, ReadsListsOfPictures) {
  folder_.write("set/data.yaml", "path: ..\ntrain: train.txt\nval: [images/v]\nnames: [x]");
  picture("images/t/a.png");
  picture("images/v/a.png");
  folder_.write("train.txt", "./images/t/a.png\n");
  folder_.write("labels/t/a.txt", "0 0.5 0.5 0.2 0.4");
  const auto splits = read_yolo(folder_ / "set", reading_);
  ASSERT_THAT(splits, SizeIs(2));
  EXPECT_THAT(splits[0].names, ElementsAre("a.png"));
  EXPECT_THAT(splits[0].dataset.records[0].instances, SizeIs(1));
  EXPECT_THAT(reading_.remarks,
              ElementsAre(HasSubstr("`val` has 1 picture and no label file, as ")));
}

TEST_F(YoloLayout, RefusesNamesThatLeaveTheFolder) {
  picture("out.png");
  folder_.write("set/data.yaml", "train: train.txt\nnames: [x]");
  folder_.write("set/train.txt", "../out.png\n");
  EXPECT_THAT(error_of([&] { read_yolo(folder_ / "set", reading_); }),
              HasSubstr("train.txt:1: `../out.png` leaves "));
  folder_.write("set/train.txt", "a.png\n");
  EXPECT_THAT(error_of([&] { read_yolo(folder_ / "set", reading_); }),
              HasSubstr("train.txt:1: there is no picture "));
}

}  // namespace
}  // namespace fovea
