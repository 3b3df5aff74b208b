#include "fovea/formats/convert.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/data/coco.h"
#include "fovea/data/find_dataset.h"
#include "fovea/data/rle.h"
#include "fovea/image/encode.h"
#include "support/stopping_log.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kTrain = R"({
  "info": {"year": 2020}, "licenses": [],
  "images": [{"id": 7, "file_name": "sub/a.png", "height": 50, "width": 100, "license": 3},
             {"id": 9, "file_name": "b.png", "height": 50, "width": 100}],
  "categories": [{"id": 1, "name": "cat"}, {"id": 5, "name": "dog", "supercategory": "animal"},
                 {"id": 8, "name": "unused"}],
  "annotations": [
    {"id": 3, "image_id": 7, "category_id": 5, "bbox": [10.5, 5, 20.25, 30], "area": 600,
     "iscrowd": 0, "segmentation": [[10.5, 5, 30.75, 5, 30.75, 35], [11, 8, 12, 8, 12, 9]],
     "score": 0.5},
    {"id": 4, "image_id": 7, "category_id": 1, "bbox": [0, 0, 2, 2], "area": 4, "iscrowd": 1,
     "segmentation": {"size": [50, 100], "counts": [0, 2, 48, 2, 4948]}}]})";

class Convert : public testing::Test {
 protected:
  Convert() {
    const std::string png = encode_png(Image::filled(50, 100, 1, 2, 3));
    for (const char* name : {"train/sub/a.png", "train/b.png"})
      folder_.write(set("coco", name), png);
    folder_.write(set("coco", "annotations/instances_train.json"), kTrain);
  }
  static std::string set(const std::string& name, const std::string& file) {
    return name + "/" + file;
  }
  ConvertReport convert_to(const std::string& from, const std::string& to,
                           const ConvertOptions& options) {
    NoLog log;
    return convert(folder_ / from, folder_ / to, options, log);
  }
  Dataset read(const std::string& name) const {
    const SplitFiles files = find_split(folder_ / name, "train");
    return read_coco(files.annotations, files.images);
  }
  TempFolder folder_;
};

std::vector<std::string> names_of(const Dataset& dataset) {
  std::vector<std::string> names;
  for (const Category& category : dataset.categories) names.push_back(category.name);
  return names;
}

TEST_F(Convert, CocoToYoloAndBackKeepsClassesBoxesAndOutlines) {
  const ConvertReport report = convert_to("coco", "yolo", {.to = Format::yolo});
  EXPECT_EQ(report.guessed, "it has COCO annotations");
  EXPECT_EQ(report.lost.of(Loss::crowds), 1);
  EXPECT_EQ(report.lost.of(Loss::file_fields), 2);
  EXPECT_EQ(report.lost.of(Loss::image_fields), 1);
  EXPECT_EQ(report.lost.of(Loss::annotation_fields), 1);
  EXPECT_EQ(report.lost.of(Loss::category_fields), 1);
  EXPECT_EQ(report.lost.of(Loss::category_ids), 2);
  EXPECT_EQ(report.lost.of(Loss::joined_parts), 0) << "the small part lies in the large one's edge";
  convert_to("yolo", "again", {.to = Format::coco});
  const Dataset again = read("again");
  EXPECT_THAT(names_of(again), ElementsAre("cat", "dog", "unused"));
  ASSERT_EQ(again.records.size(), 2);
  EXPECT_EQ(again.records[0].instances.size(), 0);
  ASSERT_EQ(again.records[1].instances.size(), 1);
  const Instance object = again.records[1].instances[0];
  EXPECT_EQ(object.label, 1);
  EXPECT_NEAR(object.box.left, 10.5, 1e-9);
  EXPECT_NEAR(object.box.right(), 30.75, 1e-9);
  EXPECT_EQ(again.records[1].width, 100);
  EXPECT_TRUE(fs::equivalent(fs::path(again.records[1].path), folder_ / "coco/train/sub/a.png"));
}

