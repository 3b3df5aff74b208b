#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/image/decode.h"
#include "fovea/image/encode.h"
#include "fovea/image/exif.h"
#include "support/running.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kTruth = R"({
  "images": [{"id": 1}, {"id": 2}],
  "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
  "annotations": [
    {"id": 0, "image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "area": 81, "iscrowd": 0},
    {"id": 1, "image_id": 2, "category_id": 1, "bbox": [0, 0, 9, 9], "area": 81, "iscrowd": 0}]})";
constexpr const char* kResults =
    R"([{"image_id": 2, "category_id": 1, "bbox": [0, 0, 9, 9], "score": 0.5}])";

class FoveaDataScore : public testing::Test {
 protected:
  std::vector<std::string> command(std::vector<std::string> more) const {
    std::vector<std::string> words = {"fovea-data", "score", truth_, results_};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  TempFolder folder_;
  std::string truth_ = folder_.write("truth.json", kTruth);
  std::string results_ = folder_.write("results.json", kResults);
};

TEST_F(FoveaDataScore, PrintsTheTwelveFigures) {
  const Finished finished = run(command({"--per-class"}));
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.out,
              AllOf(StartsWith(" Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | "
                               "maxDets=100 ] = 0.505\n"),
                    HasSubstr("cat          2")));
  EXPECT_THAT(finished.err, AllOf(StartsWith("fovea: warning: "), HasSubstr("annotation id 0")));
}

TEST_F(FoveaDataScore, PrintsJsonAlone) {
  const Finished finished = run(command({"--json", "-", "--quiet", "--per-class"}));
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.err, "");
  const JsonDocument json = JsonDocument::parse(finished.out, "out");
  EXPECT_DOUBLE_EQ(json.root().at("stats").items()[0].number(), 51.0 / 101);  // recall 0 .. 0.5
  EXPECT_EQ(json.root().at("names").items()[8].text(), "AR100");
  EXPECT_EQ(json.root().at("classes").items()[0].at("name").text(), "cat");
}

TEST_F(FoveaDataScore, TakesOwnThresholdsLimitsAndAreas) {
  const Finished finished =
      run(command({"--json", "-", "--quiet", "--iou-thresholds", "0.5,0.9", "--max-detections",
                   "5,1", "--areas", "all=0:1e10,tiny=0:80", "--class-agnostic"}));
  ASSERT_EQ(finished.status, 0) << finished.err;
  const JsonDocument json = JsonDocument::parse(finished.out, "out");
  EXPECT_EQ(json.root().at("stats").items()[0].number(), -1);  // of 100 detections
  EXPECT_DOUBLE_EQ(json.root().at("stats").items()[1].number(), 51.0 / 101);
  EXPECT_EQ(json.root().at("AP_at_iou").items()[1].at("iou").number(), 0.9);
  EXPECT_EQ(json.root().at("classes").size(), 1);
}

TEST_F(FoveaDataScore, ScoresMasksAndKeypoints) {
  const std::string truth = folder_.write("t.json", R"({
    "images": [{"id": 1, "height": 9, "width": 9}], "categories": [{"id": 1, "name": "person"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4], "area": 16,
      "iscrowd": 0, "segmentation": [[1, 1, 5, 1, 5, 5, 1, 5]], "num_keypoints": 2,
      "keypoints": [1, 1, 2, 5, 5, 2]}]})");
  const std::string found = folder_.write("f.json", R"([{"image_id": 1, "category_id": 1,
      "score": 1, "segmentation": {"size": [9, 9], "counts": [10, 4, 5, 4, 5, 4, 5, 4, 40]},
      "keypoints": [1, 1, 1, 5, 5, 1]}])");
  for (const std::string type : {"bbox", "segm", "keypoints"}) {
    std::vector<std::string> words = {"fovea-data", "score", truth,    found,
                                      "--iou-type", type,    "--json", "-"};
    if (type == "keypoints") words.insert(words.end(), {"--sigmas", "0.1,0.1"});
    const Finished finished = run(words);
    ASSERT_EQ(finished.status, 0) << finished.err;
    const JsonDocument json = JsonDocument::parse(finished.out, "out");
    EXPECT_EQ(json.root().at("iou_type").text(), type);
    EXPECT_EQ(json.root().at("stats").size(), type == "keypoints" ? 10 : 12);
    EXPECT_DOUBLE_EQ(json.root().at("stats").items()[0].number(), 1) << type;
  }
}

