#include <gmock/gmock.h>

#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kSpoilt = R"({"images": [{"id": 1, "file_name": "a.jpg", "width": 9,
  "height": 9}], "categories": [{"id": 1, "name": "cat"}], "annotations": [
  {"id": 1.0, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4], "area": 16},
  {"id": 2, "image_id": 7, "category_id": 1, "bbox": [1, 1, 4, 4], "area": 16, "iscrowd": 0},
  {"id": 3, "image_id": 1, "category_id": 1, "bbox": [1, 1], "area": 16, "iscrowd": 0}]})";

TEST(FoveaDataClean, ListsWhatItDidAndWhatIsLeft) {
  const TempFolder folder;
  const std::string in = folder.write("in.json", kSpoilt).string();
  const std::string out = (folder / "out.json").string();
  const Finished finished = run({"fovea-data", "clean", in, out, "--quiet"});
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(
      finished.out,
      AllOf(HasSubstr(in + ":/annotations/0/id: D103 1.0 -> 1; a whole number, written as one\n"),
            HasSubstr(in + ":/annotations/0/iscrowd: D153 added 0; "),
            HasSubstr(in + ":/annotations/1: D107 dropped; there is no image 7\n"),
            HasSubstr(out + ":/annotations/1/bbox: error D201: "),
            HasSubstr(out + ": 2 values repaired, 1 entry dropped; left: 1 error, 0 warnings\n")));
  EXPECT_EQ(read_whole(in), kSpoilt);
  const std::vector<std::string> again = {"fovea-data", "clean", in,       out, "--quiet",
                                          "--drop",     "D201",  "--json", "-"};
  EXPECT_THAT(run(again).err, HasSubstr("out.json: is there already; name another file"));
  fs::remove(out);
  const Finished dropped = run(again);
  EXPECT_EQ(dropped.status, 0) << dropped.err;
  const JsonDocument json = JsonDocument::parse(dropped.out, "out");
  EXPECT_EQ(json.root().at("files").items()[0].at("dropped").integer(), 2);
  EXPECT_EQ(run({"fovea-data", "check", out, "--quiet"}).status, 0);
}

TEST(FoveaData, NeverWritesAmongTheData) {
  const TempFolder folder;
  const std::string set = (folder / "shapes").string();
  ASSERT_EQ(run({"fovea-data", "synthesize", set, "--train", "6", "--val", "3", "--size", "64",
                 "--quiet"})
                .status,
            0);
  const std::string train = set + "/annotations/instances_train.json";
  const std::string val = set + "/annotations/instances_val.json";
  const std::string before = read_whole(val);
  const std::string out = (folder / "out").string();
  const std::vector<std::vector<std::string>> commands = {
      {"check", set, "--json", val},
      {"check", train, "--json", val},
      {"check", set, "--sheet", set + "/train/000001.png"},
      {"clean", train, val},
      {"clean", set, set + "/clean"},
      {"clean", set, out, "--json", val},
      {"split", set, set + "/parts", "--split", "train"},
      {"split", set, out, "--split", "train", "--json", val},
      {"convert", set, out, "--to", "yolo", "--json", val},
      {"stats", set, "--json", val},
      {"stats", set, "--plot", set + "/train/000001.png"},
      {"show", set, "--html", set + "/look.html"},
  };
  for (std::vector<std::string> words : commands) {
    words.insert(words.begin(), "fovea-data");
    const Finished finished = run(words);
    EXPECT_EQ(finished.status, 2) << testing::PrintToString(words);
    EXPECT_THAT(finished.err, HasSubstr("lies in the data set ")) << testing::PrintToString(words);
  }
  EXPECT_EQ(read_whole(val), before);
  EXPECT_FALSE(fs::exists(set + "/clean") || fs::exists(set + "/parts"));
}

TEST(FoveaDataClean, NeverWritesOverItsInput) {
  const TempFolder folder;
  const std::string in = folder.write("in.json", kSpoilt).string();
  const Finished finished = run({"fovea-data", "clean", in, in});
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, HasSubstr("is named twice"));
  const Finished allowed =
      run({"fovea-data", "clean", in, (folder / "x").string(), "--drop", "D153"});
  EXPECT_EQ(allowed.status, 2);
  EXPECT_FALSE(fs::exists(folder / "x"));
}

