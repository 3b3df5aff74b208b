// fovea-data stats and show, as a user runs them.
#include <gmock/gmock.h>

#include <algorithm>

#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// A made data set of 6 and 3 pictures.
class MadeSet : public testing::Test {
 protected:
  void SetUp() override {
    const Finished made = run({"fovea-data", "synthesize", data_, "--train", "6", "--val", "3",
                               "--size", "64", "--quiet"});
    ASSERT_EQ(made.status, 0) << made.err;
  }
  std::string in(std::string_view name) const { return (folder_ / name).string(); }
  /// The names in a folder, sorted.
  std::vector<std::string> names(std::string_view name) const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(folder_ / name)) {
      all.push_back(entry.path().filename().string());
    }
    std::sort(all.begin(), all.end());
    return all;
  }
  TempFolder folder_;
  std::string data_ = (folder_ / "shapes").string();
};

using Stats = MadeSet;
using Show = MadeSet;

TEST_F(Stats, PrintsTablesAndDrawsCharts) {
  const Finished finished = run({"fovea-data", "stats", data_, "--plot", in("page.png")});
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("train  val"), HasSubstr("\nimages"),
                                  HasSubstr("picture sizes: 64 x 64 (100.0 %)")));
  EXPECT_THAT(read_whole(folder_ / "page.png"), StartsWith("\x89PNG"));
}

TEST_F(Stats, PrintsJsonAloneAndTheSameAgain) {
  const std::vector<std::string> command = {"fovea-data", "stats",  data_, "--split",
                                            "val",        "--json", "-",   "--quiet"};
  const Finished finished = run(command);
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_EQ(finished.err, "");
  const JsonDocument json = JsonDocument::parse(finished.out, "out");
  EXPECT_EQ(json.root().at("all").at("images").integer(), 3);
  EXPECT_EQ(run(command).out, finished.out);
}

TEST_F(Stats, PassesOverBrokenEntriesAndSaysSo) {
  const std::string file = folder_.write("broken.json", R"({
    "images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}],
    "categories": [{"id": 1, "name": "cat"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 5]},
                    {"id": 2, "image_id": 1, "category_id": 1, "bbox": [0, 0, 0, 5]}]})");
  const Finished finished = run({"fovea-data", "stats", file});
  EXPECT_EQ(finished.status, 0);
  EXPECT_THAT(finished.err, HasSubstr("1 entry with errors (1 x D204) is passed over"));
  EXPECT_THAT(finished.out, HasSubstr("\nobjects                               1\n"));
}

TEST_F(Stats, RefusesWhatItCannotUse) {
  const std::string torn = folder_.write("torn.json", "{\"images\": [");
  for (const auto& [words, line] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{torn}, "torn.json"},
           {{data_, "--plot", in("page.jpg")}, "end it in .png"},
           {{data_, "--images", in("x")}, "--images belongs to a single annotation file"},
           {{data_, "--split", "test"}, "has no split `test`"},
           {{folder_.write("a.json", "[]"), "--split", "val"}, "--split belongs to the folder"},
           {{in("none")}, "none"}}) {
    std::vector<std::string> command = {"fovea-data", "stats"};
    command.insert(command.end(), words.begin(), words.end());
    const Finished finished = run(command);
    EXPECT_EQ(finished.status, 2) << line;
    EXPECT_THAT(finished.err, AllOf(HasSubstr("fovea: "), HasSubstr(line)));
    EXPECT_EQ(finished.out, "");
  }
}

TEST_F(Show, DrawsPicturesAndAPageTheSameAgain) {
  for (const std::string again : {"1", "2"}) {
    const Finished finished = run({"fovea-data", "show", data_, "--limit", "4", "--seed", "7",
                                   "--out", in("out" + again), "--html", in(again + ".html")});
    ASSERT_EQ(finished.status, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("out" + again + ": 4 pictures of 6\n"));
    EXPECT_THAT(finished.err, HasSubstr("showing the split `train`; --split names another"));
  }
  EXPECT_EQ(read_whole(folder_ / "1.html"), read_whole(folder_ / "2.html"));
  ASSERT_EQ(names("out1").size(), 4);
  EXPECT_EQ(names("out1"), names("out2"));
  for (const std::string& name : names("out1")) {
    EXPECT_EQ(read_whole(folder_ / "out1" / name), read_whole(folder_ / "out2" / name));
  }
}