TEST_F(FoveaDataScore, ComparesTwoResultFilesAndDrawsCharts) {
  const std::string none = folder_.write("none.json", "[]");
  const std::string plots = (folder_ / "plots").string();
  const Finished finished =
      run(command({"--compare", none, "--resamples", "20", "--confusion", "--plots", plots}));
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("compared with " + none),
                                  HasSubstr("AP       0.505   0.000      +0.505"),
                                  HasSubstr("1 objects missed, 0 detections where nothing is")));
  EXPECT_TRUE(fs::exists(fs::path(plots) / "PR_curve.png"));
  EXPECT_TRUE(fs::exists(fs::path(plots) / "F1_curve.png"));
  EXPECT_TRUE(fs::exists(fs::path(plots) / "confusion_matrix.png"));
  const Finished json = run(command({"--compare", none, "--confusion", "--json", "-"}));
  const JsonDocument document = JsonDocument::parse(json.out, "out");
  EXPECT_EQ(document.root().at("comparison").items()[0].at("name").text(), "AP");
  EXPECT_EQ(document.root().at("confusion").at("labels").size(), 3);
}

TEST_F(FoveaDataScore, WritesJsonToAFile) {
  const std::string file = (folder_ / "out.json").string();
  EXPECT_EQ(run(command({"--json", file})).status, 0);
  EXPECT_EQ(JsonDocument::read(file).root().at("stats").size(), 12);
}

TEST_F(FoveaDataScore, ScoresAnEmptyListAsZero) {
  folder_.write("results.json", "[]");
  const Finished finished = run(command({"--json", "-"}));
  EXPECT_EQ(JsonDocument::parse(finished.out, "out").root().at("stats").items()[0].number(), 0);
}

TEST_F(FoveaDataScore, RefusesBadFilesInOneLine) {
  folder_.write("results.json", R"([{"image_id": 9}])");
  const Finished finished = run(command({}));
  EXPECT_EQ(finished.status, 2);
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, StartsWith("fovea: " + results_ + ":/0/image_id: there is no image 9"));
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1);
}

TEST_F(FoveaDataScore, WritesOverNeitherItsInputsNorARun) {
  const std::string before = read_whole(truth_);
  for (const std::string& file : {truth_, results_}) {
    const Finished finished = run(command({"--json", file}));
    EXPECT_EQ(finished.status, 2);
    EXPECT_THAT(finished.err, HasSubstr("is named twice, by "));
  }
  EXPECT_EQ(read_whole(truth_), before);
  folder_.write("run/run.yaml", "");
  const Finished finished = run(command({"--plots", (folder_ / "run").string()}));
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, HasSubstr("is a run folder"));
}

/// A data set of two splits with a box without area in one.
class FoveaDataCheck : public testing::Test {
 protected:
  FoveaDataCheck() {
    const Finished made = run({"fovea-data", "synthesize", set_, "--train", "6", "--val", "3",
                               "--size", "64", "--quiet"});
    EXPECT_EQ(made.status, 0) << made.err;
  }
  void spoil() const {
    const fs::path file = fs::path(set_) / "annotations/instances_val.json";
    std::string text = read_whole(file);
    const size_t box = text.find("\"bbox\":[");
    text.replace(box, text.find(']', box) + 1 - box, "\"bbox\":[1,2,0,4]");
    write_whole(file, text);
  }
  Finished check(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"fovea-data", "check", set_});
    return run(more);
  }
  TempFolder folder_;
  std::string set_ = (folder_ / "shapes").string();
};

TEST_F(FoveaDataCheck, PassesADataSetThatIsRight) {
  const Finished finished = check();
  EXPECT_EQ(finished.status, 0) << finished.out;
  EXPECT_THAT(finished.out,
              AllOf(HasSubstr("instances_train.json: 6 images, "),
                    HasSubstr("instances_val.json: 3 images, "), HasSubstr("\n0 errors, ")));
  EXPECT_THAT(finished.err, AllOf(HasSubstr("headers 6/6 images (100%)"),
                                  HasSubstr("fingerprints 9/9 images (100%)")));
  EXPECT_EQ(check({"--quiet"}).err, "");
}

