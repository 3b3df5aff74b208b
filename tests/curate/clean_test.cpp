#include "fovea/curate/clean.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/data/rle.h"
#include "fovea/image/encode.h"
#include "support/coco_content.h"
#include "support/stopping_log.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::string image(const std::string& fields, int id = 6) {
  return fmt::format(R"({}, {{"id": {}, "file_name": "2.jpg", "width": 100, "height": 80{}{}}})",
                     kCocoImage, id, fields.empty() ? "" : ", ", fields);
}

std::string and_another(const std::string& fields, int id = 2) {
  return fmt::format("{},{}", coco_annotation(), coco_annotation(fields, id));
}

class Clean : public testing::Test {
 protected:
  Clean() {
    for (const char* name : {"1.jpg", "2.jpg", "A.jpg", "a.jpg"}) {
      folder_.write("images/" + std::string(name),
                    encode_jpeg(Image::filled(80, 100, 9, 9, 9), 90));
    }
    folder_.write("images/torn.jpg", "no picture");
  }

  CleanReport clean(const std::string& text, const std::vector<std::string>& drop = {}) const {
    folder_.write("in.json", text);
    return clean_coco(folder_ / "in.json", folder_ / "out.json",
                      {.images = folder_ / "images", .drop = drop}, quiet_);
  }
  std::string result() const { return read_whole(folder_ / "out.json"); }
  /// The value of a field of an annotation of the result.
  std::string value(const std::string& key, size_t index = 0) const {
    const JsonDocument document = JsonDocument::read(folder_ / "out.json");
    return document.root().at("annotations").items().at(index).at(key).raw();
  }
  size_t annotations() const {
    return JsonDocument::read(folder_ / "out.json").root().at("annotations").size();
  }
  static std::set<std::string> codes(const CleanReport& report) {
    std::set<std::string> codes;
    for (const auto& [code, count] : report.counts) codes.insert(code);
    return codes;
  }
  static std::set<std::string> codes_left(const CleanReport& report) {
    std::set<std::string> codes;
    for (const auto& [code, times] : report.left.counts) codes.insert(code);
    return codes;
  }

  TempFolder folder_;
  mutable NoLog quiet_;
};

TEST_F(Clean, ChangesNoByteOfAFileThatIsRight) {
  const std::string text = CocoContent().text();
  const CleanReport report = clean(text);
  EXPECT_TRUE(report.actions.empty());
  EXPECT_TRUE(report.left.counts.empty());
  EXPECT_EQ(result(), text);
}

/// A defect that is repaired, and one that nobody can repair without knowing more.
struct Fixture {
  std::string code = {};
  CocoContent content = {};
};

const std::string kMask = R"("segmentation": {"size": [80, 100], "counts": )";