TEST_F(Show, TakesImagesByIdAndNameAndOneFile) {
  const std::string annotations = data_ + "/annotations/instances_train.json";
  const JsonDocument json = JsonDocument::read(annotations);
  const JsonValue last = json.root().at("images").items().back();
  const std::string id = std::to_string(last.at("id").integer());
  const std::string name(last.at("file_name").text());
  for (const std::string& wanted : {id, name}) {
    const Finished finished = run({"fovea-data", "show", data_, "--image", wanted, "--out",
                                   in("one" + wanted + ".png"), "--quiet"});
    ASSERT_EQ(finished.status, 0) << finished.err;
  }
  EXPECT_EQ(read_whole(folder_ / ("one" + id + ".png")),
            read_whole(folder_ / ("one" + name + ".png")));
}

TEST_F(Show, ComparesPredictionsWithTheTruth) {
  const JsonDocument json = JsonDocument::read(data_ + "/annotations/instances_val.json");
  std::string results = "[";  // one that is right, one that is not
  const JsonValue object = json.root().at("annotations").items()[0];
  for (const std::string& box : {object.at("bbox").raw(), std::string("[0, 0, 1, 1]")}) {
    results += results.size() > 1 ? "," : "";
    results += R"({"image_id":)" + object.at("image_id").raw() + R"(,"category_id":)" +
               object.at("category_id").raw() + R"(,"score":0.9,"bbox":)" + box + "}";
  }
  const std::string file = folder_.write("found.json", results + "]");
  const Finished finished = run({"fovea-data", "show", data_, "--split", "val", "--predictions",
                                 file, "--html", in("page.html"), "--quiet"});
  ASSERT_EQ(finished.status, 0) << finished.err;
  int64_t objects = 0;  // that are no crowd
  for (const JsonValue& entry : json.root().at("annotations").items()) {
    objects += entry.at("iscrowd").integer() == 0 ? 1 : 0;
  }
  EXPECT_THAT(finished.out, HasSubstr("at IoU 0.5: 1 object found, " + std::to_string(objects - 1) +
                                      " missed, 1 prediction wrong\n"));
  EXPECT_THAT(read_whole(folder_ / "page.html"), HasSubstr("\"verdict\":\"wrong\""));
}

TEST_F(Show, WarnsOfLettersThatNoFontHas) {
  const fs::path json = folder_ / "shapes/annotations/instances_val.json";
  std::string text = read_whole(json);
  const size_t name = text.find("\"circle\"");
  ASSERT_NE(name, std::string::npos);
  folder_.write("gt.json", text.replace(name, 8, "\"\U000F1234\""));
  const Finished finished = run(
      {"fovea-data", "show", in("gt.json"), "--images", in("shapes/val"), "--out", in("drawn")});
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("no font of this machine has all letters of the class"));
}

TEST_F(Show, RefusesWhatItCannotDoAndNeverWritesIntoTheData) {
  folder_.write("full/a.txt", "mine");
  const std::string annotations = data_ + "/annotations/instances_train.json";
  for (const auto& [words, line] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{data_}, "--html"},
           {{data_, "--out", in("full")}, "is no empty folder"},
           {{data_, "--out", data_ + "/drawn"}, "lies in the data set"},
           {{data_, "--html", data_ + "/train/a.html"}, "lies in the data set"},
           {{annotations, "--out", in("o")}, "name it with --images"},
           {{data_, "--out", in("o.png")}, "name one with --image"},
           {{data_, "--out", in("o"), "--image", "nowhere.jpg"}, "nowhere.jpg"},
           {{data_, "--out", in("o"), "--class", "circel"}, "there is no class `circel`"},
           {{data_, "--out", in("o"), "--score", "0.5"}, "--predictions"}}) {
    std::vector<std::string> command = {"fovea-data", "show"};
    command.insert(command.end(), words.begin(), words.end());
    const Finished finished = run(command);
    EXPECT_EQ(finished.status, 2) << line;
    EXPECT_THAT(finished.err, HasSubstr(line));
  }
  EXPECT_FALSE(fs::exists(folder_ / "o"));
  EXPECT_EQ(names("full").size(), 1);
}

}  // namespace
}  // namespace fovea