TEST_F(FoveaDataCheck, SaysWhatIsWrongAsACompilerWould) {
  spoil();
  const Finished finished = check();
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(
      finished.out,
      AllOf(HasSubstr(set_ + "/annotations/instances_val.json:/annotations/0/bbox: error D204: "
                             "the box is 0 x 4 pixels; give it a positive width and height, or "
                             "drop it\n"),
            HasSubstr("\n1 error, ")));
  const Finished allowed = check({"--allow", "D204"});
  EXPECT_EQ(allowed.status, 0) << allowed.out;
  EXPECT_THAT(allowed.out, HasSubstr(": allowed D204: "));
}

TEST_F(FoveaDataCheck, SilencesAWarningThatIsAllowed) {
  const fs::path file = fs::path(set_) / "annotations/instances_val.json";
  write_whole(file, std::string("\xEF\xBB\xBF").append(read_whole(file)));
  ASSERT_THAT(check().out, AllOf(HasSubstr(": warning D151: "), Not(HasSubstr("allowed"))));
  const Finished allowed = check({"--allow", "D151"});
  EXPECT_THAT(allowed.out, AllOf(Not(HasSubstr("D151")), HasSubstr("\n0 errors, "),
                                 HasSubstr("; 1 allowed, not listed\n")));
  const JsonDocument json =
      JsonDocument::parse(check({"--allow", "D151", "--json", "-"}).out, "out");
  EXPECT_EQ(json.root().at("allowed").integer(), 1);
  EXPECT_FALSE(json.root().at("counts").find("D151").has_value());
}

TEST_F(FoveaDataCheck, TakesCodesInOneWordOrSeveralBeforeOrAfterTheDataSet) {
  spoil();
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--allow", "D204,D151", set_},
        {"--allow", "D151", "--allow", "D204", set_},
        {"--allow", "D151", "D204", set_},
        {set_, "--allow", "D151", "D204"}}) {
    std::vector<std::string> command = {"fovea-data", "check"};
    command.insert(command.end(), words.begin(), words.end());
    const Finished finished = run(command);
    EXPECT_EQ(finished.status, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr(": allowed D204: "));
  }
}

TEST_F(FoveaDataCheck, GivesItsFindingsAsJson) {
  spoil();
  const Finished finished = check({"--json", "-"});
  EXPECT_EQ(finished.status, 2);
  const JsonDocument json = JsonDocument::parse(finished.out, "out");
  EXPECT_EQ(json.root().at("errors").integer(), 1);
  EXPECT_EQ(json.root().at("counts").at("D204").integer(), 1);
  EXPECT_EQ(json.root().at("files").size(), 2);
  EXPECT_EQ(json.root().at("findings").items()[0].at("severity").text(), "error");
}

TEST_F(FoveaDataCheck, LooksAtNoPictureWhenToldSo) {
  write_whole(fs::path(set_) / "train/000001.jpg", "no picture");
  EXPECT_THAT(check().out, HasSubstr("train/000001.jpg: is no picture"));
  const Finished blind = check({"--no-pixels"});
  EXPECT_EQ(blind.status, 0) << blind.out;
  EXPECT_EQ(blind.err, "");
}

TEST_F(FoveaDataCheck, FindsDamageInsideWithDecodeAlone) {
  const fs::path file = fs::path(set_) / "train/000001.jpg";
  std::string jpeg = read_whole(file);
  jpeg.replace(jpeg.size() / 2, 2, "\xFF\xC4");
  write_whole(file, jpeg);
  EXPECT_EQ(check({"--near", "off"}).status, 0);
  const Finished finished = check({"--near", "off", "--decode"});
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.out, HasSubstr("error D510: " + file.string() + ": the JPEG data is dam"));
}