std::vector<Fixture> repairable() {
  const auto with = [](const std::string& fields) {
    return CocoContent{.annotations = coco_annotation(fields)};
  };
  return {
      {"D101", with(R"("x": 1}, {"image_id": 5, "category_id": 3, "bbox": [9, 9, 4, 4], "area": 16,
                      "iscrowd": 0)")},
      {"D103", {.annotations = and_another(R"("id": 1.5, "bbox": [9, 9, 30, 40])")}},
      {"D103", {.annotations = coco_annotation(R"("image_id": 5.0, "category_id": "3")")}},
      {"D104", {.images = fmt::format("{0}, {0}", kCocoImage)}},
      {"D105", {.categories = fmt::format("{0}, {0}", kCocoCategory)}},
      {"D106", {.annotations = and_another(R"("bbox": [5, 5, 30, 40])", 1)}},
      {"D107", {.annotations = and_another(R"("image_id": 9)")}},
      {"D108", {.annotations = and_another(R"("category_id": 9)")}},
      {"D152", {.images = image(R"("width": null)")}},
      {"D153", with(R"("iscrowd": null)")},
      {"D154", with(R"("area": null)")},
      {"D155", {.annotations = coco_annotation("", 0)}},
      {"D204", {.annotations = and_another(R"("bbox": [1, 2, 0, 3])")}},
      {"D205", {.annotations = and_another(R"("bbox": [100, 2, 5, 3])")}},
      {"D251", with(R"("bbox": [90, 2, 30, 40], "area": 400)")},
      {"D253", {.annotations = and_another("")}},
      {"D254", with(R"("area": 2000, "segmentation": [[1, 2, 31, 2, 31, 42, 1, 42]])")},
      {"D301", with(R"("segmentation": [[1, 2, 31, 2, 31, 42], [1, 2, 3]])")},
      {"D304", with(R"("segmentation": [1, 2, 31, 2, 31, 42])")},
      {"D351", with(R"("iscrowd": 1, "segmentation": [[1, 2, 31, 2, 31, 42]])")},
      {"D451", with(R"("keypoints": [1, 2, 2, 1, 2, 0], "num_keypoints": 2)")},
      {"D506", {.images = image(R"("width": 101)")}},
  };
}

std::vector<Fixture> beyond_repair() {
  return {
      {"D102", {.annotations = and_another(R"("iscrowd": 2)")}},
      {"D104", {.images = image("", 5)}},
      {"D105", {.categories = fmt::format(R"({}, {{"id": 3, "name": "dog"}})", kCocoCategory)}},
      {"D201", {.annotations = and_another(R"("bbox": [1, 2, 3])")}},
      {"D301", {.annotations = and_another(R"("segmentation": [[1, 2, 3]])")}},
      {"D302", {.annotations = and_another(kMask + "[7]}")}},
      {"D303", {.annotations = and_another(R"("segmentation": {"size": [9, 9], "counts": [81]})")}},
      {"D304", {.annotations = and_another(R"("segmentation": 7)")}},
      {"D401", {.annotations = and_another(R"("keypoints": [1, 2])")}},
      {"D402", {.annotations = and_another(R"("keypoints": [1, 2, 3])")}},
      {"D501", {.images = image(R"("file_name": "")")}},
      {"D502", {.images = image(R"("file_name": "../outside.jpg")")}},
      {"D503", {.images = image(R"("file_name": "none.jpg")")}},
      {"D511", {.images = image(R"("file_name": "torn.jpg")")}},
  };
}

TEST_F(Clean, RepairsEachDefectAndSaysWhich) {
  for (const auto& [code, content] : repairable()) {
    const CleanReport report = clean(content.text());
    EXPECT_EQ(codes(report), std::set<std::string>{code}) << content.text();
    EXPECT_THAT(codes_left(report), Not(Contains(code))) << result();
    for (const auto& [left, times] : report.left.counts) {
      EXPECT_EQ(defect_kind(left).severity, Severity::warning) << left << ": " << result();
    }
  }
}

TEST_F(Clean, FindsNothingMoreToDoInItsOwnResult) {
  std::vector<Fixture> all = repairable();
  for (Fixture& fixture : beyond_repair()) all.push_back(std::move(fixture));
  for (const auto& [code, content] : all) {
    clean(content.text());
    const std::string once = result();
    EXPECT_TRUE(clean(once).actions.empty()) << code << ": " << once;
    EXPECT_EQ(result(), once) << code;
  }
}

TEST_F(Clean, LeavesWhatItWouldHaveToGuess) {
  for (const auto& [code, content] : beyond_repair()) {
    const CleanReport report = clean(content.text());
    EXPECT_THAT(codes_left(report), Contains(code)) << content.text();
    EXPECT_EQ(result(), content.text()) << code;
  }
}

TEST_F(Clean, DropsWhatItIsToldToDrop) {
  for (const auto& [code, content] : beyond_repair()) {
    const CleanReport report = clean(content.text(), {code});
    EXPECT_THAT(codes_left(report), Not(Contains(code))) << result();
    EXPECT_EQ(report.counts.at(code).dropped, 1) << code;
  }
}

TEST_F(Clean, DropsImagesWithTheirAnnotations) {
  const CocoContent content{.annotations = and_another(R"("image_id": 6)"),
                            .images = image(R"("file_name": "none.jpg")")};
  const CleanReport report = clean(content.text(), {"D503"});
  EXPECT_EQ(annotations(), 1);
  EXPECT_EQ(report.counts.at("D107").dropped, 1);
  EXPECT_THAT(result(), Not(HasSubstr("none.jpg")));
}

TEST_F(Clean, RemovesTheByteOrderMark) {
  const CleanReport report = clean(std::string("\xEF\xBB\xBF").append(CocoContent().text()));
  EXPECT_EQ(codes(report), std::set<std::string>{"D151"});
  EXPECT_EQ(result(), CocoContent().text());
}

TEST_F(Clean, TakesAreaAndBoxFromTheMask) {
  const std::string polygon = R"("segmentation": [[10, 10, 20, 10, 20, 30, 10, 30]])";
  clean(CocoContent{.annotations = coco_annotation(R"("area": null, "bbox": null, )" + polygon)}
            .text());
  EXPECT_EQ(value("area"), "200");
  EXPECT_EQ(value("bbox"), "[10,10,10,20]");
  clean(CocoContent{.annotations = coco_annotation(R"("area": null)")}.text());
  EXPECT_EQ(value("area"), "1200");
}

TEST_F(Clean, ClipsABoxUnlessItsMaskEndsElsewhere) {
  clean(CocoContent{.annotations = coco_annotation(R"("bbox": [-5, 70, 30.5, 40], "area": 1000)")}
            .text());
  EXPECT_EQ(value("bbox"), "[0,70,25.5,10]");
  EXPECT_EQ(value("area"), "255");
  clean(CocoContent{.annotations = coco_annotation(
                        R"("bbox": [-5, 70, 30, 40], "segmentation": [[-5, 70, 25, 70, 25, 110]])")}
            .text());
  EXPECT_EQ(value("bbox"), "[-5,70,30,40]");
}

TEST_F(Clean, KeepsThePixelsOfACrowd) {
  clean(CocoContent{.annotations =
                        coco_annotation(R"("iscrowd": 1, "segmentation": [[1, 2, 31, 2, 31, 42]])")}
            .text());
  const JsonDocument document = JsonDocument::read(folder_ / "out.json");
  const JsonValue mask = document.root().at("annotations").items().at(0).at("segmentation");
  std::vector<uint32_t> counts;
  for (const JsonValue& run : mask.at("counts").items()) {
    counts.push_back(static_cast<uint32_t>(run.integer()));
  }
  EXPECT_EQ(counts, rle_of({{1, 2, 31, 2, 31, 42}}, 80, 100).counts);
}

TEST_F(Clean, DropsAnAnnotationTwiceOnlyWhenItSaysTheSame) {
  clean(CocoContent{.annotations = and_another(R"("score": 1)")}.text());
  EXPECT_EQ(annotations(), 2);
  const CleanReport report = clean(CocoContent{.annotations = and_another("")}.text());
  EXPECT_EQ(annotations(), 1);
  EXPECT_THAT(report.actions.at(0).why, HasSubstr("annotation 0 of the list"));
}

TEST_F(Clean, GivesFreeIdsAndLeavesTheFirstItsOwn) {
  const auto boxed = [](int left) { return fmt::format(R"("bbox": [{}, 2, 9, 9])", left); };
  clean(CocoContent{.annotations = fmt::format(
                        "{},{},{},{}", coco_annotation(boxed(1), 0), coco_annotation(boxed(2), 7),
                        coco_annotation(boxed(3), 7), coco_annotation(boxed(4), 3))}
            .text());
  EXPECT_EQ(value("id", 0), "8");
  EXPECT_EQ(value("id", 1), "7");
  EXPECT_EQ(value("id", 2), "9");
  EXPECT_EQ(value("id", 3), "3");
}

TEST_F(Clean, TakesNoSizeFromAPictureThatMayBeScaledOrTurned) {
  for (const char* stated : {R"("width": 50, "height": 40)", R"("width": 80, "height": 100)"}) {
    const CocoContent content{
        .annotations = and_another(R"("image_id": 6, "bbox": [1, 2, 20, 30], "area": 9)"),
        .images = image(stated)};
    EXPECT_THAT(codes_left(clean(content.text())), Contains("D506")) << stated;
    EXPECT_EQ(result(), content.text());
  }
  const CocoContent reaching{
      .annotations = and_another(R"("image_id": 6, "bbox": [60, 2, 30, 40])"),
      .images = image(R"("width": 50, "height": 40)")};
  EXPECT_THAT(codes(clean(reaching.text())), Contains("D506"));  // it needs the picture's size
}

/// Image 6, of other sizes than its picture of 100 x 80, with an annotation.
CocoContent misfit(const std::string& sizes, const std::string& fields) {
  return {.annotations = and_another(R"("image_id": 6, "area": 9, )" + fields),
          .images = image(sizes)};
}

TEST_F(Clean, TakesNoSizeFromAPictureThatAnAnnotationDoesNotFit) {
  const std::vector<std::string> unfit = {
      R"("bbox": [150, 10, 20, 20])",
      R"("bbox": [1, 2, 20, 30], "segmentation": [[150, 10, 170, 10, 170, 30]])",
      R"("bbox": [1, 2, 20, 30], "segmentation": {"size": [90, 200], "counts": [9, 17991]})"};
  for (const std::string& fields : unfit) {
    const CocoContent content = misfit(R"("width": 200, "height": 90)", fields);
    const CleanReport report = clean(content.text());
    EXPECT_EQ(result(), content.text());
    ASSERT_THAT(codes_left(report), Contains("D506")) << fields;
    EXPECT_THAT(report.left.findings.at(0).problem,
                HasSubstr("(not repaired: " + (folder_ / "in.json").string() +
                          ":/annotations/1 does not fit the picture)"));
  }
}

TEST_F(Clean, TakesAMissingSizeUnlessSomethingLiesOutsideThePicture) {
  const std::string missing = R"("width": null, "height": null)";
  clean(misfit(missing, R"("bbox": [90, 10, 20, 20])").text());
  EXPECT_EQ(value("bbox", 1), "[90,10,10,20]");
  const CocoContent outside = misfit(missing, R"("bbox": [150, 10, 20, 20])");
  EXPECT_THAT(codes_left(clean(outside.text())), Contains("D152"));
  EXPECT_EQ(result(), outside.text());
}

TEST_F(Clean, DropsAnImageThatRepeatsAnotherOnceBothAreRepaired) {
  const CocoContent content{
      .images = fmt::format(
          R"({}, {{"id": "5", "file_name": "1.jpg", "width": "100", "height": 80}})", kCocoImage)};
  EXPECT_EQ(clean(content.text()).counts.at("D104").dropped, 1);
  const std::string once = result();
  EXPECT_TRUE(clean(once).actions.empty()) << once;
}

TEST_F(Clean, RepairsNoImageThatItDrops) {
  const std::string other = image(R"("width": 101)").substr(std::string(kCocoImage).size());
  const CleanReport report = clean(CocoContent{.images = kCocoImage + other + other}.text());
  EXPECT_EQ(report.counts.at("D104").dropped, 1);
  EXPECT_EQ(report.counts.at("D506").repaired, 1);
  EXPECT_TRUE(clean(result()).actions.empty());
}

TEST_F(Clean, FindsNothingMoreToDoAfterItDropped) {
  const std::string reaching = R"("bbox": [90, 2, 30, 40], "area": 400)";
  CocoContent nameless = misfit(R"("width": 120)", R"("bbox": [150, 2, 9, 9], "category_id": 4)");
  nameless.categories += R"(, {"id": 4})";
  const std::vector<Fixture> dropping = {
      {"D104", {.annotations = coco_annotation(reaching), .images = image("", 5)}},
      {"D101", nameless},
      {"D108", misfit(R"("width": 120)", R"("bbox": [150, 2, 9, 9], "category_id": 9)")},
  };
  for (const auto& [code, content] : dropping) {
    const std::vector<std::string> drop =
        code == "D108" ? std::vector<std::string>() : std::vector{code};
    EXPECT_EQ(clean(content.text(), drop).counts.at(code).dropped, 1) << code;
    const std::string once = result();
    EXPECT_TRUE(clean(once).actions.empty()) << code << ": " << once;
    EXPECT_EQ(result(), once) << code;
  }
}

TEST_F(Clean, ListsOldAndNewValuesWithTheirPlaces) {
  const CleanReport report =
      clean(CocoContent{.annotations = coco_annotation(R"("id": 4.0)")}.text());
  ASSERT_EQ(report.actions.size(), 1);
  const CleanAction& action = report.actions[0];
  EXPECT_EQ(action.place, (folder_ / "in.json").string() + ":/annotations/0/id");
  EXPECT_EQ(action.was, "4.0");
  EXPECT_EQ(action.now, "4");
  EXPECT_EQ(name_of(action.kind), "changed");
}

TEST_F(Clean, NamesErrorsThatAreLeftInTheResult) {
  const CleanReport report = clean(beyond_repair()[0].content.text());
  ASSERT_EQ(report.left.findings.size(), 1);
  EXPECT_EQ(report.left.findings[0].place,
            (folder_ / "out.json").string() + ":/annotations/1/iscrowd");
}

TEST_F(Clean, LeavesNothingBesideItsResult) {
  clean(CocoContent().text());
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    files += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(files, 2);
}

TEST_F(Clean, LeavesNothingWhereverItIsStopped) {
  const fs::path in = folder_.write("in.json", CocoContent().text());
  const CleanOptions options{.images = folder_ / "images"};
  StoppingLog whole;
  clean_coco(in, folder_ / "whole.json", options, whole);
  fs::create_directory(folder_ / "made");
  ASSERT_GE(whole.asked(), 3);
  for (int place = 0; place < whole.asked(); ++place) {
    StoppingLog log(place);
    EXPECT_THROW(clean_coco(in, folder_ / "made/out.json", options, log), Stopped);
    EXPECT_TRUE(fs::is_empty(folder_ / "made")) << "stopped at place " << place;
  }
}

TEST_F(Clean, WritesThroughALink) {
  const fs::path in = folder_.write("in.json", CocoContent().text());
  fs::create_symlink("there.json", folder_ / "link.json");
  clean_coco(in, folder_ / "link.json", {}, quiet_);
  EXPECT_TRUE(fs::is_symlink(folder_ / "link.json"));
  EXPECT_EQ(read_whole(folder_ / "there.json"), CocoContent().text());
}

}  // namespace
}  // namespace fovea
