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
              HasSubstr("no such file or folder"));
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
              HasSubstr("which is only read; name a place outside the data"));
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

TEST_F(Convert, CountsWhatIsWrittenBesideWhatWasRead) {
  const ConvertReport yolo = convert_to("coco", "yolo", {.to = Format::yolo});
  ASSERT_EQ(yolo.splits.size(), 1);
  EXPECT_EQ(yolo.splits[0].images, 2);
  EXPECT_EQ(yolo.splits[0].objects, 1) << "the crowd is lost";
  EXPECT_EQ(yolo.splits[0].objects_read, 2);
  EXPECT_EQ(convert_to("coco", "csv", {.to = Format::csv}).splits[0].objects, 1);
  EXPECT_EQ(convert_to("coco", "voc", {.to = Format::voc}).splits[0].objects, 2);
  EXPECT_EQ(convert_to("coco", "again", {.to = Format::coco}).splits[0].objects, 2);
}

TEST_F(Convert, ClipsBoxesThatReachOutOfTheirPicture) {
  std::string text = kTrain;
  text.replace(text.find("[10.5, 5, 20.25, 30]"), 20, "[90, -5, 4000, 30]");
  folder_.write("coco/annotations/instances_train.json", text);
  for (const Format to : {Format::csv, Format::voc}) {
    const std::string name(name_of(to));
    EXPECT_EQ(convert_to("coco", name, {.to = to}).lost.of(Loss::clipped), 1);
    convert_to(name, name + "_again", {.to = Format::coco});
    EXPECT_EQ(read(name + "_again").records.at(0).instances[0].box,
              (Box{.left = 90, .top = 0, .width = 10, .height = 25}));
  }
}

TEST_F(Convert, TakesACocoFileByItsName) {
  fs::rename(folder_ / "coco/annotations/instances_train.json", folder_ / "keypoints_val2017.json");
  EXPECT_THAT(error_of([&] { convert_to("keypoints_val2017.json", "y", {.to = Format::yolo}); }),
              HasSubstr("the folder of its pictures is not known; name it with --images"));
  const ConvertReport report = convert_to("keypoints_val2017.json", "y",
                                          {.to = Format::yolo, .images = folder_ / "coco/train"});
  EXPECT_EQ(report.splits.at(0).name, "val");
  EXPECT_TRUE(fs::exists(folder_ / "y/images/val/sub/a.png"));
  folder_.write("shapes.json", kTrain);
  EXPECT_THAT(
      convert_to("shapes.json", "z", {.to = Format::csv, .images = folder_ / "coco/train"}).remarks,
      testing::Contains(HasSubstr("shapes.json: taken as `train`")));
  EXPECT_THAT(error_of([&] {
                convert_to("y", "x", {.to = Format::coco, .images = folder_ / "coco/train"});
              }),
              HasSubstr("--images is for annotations of COCO"));
}

TEST_F(Convert, ReadsAnnotationsAloneWhereNoPicturesAreNeeded) {
  const ConvertOptions none{.to = Format::coco, .pictures = Placing::none};
  convert_to("coco", "alone", none);
  EXPECT_FALSE(fs::exists(folder_ / "alone/train"));
  EXPECT_THAT(error_of([&] { convert_to("alone", "x", {.to = Format::coco}); }),
              HasSubstr("--pictures none"));
  EXPECT_EQ(convert_to("alone", "again", none).splits.at(0).objects, 2);
  EXPECT_EQ(read_whole(folder_ / "alone/annotations/instances_train.json"),
            read_whole(folder_ / "again/annotations/instances_train.json"));
  for (const Format to : {Format::yolo, Format::voc, Format::csv}) {
    const std::string name(name_of(to));
    convert_to("alone", name, {.to = to, .pictures = Placing::none});
    EXPECT_THAT(error_of([&] { convert_to(name, "x", none); }), HasSubstr("`--pictures none`"));
  }
}

TEST_F(Convert, RefusesAnnotationsAloneThatLackASizeOrLeaveTheirFolder) {
  const ConvertOptions none{.to = Format::yolo, .pictures = Placing::none};
  fs::remove_all(folder_ / "coco/train");
  std::string text = kTrain;
  text.replace(text.find("sub/a.png"), 9, "../../x.p");
  folder_.write("coco/annotations/instances_train.json", text);
  EXPECT_THAT(error_of([&] { convert_to("coco", "x", none); }),
              HasSubstr("image 7: `../../x.p` leaves the folder of the pictures"));
  text = kTrain;
  text.replace(text.find("\"height\": 50, \"width\": 100, "), 28, "");
  folder_.write("coco/annotations/instances_train.json", text);
  EXPECT_THAT(error_of([&] { convert_to("coco", "x", none); }),
              HasSubstr("image 7 has no width and height, and no picture; "));
  EXPECT_EQ(
      convert_to("coco", "x", {.to = Format::yolo, .pictures = Placing::none, .skip_bad = true})
          .passed.count,
      1);
}

