#include "fovea/curate/finding_sheet.h"

#include <gmock/gmock.h>

#include "fovea/core/files.h"
#include "fovea/image/draw.h"
#include "fovea/image/encode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

class FindingSheet : public testing::Test {
 protected:
  void add(std::string_view code, const std::string& place) {
    report_.add(code, [&]() -> Finding { return {code, place, "what is wrong"}; });
  }
  int64_t pixels_of(const Image& image, Color color) const {
    int64_t count = 0;
    for (size_t i = 0; i < image.pixels.size(); i += 3) {
      count += Color{image.pixels[i], image.pixels[i + 1], image.pixels[i + 2]} == color ? 1 : 0;
    }
    return count;
  }
  TempFolder folder_;
  fs::path picture_ = folder_.write("images/1.png", encode_png(Image::filled(100, 200, 0, 200, 0)));
  fs::path json_ = folder_.write("gt.json", R"({"images": [{"id": 5, "file_name": "1.png"}],
    "annotations": [{"image_id": 5, "bbox": [50, 20, 100, 60],
                     "segmentation": [[50, 20, 150, 20, 150, 80]]}, {"image_id": 5, "bbox": 7}]})");
  SheetOptions options_ = {.image_roots = {{json_, folder_ / "images"}}};
  CheckReport report_;
};

TEST_F(FindingSheet, DrawsTheObjectThatAFindingIsAbout) {
  constexpr Color kGreen = {0, 200, 0};
  add(defect::kUnlisted, picture_.string());
  const auto plain = finding_sheet(report_, options_);
  ASSERT_TRUE(plain.has_value());
  add(defect::kBoxEmpty, json_.string() + ":/annotations/0/bbox");
  const auto both = finding_sheet(report_, options_);
  ASSERT_TRUE(both.has_value());
  EXPECT_GT(both->width, plain->width);
  const int64_t one = pixels_of(*plain, kGreen);  // a whole picture
  EXPECT_EQ(one, 280 * 140);
  // The box is 140 x 84 pixels at a scale of 1.4: half of it is under the mask, and of its outline
  // of 2 pixels the other half is added.
  constexpr double kMask = 140 * 84 / 2.0;
  constexpr double kOutline = 2 * (140 + 84);
  EXPECT_NEAR(static_cast<double>(2 * one - pixels_of(*both, kGreen)), kMask + kOutline, 200);
}

TEST_F(FindingSheet, ShowsNothingOfWhatHasNoPicture) {
  add(defect::kNoJson, json_.string() + ":1:1");
  add(defect::kUnusedCategory, json_.string() + ":/categories/0");
  add(defect::kBoxEmpty, json_.string() + ":/annotations/9/bbox");
  add(defect::kBoxEmpty, "other.json:/annotations/0/bbox");
  add(defect::kGrey, json_.string() + ":/images/0/file_name");
  EXPECT_FALSE(finding_sheet(report_, options_).has_value());
}

TEST_F(FindingSheet, TakesAnnotationsAndPicturesThatAreBroken) {
  folder_.write("images/1.png", "no picture");
  add(defect::kBoxShape, json_.string() + ":/annotations/1/bbox");
  EXPECT_TRUE(finding_sheet(report_, options_).has_value());
}

TEST_F(FindingSheet, GivesLongProblemsSeveralLines) {
  add(defect::kUnlisted, picture_.string());
  const auto brief = finding_sheet(report_, options_);
  report_ = {};
  report_.add(defect::kUnlisted, [&]() -> Finding {
    return {defect::kUnlisted, picture_.string(),
            "a problem that cannot be said in one line of a cell, nor can it be in two of them, "
            "for it goes on and on"};
  });
  const auto detailed = finding_sheet(report_, options_);
  ASSERT_TRUE(brief.has_value() && detailed.has_value());
  EXPECT_GE(detailed->height, brief->height + 20);
}

TEST_F(FindingSheet, ShowsSomeOfEachCode) {
  options_.most = 3;
  options_.columns = 3;
  report_.most_of_a_kind = 9;
  for (int i = 0; i < 9; ++i) add(defect::kUnlisted, picture_.string());
  const auto three = finding_sheet(report_, options_);
  ASSERT_TRUE(three.has_value());
  EXPECT_EQ(three->width, 3 * 280 + 4 * 10);
}

}  // namespace
}  // namespace fovea