TEST_F(FoveaDataCheck, FindsLeaksByBytesAndByWhatPicturesShow) {
  const fs::path root = set_;
  fs::copy_file(root / "train/000001.jpg", root / "val/000001.jpg",
                fs::copy_options::overwrite_existing);
  save_image(root / "val/000002.jpg", upright(decode_image(root / "train/000003.jpg"), 2));
  const std::string exact = " error D601: is byte for byte " + (root / "train/000001.jpg").string();
  const Finished finished = check();
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.out, AllOf(HasSubstr(exact), HasSubstr("val/000002.jpg: warning D651: "),
                                  HasSubstr("of another split, mirrored, likeness ")));
  EXPECT_THAT(check({"--near", "off"}).out,
              AllOf(HasSubstr(exact), testing::Not(HasSubstr("D651"))));
}

TEST_F(FoveaDataCheck, ListsSomeOfManyFindingsAndCountsThemByCode) {
  const Finished finished = check({"--max-pixels", "100", "--max-errors", "2", "--near", "off"});
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.out, AllOf(HasSubstr("  D507 error         9  a picture over the limits of "
                                            "size (2 listed)\n"),
                                  HasSubstr("over the limit of 100 pixels")));
}

TEST_F(FoveaDataCheck, DrawsTheWorstFindings) {
  spoil();
  const fs::path sheet = folder_ / "sheet.png";
  EXPECT_EQ(check({"--sheet", sheet.string()}).status, 2);
  EXPECT_GT(decode_image(sheet).width, 280);
  const Finished refused = check({"--sheet", (folder_ / "sheet.jpg").string()});
  EXPECT_THAT(refused.err, HasSubstr("sheet.jpg: the sheet is a PNG file; "));
}

TEST_F(FoveaDataCheck, TakesASingleFileWithAndWithoutItsPictures) {
  const std::string file = set_ + "/annotations/instances_val.json";
  const Finished alone = run({"fovea-data", "check", file});
  EXPECT_EQ(alone.status, 0) << alone.out;
  EXPECT_THAT(alone.err,
              HasSubstr("its pictures are not looked at; name their folder with --images"));
  const Finished wrong = run({"fovea-data", "check", file, "--images", set_ + "/annotations"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.out, HasSubstr(":/images/0/file_name: error D503: there is no picture"));
}

TEST(FoveaDataConvert, SaysWhatItGuessedAndWhatIsLost) {
  const TempFolder folder;
  const std::string set = (folder / "shapes").string();
  const std::string yolo = (folder / "yolo").string();
  run({"fovea-data", "synthesize", set, "--train", "4", "--val", "2", "--size", "64", "--quiet"});
  const Finished made = run({"fovea-data", "convert", set, yolo, "--to", "yolo"});
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_THAT(made.out, AllOf(StartsWith(yolo + ": 5 classes\n  train: 4 images, "),
                              HasSubstr("\n  val: 2 images, ")));
  EXPECT_THAT(made.err, AllOf(HasSubstr(set + ": taken for coco: it has COCO annotations\n"),
                              HasSubstr("fovea: warning: lost: 6 x image ids; ")));
  const Finished back = run({"fovea-data", "convert", yolo, (folder / "coco").string(), "--to",
                             "coco", "--from", "yolo", "--json", "-", "--quiet"});
  EXPECT_EQ(back.status, 0) << back.err;
  const JsonDocument json = JsonDocument::parse(back.out, "out");
  EXPECT_EQ(json.root().at("from").text(), "yolo");
  EXPECT_EQ(json.root().at("splits").items()[0].at("images").integer(), 4);
  EXPECT_EQ(json.root().at("lost").size(), 0);
  EXPECT_EQ(run({"fovea-data", "check", (folder / "coco").string()}).status, 0);
}

TEST(FoveaDataConvert, TellsWhatIsWrittenAndWhatWasRead) {
  const TempFolder folder;
  folder.write("train.json", R"({"images": [{"id": 1, "file_name": "a.jpg", "width": 9,
    "height": 9}], "categories": [{"id": 1, "name": "cat"}], "annotations": [
    {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4], "area": 16, "iscrowd": 0},
    {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4], "area": 16, "iscrowd": 1}]})");
  const std::string out = (folder / "out").string();
  const Finished made = run({"fovea-data", "convert", (folder / "train.json").string(), out, "--to",
                             "csv", "--pictures", "none", "--json", (folder / "j").string()});
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(made.out, out + ": 1 class\n  train: 1 image, 1 object (of 2)\n");
  const JsonDocument json = JsonDocument::read(folder / "j");
  const JsonValue split = json.root().at("splits").items()[0];
  EXPECT_EQ(split.at("objects").integer(), 1);
  EXPECT_EQ(split.at("objects_read").integer(), 2);
}