TEST_F(Convert, CocoToVocAndBackKeepsClassesBoxesAndCrowds) {
  const ConvertReport report =
      convert_to("coco", "voc", {.to = Format::voc, .voc_fractions = true});
  EXPECT_EQ(report.lost.of(Loss::masks), 1);
  EXPECT_EQ(report.lost.of(Loss::crowd_regions), 1);
  EXPECT_EQ(report.lost.of(Loss::fractions), 0);
  EXPECT_EQ(report.lost.of(Loss::renamed), 1);
  convert_to("voc", "again", {.to = Format::coco});
  const Dataset again = read("again");
  EXPECT_THAT(names_of(again), ElementsAre("cat", "dog", "unused"));
  ASSERT_EQ(again.records.size(), 2);
  ASSERT_EQ(again.records[0].instances.size(), 2);
  EXPECT_EQ(again.records[0].instances[0].box,
            (Box{.left = 10.5, .top = 5, .width = 20.25, .height = 30}));
  EXPECT_TRUE(again.records[0].instances[1].crowd);
  EXPECT_EQ(fs::path(again.records[0].path).filename(), "sub_a.png");
}

TEST_F(Convert, CocoToCsvAndBackKeepsClassesAndBoxes) {
  convert_to("coco", "csv", {.to = Format::csv, .pictures = Placing::copy});
  EXPECT_THAT(read_whole(folder_ / "csv/train.csv"),
              HasSubstr("train/sub/a.png,10.5,5,30.75,35,dog\ntrain/b.png,,,,,\n"));
  convert_to("csv", "again", {.to = Format::coco});
  const Dataset again = read("again");
  EXPECT_THAT(names_of(again), ElementsAre("cat", "dog", "unused"));
  EXPECT_EQ(again.records.at(0).instances[0].box,
            (Box{.left = 10.5, .top = 5, .width = 20.25, .height = 30}));
  EXPECT_FALSE(fs::equivalent(fs::path(again.records[0].path), folder_ / "coco/train/sub/a.png"));
}

TEST_F(Convert, CocoToCocoLosesNothing) {
  const ConvertReport report = convert_to("coco", "again", {.to = Format::coco});
  EXPECT_THAT(report.lost.entries(), IsEmpty());
  const JsonDocument json = JsonDocument::read(folder_ / "again/annotations/instances_train.json");
  const JsonDocument before = JsonDocument::parse(kTrain, "train");
  for (const char* key : {"info", "licenses", "images", "categories", "annotations"}) {
    const JsonValue list = before.root().at(key);
    if (!list.is(JsonValue::Kind::array)) continue;
    ASSERT_EQ(json.root().at(key).size(), list.size());
    for (size_t i = 0; i < list.size(); ++i) {
      for (const auto& [name, value] : list.items()[i].fields()) {
        if (name == "segmentation") continue;  // its keys may come in another order
        EXPECT_EQ(json.root().at(key).items()[i].at(name).raw(), value.raw()) << key << " " << name;
      }
    }
  }
  EXPECT_EQ(json.root().at("info").raw(), R"({"year":2020})");
}

TEST_F(Convert, GuessesTheFormatByTheLayoutAndSaysWhy) {
  EXPECT_EQ(guess_format(folder_ / "coco").format, Format::coco);
  folder_.write("y/data.yaml", "");
  EXPECT_EQ(guess_format(folder_ / "y").why, "it has a data.yaml");
  folder_.write("v/Annotations/a.xml", "");
  EXPECT_EQ(guess_format(folder_ / "v").format, Format::voc);
  folder_.write("c/train.csv", "image,xmin,ymin,xmax,ymax,label\n");
  EXPECT_EQ(guess_format(folder_ / "c").format, Format::csv);
  folder_.write("f/train/cat/a.jpg", "");
  EXPECT_EQ(guess_format(folder_ / "f").format, Format::folders);
  folder_.write("n/train/a.jpg", "");
  EXPECT_THAT(error_of([&] { guess_format(folder_ / "n"); }),
              HasSubstr("has the layout of no format that is known; "));
  EXPECT_THAT(error_of([&] { convert_to("x", "out", {.to = Format::csv}); }),
              HasSubstr("no such folder"));
}

