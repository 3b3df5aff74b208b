#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <map>
#include <set>

#include "fovea/core/files.h"
#include "fovea/data/coco.h"
#include "fovea/image/encode.h"
#include "support/coco_content.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;

/// Annotation 1 as it should be, and another.
std::string and_another(const std::string& fields = "", int id = 1) {
  return coco_annotation().append(",").append(coco_annotation(fields, id));
}

class CheckCoco : public testing::Test {
 protected:
  CheckCoco() {
    for (const char* name : {"1.jpg", "2.jpg", "A.jpg", "a.jpg"}) {
      folder_.write("images/" + std::string(name),
                    encode_jpeg(Image::filled(80, 100, 9, 9, 9), 90));
    }
    for (const char* name : {"caf\u00e9.jpg", "cafe\u0301.jpg"}) {
      folder_.write("images/" + std::string(name),
                    encode_jpeg(Image::filled(80, 100, 9, 9, 9), 90));
    }
    folder_.write("images/torn.jpg", "no picture");
    folder_.write("outside.jpg", "x");
  }

  CheckReport check(const std::string& text) const {
    CheckReport report;
    check_coco(folder_.write("gt.json", text), folder_ / "images", report);
    return report;
  }
  static std::set<std::string> codes(const CheckReport& report) {
    std::set<std::string> codes;
    for (const auto& [code, times] : report.counts) codes.insert(code);
    return codes;
  }

  TempFolder folder_;
};

TEST_F(CheckCoco, FindsNothingInAFileThatIsRight) {
  EXPECT_TRUE(check(CocoContent().text()).counts.empty());
}

TEST_F(CheckCoco, FindsExactlyTheDefectOfEachFixture) {
  const auto image = [](const std::string& fields, int id = 6) {
    return std::string(kCocoImage) +
           fmt::format(R"(, {{"id": {}, "file_name": "2.jpg", "width": 100, "height": 80{}{}}})",
                       id, fields.empty() ? "" : ", ", fields);
  };
  const auto with = [](const std::string& fields) {
    return CocoContent{.annotations = coco_annotation(fields)};
  };
  const std::string mask = R"("segmentation": {"size": [80, 100], "counts": )";
  const std::vector<std::pair<std::string, CocoContent>> fixtures = {
      {"D101",
       {.annotations = coco_annotation() +
                       R"(, {"id": 2, "image_id": 5, "category_id": 3, "area": 1, "iscrowd": 0})"}},
      {"D102", {.annotations = and_another(R"("iscrowd": 2)", 2)}},
      {"D103", {.annotations = and_another(R"("id": 1.5)")}},
      {"D104", {.images = image("", 5)}},
      {"D105", {.categories = std::string(kCocoCategory) + R"(, {"id": 3, "name": "dog"})"}},
      {"D106", {.annotations = and_another(R"("bbox": [5, 5, 30, 40])")}},
      {"D107", {.annotations = and_another(R"("image_id": 9)", 2)}},
      {"D108", {.annotations = and_another(R"("category_id": 9)", 2)}},
      {"D153", with(R"("iscrowd": null)")},
      {"D154", with(R"("area": null)")},
      {"D155", {.annotations = coco_annotation("", 0)}},
      {"D157", {.categories = std::string(kCocoCategory) + R"(, {"id": 4, "name": "dog"})"}},
      {"D201", {.annotations = and_another(R"("bbox": [1, 2, 3])", 2)}},
      {"D204", {.annotations = and_another(R"("bbox": [1, 2, 0, 3])", 2)}},
      {"D205", {.annotations = and_another(R"("bbox": [100, 2, 5, 3])", 2)}},
      {"D251", with(R"("bbox": [90, 2, 30, 40])")},
      {"D252", with(R"("bbox": [1, 2, 0.5, 40], "area": 9)")},
      {"D253", {.annotations = and_another("", 2)}},
      {"D254", with(R"("area": 2000)")},
      {"D301", {.annotations = and_another(R"("segmentation": [[1, 2, 3]])", 2)}},
      {"D302", {.annotations = and_another(mask + "[7]}", 2)}},
      {"D303",
       {.annotations = and_another(R"("segmentation": {"size": [9, 9], "counts": [81]})", 2)}},
      {"D304", {.annotations = and_another(R"("segmentation": 7)", 2)}},
      {"D351", with(R"("iscrowd": 1, "segmentation": [[1, 2, 31, 2, 31, 42]])")},
      {"D352", with(R"("segmentation": [[1, 2, 20, 2, 20, 30]])")},
      {"D401", {.annotations = and_another(R"("keypoints": [1, 2])", 2)}},
      {"D402", {.annotations = and_another(R"("keypoints": [1, 2, 3])", 2)}},
      {"D451", with(R"("keypoints": [1, 2, 2, 1, 2, 0], "num_keypoints": 2)")},
      {"D501", {.images = image(R"("file_name": "")")}},
      {"D502", {.images = image(R"("file_name": "../outside.jpg")")}},
      {"D503", {.images = image(R"("file_name": "none.jpg")")}},
      {"D511", {.images = image(R"("file_name": "torn.jpg")")}},
      {"D506", {.images = image(R"("width": 101)")}},
      {"D152", {.images = image(R"("width": null)")}},
      {"D551", {.images = image(R"("file_name": "1.jpg")")}},
      {"D552",
       {.images = image(R"("file_name": "A.jpg")") +
                  R"(, {"id": 7, "file_name": "a.jpg", "width": 100, "height": 80})"}},
  };
  for (const auto& [code, content] : fixtures) {
    EXPECT_EQ(codes(check(content.text())), std::set<std::string>{code}) << content.text();
  }
  EXPECT_EQ(codes(check(std::string("\xEF\xBB\xBF").append(CocoContent().text()))),
            std::set<std::string>{"D151"});
  EXPECT_EQ(codes(check(CocoContent{.images = ""}.text())), std::set<std::string>{"D109"});
  EXPECT_EQ(codes(check(CocoContent{.categories = ""}.text())), std::set<std::string>{"D110"});
  const CocoContent forms{
      .images = image(R"("file_name": "caf\u00e9.jpg")") +
                R"(, {"id": 7, "file_name": "cafe\u0301.jpg", "width": 100, "height": 80})"};
  EXPECT_EQ(codes(check(forms.text())), std::set<std::string>{"D553"});
  const CocoContent same_name{
      .annotations = and_another(R"("category_id": 4)", 2),
      .categories = std::string(kCocoCategory) + R"(, {"id": 4, "name": "cat"})"};
  EXPECT_EQ(codes(check(same_name.text())), std::set<std::string>{"D156"});
}