TEST(FoveaDataConvert, RefusesBadInputInOneLineAndLeavesNothing) {
  const TempFolder folder;
  const std::string set = (folder / "set").string();
  folder.write("set/train.csv", "image,xmin,ymin,xmax,ymax,label\na.jpg,1,2,x,4,cat\n");
  const std::vector<std::string> command = {
      "fovea-data", "convert", set, (folder / "out").string(), "--to", "coco", "--quiet"};
  const Finished refused = run(command);
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(refused.err, "fovea: " + set + "/train.csv:2: xmax is `x`; give a place in pixels\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST(FoveaData, ExplainsEachCode) {
  const Finished finished = run({"fovea-data", "check", "--explain", "D204"});
  EXPECT_EQ(finished.status, 0);
  EXPECT_THAT(finished.out, AllOf(StartsWith("D204, an error: a box without area.\nRemedy: "),
                                  HasSubstr("data.allow=[D204]")));
  EXPECT_THAT(run({"fovea-data", "check", "--explain", "all"}).out,
              AllOf(HasSubstr("D100  error "), HasSubstr("D602  error "),
                    HasSubstr("D651  warning "), HasSubstr("D581  note ")));
}

TEST(FoveaData, RefusesWrongWordsInOneLine) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> calls = {
      {{},
       "fovea: no command was given; known: check, clean, convert, score, show, split, stats, "
       "synthesize\n"},
      {{"scor"},
       "fovea: `scor` is no command of fovea-data; known: check, clean, convert, score, show, "
       "split, "
       "stats, "
       "synthesize\n"},
      {{"check"}, "fovea: no data set is named; give its folder or a COCO JSON file\n"},
      {{"check", "nowhere"}, "fovea: nowhere: no such file"},
      {{"check", "x", "--allow", "D999"}, "fovea: `D999` is no code of a defect; "},
      {{"check", "x", "--near", "17"}, "fovea: --near: `17` is no number of bits; give 0 to 16"},
      {{"check", "x", "--no-pixels", "--decode"}, "fovea: --no-pixels looks at no picture, "},
      {{"check", "x", "--max-pixels", "0"}, "fovea: --max-pixels: Value 0 not in range"},
      {{"score", "a", "b", "--per-clas"}, "fovea: `--per-clas` is not expected here; "},
      {{"convert", "a", "b"}, "fovea: --to is required; see `fovea-data convert --help`\n"},
      {{"convert", "a", "b", "--to", "xml"}, "fovea: --to: xml not in {"},
      {{"convert", "nowhere", "b", "--to", "csv"}, "fovea: nowhere: no such file or folder; "},
      {{"score", "a"}, "fovea: DT.json is required; see `fovea-data score --help`\n"},
      {{"score", "a", "b", "--iou-type", "mask"}, "fovea: --iou-type: mask not in {"},
      {{"score", "a", "b", "--areas", "small"}, "fovea: --areas: `small` is no area range; "},
      {{"score", "a", "b", "--iou-thresholds", "2"}, "fovea: --iou-thresholds: Value 2 not in"},
      {{"score", "a", "b", "--sigmas", "1"}, "fovea: --sigmas are of keypoints; "},
      {{"score", "a", "b", "--seed", "1"}, "fovea: --seed requires --compare; "},
      {{"synthesize", ""}, "fovea: no folder is named; give the folder to make\n"},
  };
  for (const auto& [words, expected] : calls) {
    std::vector<std::string> command = {"fovea-data"};
    command.insert(command.end(), words.begin(), words.end());
    const Finished finished = run(command);
    EXPECT_EQ(finished.status, 2) << expected;
    EXPECT_THAT(finished.err, StartsWith(expected));
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    EXPECT_EQ(finished.out, "");
  }
}