TEST_F(Convert, MakesOneObjectOfEachPictureInAFolderOfAClass) {
  const std::string png = encode_png(Image::filled(5, 10, 1, 2, 3));
  folder_.write("f/train/dog/a.png", png);
  folder_.write("f/train/cat/a.png", png);
  convert_to("f", "again", {.to = Format::coco});
  const Dataset again = read("again");
  EXPECT_THAT(names_of(again), ElementsAre("cat", "dog"));
  ASSERT_EQ(again.records.size(), 2);
  EXPECT_EQ(again.records[1].instances[0].label, 1);
  EXPECT_EQ(again.records[1].instances[0].box, (Box{.width = 10, .height = 5}));
}

TEST_F(Convert, WritesNeitherIntoTheSourceNorOverAnything) {
  const ConvertOptions options{.to = Format::yolo};
  EXPECT_THAT(error_of([&] { convert_to("coco", "coco/yolo", options); }),
              HasSubstr("which is only to be read; name a folder outside it"));
  folder_.write("full/x", "");
  EXPECT_THAT(error_of([&] { convert_to("coco", "full", options); }), HasSubstr("is not empty"));
  folder_.write("coco/annotations/instances_train.json", "{");
  EXPECT_NE(error_of([&] { convert_to("coco", "out", options); }), "");
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Convert, LeavesNothingWhereverItIsStopped) {
  for (const Format to : {Format::yolo, Format::voc, Format::csv, Format::coco}) {
    const fs::path first = folder_ / fmt::format("whole_{}", name_of(to));
    StoppingLog whole;
    convert(folder_ / "coco", first, {.to = to}, whole);
    ASSERT_GE(whole.asked(), 1);
    for (int place = 0; place < whole.asked(); ++place) {
      StoppingLog log(place);
      EXPECT_THROW(convert(folder_ / "coco", folder_ / "out", {.to = to}, log), Stopped);
      EXPECT_FALSE(fs::exists(folder_ / "out"));
    }
  }
}

TEST_F(Convert, PassesOverBadEntriesWhereThatIsWanted) {
  std::string text = kTrain;
  text.replace(text.find("20.25"), 5, "-2");
  folder_.write("coco/annotations/instances_train.json", text);
  EXPECT_THAT(error_of([&] { convert_to("coco", "out", {.to = Format::csv}); }), HasSubstr("D204"));
  const ConvertReport report = convert_to("coco", "out", {.to = Format::csv, .skip_bad = true});
  EXPECT_EQ(report.passed.count, 1);
  EXPECT_THAT(report.passed.messages, ElementsAre(HasSubstr("/annotations/0/bbox: D204")));
}

TEST(ConvertRealData, ToYoloAndBackKeepsThePixelsOfEveryMask) {
  SKIP_WITHOUT_SHARED_DATA();
  const TempFolder folder;
  NoLog log;
  const fs::path source = shared_data() / "microcontrollers";
  convert(source, folder / "yolo", {.to = Format::yolo}, log);
  convert(folder / "yolo", folder / "coco", {.to = Format::coco}, log);
  for (const char* name : {"train", "val", "test"}) {
    const SplitFiles before = find_split(source, name);
    const SplitFiles after = find_split(folder / "coco", name);
    const Dataset a = read_coco(before.annotations, before.images);
    const Dataset b = read_coco(after.annotations, after.images);
    EXPECT_EQ(names_of(a), names_of(b));
    std::map<std::string, Record> records;
    for (const Record& record : b.records) {
      records[fs::path(record.path).filename().string()] = record;
    }
    for (const Record& record : a.records) {
      const Record& again = records.at(fs::path(record.path).filename().string());
      ASSERT_EQ(again.instances.size(), record.instances.size());
      for (size_t i = 0; i < record.instances.size(); ++i) {
        const Instance x = record.instances[i];
        const Instance y = again.instances[i];
        EXPECT_EQ(x.label, y.label);
        EXPECT_EQ(rle_of(x.segmentation.polygons, record.height, record.width).counts,
                  rle_of(y.segmentation.polygons, record.height, record.width).counts);
      }
    }
  }
}

}  // namespace
}  // namespace fovea