TEST_F(Convert, NeverWritesWherePicturesAreReadFrom) {
  convert_to("coco", "yolo", {.to = Format::yolo});
  folder_.write("other/data.yaml", "path: ../yolo\ntrain: images/train\nnames: [cat, dog, unused]");
  EXPECT_THAT(error_of([&] { convert_to("other", "yolo/out", {.to = Format::coco}); }),
              HasSubstr("which is only read"));
  EXPECT_THAT(error_of([&] {
                convert_to("other", "out",
                           {.to = Format::coco, .outputs = {folder_ / "yolo/account.json"}});
              }),
              HasSubstr("account.json: lies in the data set "));
  EXPECT_FALSE(fs::exists(folder_ / "yolo/out") || fs::exists(folder_ / "out"));
  fs::create_directory_symlink(folder_ / "coco/train", folder_ / "linked");
  const ConvertOptions options{.to = Format::csv, .images = folder_ / "linked"};
  fs::copy(folder_ / "coco/annotations/instances_train.json", folder_ / "train.json");
  EXPECT_THAT(error_of([&] { convert_to("train.json", "coco/train/out", options); }),
              HasSubstr("which is only read"));
}

TEST_F(Convert, AdvisesWhatConvertHas) {
  std::string text = kTrain;
  text.replace(text.find("20.25"), 5, "-2");
  folder_.write("coco/annotations/instances_train.json", text);
  EXPECT_THAT(error_of([&] { convert_to("coco", "out", {.to = Format::csv}); }),
              testing::AllOf(HasSubstr("(--skip-bad passes over such entries)"),
                             testing::Not(HasSubstr("data.allow"))));
  fs::remove_all(folder_ / "coco/train");
  EXPECT_THAT(error_of([&] { convert_to("coco", "out", {.to = Format::csv}); }),
              testing::AllOf(HasSubstr("--images"), testing::Not(HasSubstr("data.train.images"))));
}

TEST_F(Convert, KeepsOddFileNamesOrRefusesThem) {
  const std::string png = encode_png(Image::filled(50, 100, 1, 2, 3));
  const auto text_of = [](const std::string& name) {
    std::string text = kTrain;
    return text.replace(text.find("sub/a.png"), 9, name);
  };
  const std::vector<std::string> names = {" a.png",   "a .png",      "a.png ",  "a,b.png",
                                          "a\nb.png", "a\tb.png",    "\ta.png", "\"a\".png",
                                          "a\r.png",  "a'b&<c>.png", ", ,.png", "\"a, \"\".png",
                                          "  ä .png", "a\n\nb.png",  "a;b.png "};
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string set = fmt::format("odd{}", i);
    std::string escaped;
    for (const char c : names[i]) {
      escaped += c == '\n'   ? "\\n"
                 : c == '\t' ? "\\t"
                 : c == '\r' ? "\\r"
                 : c == '"'  ? "\\\""
                             : std::string(1, c);
    }
    folder_.write(set + "/train/" + names[i], png);
    folder_.write(set + "/train/b.png", png);
    folder_.write(set + "/annotations/instances_train.json", text_of(escaped));
    for (const Format to : {Format::csv, Format::voc}) {
      const std::string made = set + std::string(name_of(to));
      const bool has_control = names[i].find_first_of("\n\t\r") != std::string::npos;
      if (to == Format::voc && has_control) {
        EXPECT_THAT(error_of([&] { convert_to(set, made, {.to = to}); }),
                    HasSubstr("has a line end or another control character"));
        continue;
      }
      convert_to(set, made, {.to = to});
      convert_to(made, made + "_again", {.to = Format::coco});
      EXPECT_EQ(fs::path(read(made + "_again").records.at(0).path).filename().string(), names[i])
          << made;
    }
  }
  folder_.write("f/train/cat/a\xff.png", png);
  EXPECT_THAT(error_of([&] { convert_to("f", "x", {.to = Format::csv}); }),
              HasSubstr("is no UTF-8 text, which csv cannot hold; rename the picture"));
}

TEST_F(Convert, RefusesFoldersOfFoldersOfPictures) {
  const std::string png = encode_png(Image::filled(5, 10, 1, 2, 3));
  folder_.write("f/images/0/a.png", png);
  folder_.write("f/images/1/a.png", png);
  const ConvertOptions options{.from = Format::folders, .to = Format::coco};
  EXPECT_THAT(error_of([&] { convert_to("f", "out", options); }),
              HasSubstr("images: is taken for a class, but holds no pictures, only folders of "
                        "them, as `0`; name this folder"));
  EXPECT_EQ(convert_to("f/images", "out", options).classes, 2);
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