TEST(FoveaDataClean, MakesAWholeDataSet) {
  const TempFolder folder;
  const std::string in = (folder / "shapes").string();
  const std::string out = (folder / "clean").string();
  ASSERT_EQ(run({"fovea-data", "synthesize", in, "--train", "3", "--val", "2"}).status, 0);
  const Finished finished = run({"fovea-data", "clean", in, out});
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_EQ(read_whole(fs::path(out) / "annotations/instances_val.json"),
            read_whole(fs::path(in) / "annotations/instances_val.json"));
  EXPECT_EQ(run({"fovea-data", "check", out}).status, 0);
  EXPECT_EQ(run({"fovea-data", "clean", in, out}).status, 2);  // it is not empty now
}

TEST(FoveaDataSplit, DividesADataSetThatThenPassesTheCheck) {
  const TempFolder folder;
  const std::string in = (folder / "shapes").string();
  const std::string out = (folder / "parts").string();
  ASSERT_EQ(run({"fovea-data", "synthesize", in, "--train", "40", "--val", "0"}).status, 0);
  const Finished finished =
      run({"fovea-data", "split", in, out, "--parts", "train=rest,val=10", "--quiet"});
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("circle"), HasSubstr("kept together: ")));
  const Finished checked = run({"fovea-data", "check", out, "--quiet"});
  EXPECT_EQ(checked.status, 0) << checked.out;
  EXPECT_THAT(checked.out, AllOf(HasSubstr(": 30 images"), HasSubstr(": 10 images")));
  const std::string folds = (folder / "folds").string();
  EXPECT_EQ(run({"fovea-data", "split", in, folds, "--folds", "4", "--quiet"}).status, 0);
  EXPECT_EQ(run({"fovea-data", "check", folds + "/fold3", "--quiet"}).status, 0);
}

TEST(FoveaDataSplit, SaysWhatFoldsMayBe) {
  const TempFolder folder;
  const std::string in = (folder / "shapes").string();
  const std::string out = (folder / "out").string();
  ASSERT_EQ(run({"fovea-data", "synthesize", in, "--train", "5", "--val", "0"}).status, 0);
  const auto refusal = [&](const std::vector<std::string>& more) {
    std::vector<std::string> command = {"fovea-data", "split", in, out, "--quiet"};
    command.insert(command.end(), more.begin(), more.end());
    const Finished finished = run(command);
    EXPECT_EQ(finished.status, 2);
    return finished.err;
  };
  EXPECT_THAT(refusal({"--folds", "1"}),
              HasSubstr("`1` is no number of folds; give 2 to 1000, or 0 for none"));
  EXPECT_THAT(refusal({"--folds", "500"}),
              HasSubstr("5 images cannot be divided into 500 folds; ask for at most 5 folds"));
  EXPECT_THAT(refusal({"--folds", "2", "--parts", "train=0.6,val=0.2,test=0.2"}),
              HasSubstr("--parts: `val` of 2 folds is a part in 2 of what is not held out; "));
  folder.write("out/x", "");
  EXPECT_THAT(refusal({}), HasSubstr("the folder is not empty"));
}

TEST(FoveaData, ReadsAnnotationsAloneWhoseFolderOfPicturesIsAbsent) {
  const TempFolder folder;
  const std::string in = (folder / "shapes").string();
  const std::string out = (folder / "alone").string();
  ASSERT_EQ(run({"fovea-data", "synthesize", in, "--train", "3", "--val", "0"}).status, 0);
  ASSERT_EQ(run({"fovea-data", "convert", in, out, "--to", "coco", "--pictures", "none"}).status,
            0);
  EXPECT_EQ(run({"fovea-data", "check", out, "--no-pixels"}).status, 0);
  EXPECT_EQ(run({"fovea-data", "stats", out}).status, 0);
  const Finished finished = run({"fovea-data", "check", out});
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, HasSubstr("name the annotation file, and the folder of its pictures "
                                      "with --images"));
}

TEST(FoveaDataSplit, AsksWhichSplitIsMeant) {
  const TempFolder folder;
  const std::string in = (folder / "shapes").string();
  ASSERT_EQ(run({"fovea-data", "synthesize", in, "--train", "3", "--val", "3"}).status, 0);
  const Finished finished = run({"fovea-data", "split", in, (folder / "out").string()});
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, HasSubstr("has 2 splits already; say which of them"));
}

TEST(FoveaDataClean, TakesOneWordOfCodesAfterEachDrop) {
  const TempFolder folder;
  const std::string in = folder.write("in.json", kSpoilt).string();
  const Finished finished = run({"fovea-data", "clean", "--drop", "D301,D302", "--drop", "D303", in,
                                 (folder / "x").string()});
  EXPECT_TRUE(fs::exists(folder / "x")) << finished.err;
}

}  // namespace
}  // namespace fovea