TEST_F(CheckCoco, GoesOnAfterAnErrorAndCountsWhatItDoesNotKeep) {
  std::string annotations = coco_annotation();
  for (int id = 2; id < 60; ++id)
    annotations.append(",").append(coco_annotation(R"("bbox": [1, 2, 0, 3])", id));
  const CheckReport report = check(CocoContent{.annotations = annotations}.text());
  EXPECT_EQ(report.counts.at("D204"), 58);
  EXPECT_EQ(report.findings.size(), report.most_of_a_kind);
  EXPECT_EQ(report.findings[1].place, (folder_ / "gt.json").string() + ":/annotations/2/bbox");
  EXPECT_EQ(report.findings[1].problem, "the box is 0 x 3 pixels");
}

/// Enough annotations for several pieces, some of them wrong.
std::string large_file() {
  std::string annotations;
  for (int id = 0; id < 30'000; ++id) {
    std::string fields = fmt::format(R"("bbox": [1, 2, 30, {}])", 20 + id % 7);
    if (id % 1000 == 999) fields = R"("bbox": [1, 2, 0, 3])";
    if (id % 5000 == 4998) fields = R"("image_id": 9)";
    if (id == 29'990) fields = R"("id": 17, "bbox": [9, 9, 9, 9])";  // taken by entry 16
    if (id > 0) annotations += ",\n";
    annotations += coco_annotation(fields, id + 1);
  }
  return CocoContent{.annotations = annotations}.text();
}

TEST_F(CheckCoco, NamesPlacesInLargeFilesThatAreReadInPieces) {
  const CheckReport report = check(large_file());
  EXPECT_EQ(report.counts.at("D204"), 30);
  EXPECT_EQ(report.counts.at("D107"), 6);
  EXPECT_EQ(report.counts.at("D106"), 1);
  std::map<std::string_view, std::vector<std::string>> places;
  for (const Finding& finding : report.findings) {
    places[finding.code].push_back(finding.place.substr(finding.place.rfind(':') + 1));
  }
  EXPECT_EQ(places["D204"].size(), report.most_of_a_kind);
  EXPECT_EQ(places["D204"].back(), "/annotations/19999/bbox");
  EXPECT_EQ(places["D107"].back(), "/annotations/29998/image_id");
  EXPECT_EQ(places["D106"].back(), "/annotations/29990/id");
}

TEST_F(CheckCoco, FindsTheSameInPiecesAndAsOneDocument) {
  const std::string text = large_file();
  CheckReport in_pieces, as_one;
  const Dataset a = check_coco(folder_.write("gt.json", text), folder_ / "images", in_pieces);
  const Dataset b =
      check_coco(folder_.write("gt.json", "\xEF\xBB\xBF" + text), folder_ / "images", as_one);
  EXPECT_EQ(as_one.counts.erase("D151"), 1);
  EXPECT_EQ(in_pieces.counts, as_one.counts);
  ASSERT_EQ(in_pieces.findings.size() + 1, as_one.findings.size());
  for (size_t i = 0; i < in_pieces.findings.size(); ++i) {
    EXPECT_EQ(in_pieces.findings[i].place, as_one.findings[i + 1].place);
    EXPECT_EQ(in_pieces.findings[i].problem, as_one.findings[i + 1].problem);
  }
  ASSERT_EQ(a.records[0].instances.size(), b.records[0].instances.size());
  EXPECT_EQ(a.records[0].instances.size(), 30'000 - 30 - 6 - 1);
  for (size_t i = 0; i < a.records[0].instances.size(); ++i) {
    EXPECT_EQ(a.records[0].instances[i].id, b.records[0].instances[i].id);
    EXPECT_EQ(a.records[0].instances[i].box, b.records[0].instances[i].box);
  }
}

TEST_F(CheckCoco, FindsListsWhoseKeysAreWrittenWithEscapes) {
  std::string text = CocoContent{.annotations = coco_annotation(R"("bbox": [1, 2, 0, 3])")}.text();
  text.replace(text.find("\"annotations\""), 13, R"("annotat\u0069ons")");
  EXPECT_EQ(check(text).counts.at("D204"), 1);
}

TEST_F(CheckCoco, NamesTheByteWhereAFileIsNoJson) {
  const CheckReport report = check("{\"images\": [}");
  ASSERT_EQ(report.findings.size(), 1);
  EXPECT_EQ(report.findings[0].code, "D100");
  EXPECT_EQ(report.findings[0].place, (folder_ / "gt.json").string() + ":1:13");
  EXPECT_THAT(report.findings[0].problem, HasSubstr("byte 12"));
}

TEST_F(CheckCoco, LooksAtNoPicturesWithoutTheirFolder) {
  CheckReport report;
  const CocoContent content{.images = R"({"id": 5, "file_name": "none.jpg"})"};
  const Dataset dataset = check_coco(folder_.write("gt.json", content.text()), {}, report);
  EXPECT_EQ(codes(report), std::set<std::string>{"D152"});
  EXPECT_EQ(dataset.records.at(0).instances.size(), 1);
}

TEST_F(CheckCoco, TellsPicturesThatMayNotBeReadFromMissingOnes) {
  if (geteuid() == 0) GTEST_SKIP() << "root may enter every folder";
  folder_.write("images/closed/in/1.jpg", "x");
  fs::permissions(folder_ / "images/closed", fs::perms::none);
  for (const char* name : {"closed/1.jpg", "closed/in/1.jpg"}) {
    const std::string image = fmt::format(
        R"({}, {{"id": 6, "file_name": "{}", "width": 9, "height": 9}})", kCocoImage, name);
    EXPECT_EQ(codes(check(CocoContent{.images = image}.text())), std::set<std::string>{"D509"})
        << name;
  }
  fs::permissions(folder_ / "images/closed", fs::perms::owner_all);
}

}  // namespace
}  // namespace fovea