TEST(FoveaData, RefusesNumbersThatAreNotWholeInBaseTenOrOutOfRange) {
  const std::vector<std::array<std::string, 3>> numbers = {
      {"--train", "many", "0 to 10000000"},
      {"--train", "10000001", "0 to 10000000"},
      {"--val", "1e3", "0 to 10000000"},
      {"--test", "", "0 to 10000000"},
      {"--size", "31", "32 to 4096"},
      {"--size", "0x40", "32 to 4096"},
      {"--seed", "-1", "0 to 18446744073709551615"},
      {"--seed", "18446744073709551616", "0 to 18446744073709551615"},
  };
  const TempFolder folder;
  for (const auto& [option, number, range] : numbers) {
    const Finished finished =
        run({"fovea-data", "synthesize", (folder / "out").string(), option, number});
    EXPECT_EQ(finished.status, 2) << option << " " << number;
    EXPECT_EQ(finished.err, "fovea: " + option + ": `" + number + "` is no whole number from " +
                                range + "; see `fovea-data synthesize --help`\n");
  }
}

TEST(FoveaData, TakesZerosInFrontOfANumberForNothing) {
  const TempFolder folder;
  const std::string seed = "0018446744073709551615";
  const Finished made = run({"fovea-data", "synthesize", (folder / "out").string(), "--train",
                             "010", "--val", "0", "--size", "032", "--seed", seed});
  EXPECT_EQ(made.status, 0) << made.err;
  const auto json = JsonDocument::read(folder / "out/annotations/instances_train.json");
  EXPECT_EQ(json.root().at("images").size(), 10);
  EXPECT_EQ(json.root().at("images").items()[0].at("width").integer(), 32);
  EXPECT_EQ(json.root().at("info").at("seed").text(), seed.substr(2));
}

TEST(FoveaData, LeavesNothingWhenASignalStopsItAndSaysWhich) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const TempFolder folder;
    const std::string out = (folder / "shapes").string();
    Running synthesize({"fovea-data", "synthesize", out, "--train", "1000000"});
    EXPECT_TRUE(synthesize.says("synthesize 1/1000080 images"));
    kill(synthesize.pid(), signal);
    EXPECT_EQ(synthesize.status(), 128 + signal);
    EXPECT_THAT(synthesize.said(), HasSubstr("stopped; what was begun is removed\n"));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  }
}

TEST(FoveaData, SynthesizesADataSetOnceAndTouchesNoOther) {
  const TempFolder folder;
  const std::string out = (folder / "shapes").string();
  const std::vector<std::string> command = {"fovea-data", "synthesize", out, "--train",
                                            "2",          "--val",      "1", "--quiet"};
  const Finished made = run(command);
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(made.err, "");
  const std::filesystem::path root = out;
  EXPECT_TRUE(std::filesystem::exists(root / "train/000002.jpg"));
  EXPECT_EQ(JsonDocument::read(root / "annotations/instances_val.json").root().at("images").size(),
            1);
  const Finished again = run(command);
  EXPECT_EQ(again.status, 2);
  EXPECT_THAT(again.err, StartsWith("fovea: " + out));
}

TEST(FoveaData, HelpNamesEveryOptionItsDefaultAndRange) {
  const Finished all = run({"fovea-data", "--help"});
  EXPECT_EQ(all.status, 0);
  EXPECT_THAT(all.out, AllOf(HasSubstr("score"), HasSubstr("synthesize"), HasSubstr("--version")));
  const Finished one = run({"fovea-data", "synthesize", "--help"});
  EXPECT_EQ(one.status, 0);
  EXPECT_THAT(one.out, AllOf(HasSubstr("--size"), HasSubstr("=160"), HasSubstr("[32 - 4096]"),
                             HasSubstr("--train"), HasSubstr("=400"), HasSubstr("detect")));
}

TEST(FoveaData, SaysItsVersion) {
  EXPECT_THAT(run({"fovea-data", "--version"}).out,
              AllOf(StartsWith("fovea-data 0."), HasSubstr("\ncommit "), HasSubstr("\nOpenCV ")));
}

}  // namespace
}  // namespace fovea
