#include "fovea/data/coco.h"

#include <gmock/gmock.h>

#include "fovea/image/encode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

/// A data set of one picture, 1.jpg of 100 x 80 pixels, whose lists hold what is given.
class Coco : public testing::Test {
 protected:
  static constexpr const char* kImage =
      R"({"id": 5, "file_name": "1.jpg", "width": 100, "height": 80})";
  static constexpr const char* kCategory = R"({"id": 3, "name": "cat"})";
  Coco() { picture("1.jpg", 80, 100); }

  void picture(const std::string& name, int64_t height, int64_t width) const {
    folder_.write("images/" + name, encode_jpeg(Image::filled(height, width, 9, 9, 9), 90));
  }

  fs::path file(const std::string& annotations, const std::string& images = kImage,
                const std::string& categories = kCategory) {
    return folder_.write("train.json", "{\"images\": [" + images + "], \"categories\": [" +
                                           categories + "], \"annotations\": [" + annotations +
                                           "]}");
  }
  Dataset read(const fs::path& json, const std::vector<std::string>& allow = {}) {
    report_ = {};
    return read_coco(json, folder_ / "images", {.codes = allow}, &report_);
  }
  std::string refusal(const fs::path& json) {
    return error_of([&] { read(json); });
  }
  /// The refusal of an annotation of image 5, class 3 with these further fields.
  std::string annotation_refusal(const std::string& fields) {
    return refusal(file(annotation(fields)));
  }
  static std::string annotation(const std::string& fields, const std::string& id = "1") {
    return R"({"id": )" + id + R"(, "image_id": 5, "category_id": 3, "iscrowd": 0, "area": 9)" +
           (fields.empty() ? "" : ", ") + fields + "}";
  }

  TempFolder folder_;
  ReadReport report_;
};

TEST_F(Coco, ChecksMasksThatItDoesNotKeep) {
  const auto without_masks = [&](const std::string& mask) {
    const fs::path json =
        file(annotation(R"("bbox": [1, 2, 3, 4], "segmentation": )" + mask) + "," +
             annotation(R"("bbox": [1, 2, 3, 4], "segmentation": {"size": [80, 100],
                            "counts": [7998, 2]})",
                        "2"));
    return read_coco(json, folder_ / "images", {}, nullptr, Masks::leave);
  };
  const Dataset set = without_masks("[[1, 2, 4, 2, 4, 6]]");
  ASSERT_EQ(set.records.at(0).instances.size(), 2U);
  for (const auto& object : set.records[0].instances) {
    EXPECT_FALSE(object.has_mask());
    EXPECT_EQ(object.box, (Box{1, 2, 3, 4}));
  }
  EXPECT_THAT(error_of([&] { without_masks("[[1, 2, 4]]"); }), testing::HasSubstr("segmentation"));
}

TEST_F(Coco, ReadsEveryField) {
  const Dataset set = read(file(
      R"({"id": 7, "image_id": 5, "category_id": 9, "bbox": [1, 2.5, 3, 4], "area": 11.5,
          "iscrowd": 0, "segmentation": [[1, 2, 4, 2, 4, 6]], "keypoints": [1, 2, 2, 0, 0, 0]},
         {"id": 8, "image_id": 5, "category_id": 3, "bbox": [0, 0, 10, 10], "area": 2,
          "iscrowd": 1, "segmentation": {"size": [80, 100], "counts": [7998, 2]}})",
      kImage, R"({"id": 9, "name": "dog", "keypoints": ["a", "b"]}, {"id": 3, "name": "cat"})"));
  EXPECT_THAT(set.categories, testing::ElementsAre(Category{3, "cat"}, Category{9, "dog"}));
  ASSERT_EQ(set.records.size(), 1);
  const Record& record = set.records[0];
  EXPECT_EQ(record.id, 5);
  EXPECT_EQ(record.path, folder_ / "images" / "1.jpg");
  EXPECT_EQ(record.width, 100);
  EXPECT_EQ(record.height, 80);
  ASSERT_EQ(record.instances.size(), 2);
  const Instance& dog = record.instances[0];
  EXPECT_EQ(dog.id, 7);
  EXPECT_EQ(dog.label, 1);
  EXPECT_EQ(dog.box, (Box{1, 2.5, 3, 4}));
  EXPECT_EQ(dog.area, 11.5);
  EXPECT_FALSE(dog.crowd);
  EXPECT_EQ(dog.segmentation.polygons[0].size(), 6);
  EXPECT_EQ(dog.keypoints.size(), 2);
  EXPECT_EQ(dog.keypoints[0].visibility, 2);
  EXPECT_TRUE(record.instances[1].crowd);
  EXPECT_THAT(record.instances[1].segmentation().rle->counts, testing::ElementsAre(7998, 2));
  EXPECT_TRUE(report_.warnings.empty());
}

TEST_F(Coco, DecodesCompressedRuns) {  // "13": the counts 1 and 3, from COCO's mask API
  picture("1.jpg", 2, 2);
  const Dataset set = read(file(annotation(R"("bbox": [0, 0, 2, 2], "segmentation": {"size": [2, 2],
                              "counts": "13"})"),
                                R"({"id": 5, "file_name": "1.jpg", "width": 2, "height": 2})"));
  EXPECT_THAT(set.records[0].instances[0].segmentation().rle->counts, testing::ElementsAre(1, 3));
}

TEST_F(Coco, FillsInWhatMayBeMissingAndCountsIt) {
  const Dataset set = read(file(R"({"id": 1, "image_id": 5, "category_id": 3, "bbox": [1, 2, 3, 4]},
                                   {"id": 2, "image_id": 5, "category_id": 3, "bbox": [1, 2, 5, 4]})",
                                R"({"id": 5, "file_name": "1.jpg"})"));
  EXPECT_EQ(set.records[0].width, 100);  // the picture's
  EXPECT_EQ(set.records[0].instances[1].area, 20);
  EXPECT_FALSE(set.records[0].instances[0].crowd);
  EXPECT_EQ(report_.warnings.at("D154").times, 2);
  EXPECT_THAT(report_.warnings.at("D154").first,
              HasSubstr("train.json:/annotations/0: D154 has no"));
  EXPECT_EQ(report_.warnings.at("D153").times, 2);
  EXPECT_EQ(report_.warnings.at("D152").times, 2);
  EXPECT_THAT(
      report_.describe(),
      HasSubstr("2 x D152 no `width` or `height` (read from the picture) first at /images/0, "
                "2 x D153 no `iscrowd` (taken as 0) first at /annotations/0, 2 x D154"));
}

TEST_F(Coco, CountsWhatIsAllowedButSeldomMeant) {
  read(file(annotation(R"("bbox": [0, 0, 20, 20])", "0"), kImage,
            R"({"id": 3, "name": "cat"}, {"id": 4, "name": "cat"}, {"id": 5, "name": "dog"})"));
  EXPECT_EQ(report_.warnings.at("D155").place, "/annotations/0/id");
  EXPECT_EQ(report_.warnings.at("D156").place, "/categories/1");
  EXPECT_THAT(report_.warnings.at("D156").first, HasSubstr("another category is called `cat` too"));
}

TEST_F(Coco, CountsBoxesThatReachOut) {
  read(file(annotation(R"("bbox": [-0.5, 0, 20, 20])") + "," +
            annotation(R"("bbox": [90, 0, 20, 20])", "2")));
  EXPECT_EQ(report_.warnings.at("D251").times, 1);
}

TEST_F(Coco, NamesABoxWithoutAreaWithPlaceCodeAndRemedy) {
  EXPECT_EQ(annotation_refusal(R"("bbox": [5, 5, -3, 20])"),
            (folder_ / "train.json").string() +
                ":/annotations/0/bbox: error D204: the box is -3 x 20 pixels; give it a positive "
                "width and height, or drop it (data.allow=[D204] passes over such entries)");
}

TEST_F(Coco, RefusesDefectiveAnnotations) {
  const std::vector<std::pair<std::string, std::string>> defects = {
      {R"("bbox": [1, 2, 3])", "/annotations/0/bbox: error D201: is [1,2,3]"},
      {R"("bbox": "1 2 3 4")", "/annotations/0/bbox: error D201: is \"1 2 3 4\""},
      {R"("bbox": [1, 2, null, 4])", "/annotations/0/bbox/2: error D201: is null"},
      {R"("bbox": [100, 0, 5, 5])", "/annotations/0/bbox: error D205: the box [100,0,5,5] lies"},
      {R"("bbox": [0, -9, 5, 9])", "error D205"},
      {R"("box": [1, 2, 3, 4])", "/annotations/0: error D101: has no `bbox`"},
      {R"("bbox": [1, 2, 3, 4], "iscrowd": 2)", "/annotations/0/iscrowd: error D102: is 2"},
      {R"("bbox": [1, 2, 3, 4], "area": "9")", "/annotations/0/area: error D102: is \"9\""},
      {R"("bbox": [1, 2, 3, 4], "segmentation": [[1, 2, 3, 4]])",
       "/annotations/0/segmentation/0: error D301: a polygon of 4 numbers"},
      {R"("bbox": [1, 2, 3, 4], "segmentation": [[1, 2, 3, 4, 5, 6, 7]])",
       "/annotations/0/segmentation/0: error D301: a polygon of 7 numbers"},
      {R"("bbox": [1, 2, 3, 4], "segmentation": [1, 2, 3, 4, 5, 6])",
       "/annotations/0/segmentation: error D304: is a flat list"},
      {R"("bbox": [1, 2, 3, 4], "segmentation": {"size": [80, 100], "counts": [7, 2]})",
       "/annotations/0/segmentation/counts: error D302: the runs cover 9 pixels"},
      {R"("bbox": [1, 2, 3, 4], "segmentation": {"size": [80, 100], "counts": "1S"})",
       "/annotations/0/segmentation/counts: error D302: the text is no compressed RLE"},
      {R"("bbox": [1, 2, 3, 4], "segmentation": {"size": [100, 80], "counts": [8000]})",
       "/annotations/0/segmentation/size: error D303"},
      {R"("bbox": [1, 2, 3, 4], "keypoints": [1, 2])", "/annotations/0/keypoints: error D401"},
      {R"("bbox": [1, 2, 3, 4], "keypoints": [1, 2, 3])",
       "/annotations/0/keypoints/2: error D402: is 3"},
      {R"("bbox": [1, 2, 3, 4], "id": 1.5)", "/annotations/0/id: error D103: is 1.5"},
      {R"("bbox": [1, 2, 3, 4], "image_id": "5")", "/annotations/0/image_id: error D103: is \"5\""},
      {R"("bbox": [1, 2, 3, 4], "image_id": 6)",
       "/annotations/0/image_id: error D107: there is no image 6"},
      {R"("bbox": [1, 2, 3, 4], "category_id": 4)",
       "/annotations/0/category_id: error D108: there is no category 4"},
  };
  for (const auto& [fields, expected] : defects) {
    EXPECT_THAT(annotation_refusal(fields), HasSubstr(expected)) << fields;
  }
}

TEST_F(Coco, TakesWholeNumbersWrittenAsDoublesForIds) {
  EXPECT_EQ(read(file(annotation(R"("bbox": [1, 2, 3, 4], "image_id": 5.0)")))
                .records[0]
                .instances.size(),
            1);
}

TEST_F(Coco, RefusesDuplicateIds) {
  const std::string box = R"("bbox": [1, 2, 3, 4])";
  EXPECT_THAT(refusal(file(annotation(box) + "," + annotation(box))),
              HasSubstr("/annotations/1/id: error D106: id 1 was taken by entry 0"));
  EXPECT_THAT(refusal(file("", std::string(kImage) + "," + kImage)),
              HasSubstr("/images/1/id: error D104"));
  EXPECT_THAT(refusal(file("", kImage, std::string(kCategory) + "," + kCategory)),
              HasSubstr("/categories/1/id: error D105"));
}

TEST_F(Coco, RefusesFileNamesThatLeaveTheFolderOrLeadNowhere) {
  folder_.write("secret.jpg", "x");
  fs::create_symlink(folder_ / "secret.jpg", folder_ / "images" / "link.jpg");
  const std::vector<std::pair<std::string, std::string>> names = {
      {"", "error D501"},
      {"../secret.jpg", R"(error D502: "../secret.jpg" leaves)"},
      {"/etc/passwd", "error D502"},
      {"link.jpg", "error D502"},
      {"2.jpg", R"(error D503: there is no picture "2.jpg")"},
      {".", "error D502"},
  };
  for (const auto& [name, expected] : names) {
    const fs::path json =
        file("", R"({"id": 5, "width": 1, "height": 1, "file_name": ")" + name + "\"}");
    EXPECT_THAT(refusal(json), AllOf(HasSubstr("/images/0/file_name: "), HasSubstr(expected)))
        << name;
  }
}

TEST_F(Coco, RefusesWhatIsNoAnnotationFile) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"", "train.json:1:1: no JSON (byte 0: it is empty)"},
      {"[]", "train.json: error D102: is no COCO annotation file"},
      {R"({"images": [{"id": 1, "file_name": "1.jpg"}]})", "error D101: has no `categories`"},
      {R"({"images": [], "categories": [], "annotations": []})", "/categories: error D110"},
      {R"({"images": {}, "categories": [{"id": 1, "name": "x"}], "annotations": []})",
       "/images: error D102: is no list"},
      {R"({"images": [4], "categories": [{"id": 1, "name": "x"}], "annotations": []})",
       "/images/0: error D102: is no object"},
  };
  for (const auto& [text, expected] : files) {
    EXPECT_THAT(refusal(folder_.write("train.json", text)), HasSubstr(expected)) << text;
  }
  EXPECT_THAT(refusal(folder_ / "none.json"), HasSubstr("none.json: no such file"));
  EXPECT_THAT(error_of([&] { read_coco(file(""), folder_ / "pictures"); }),
              HasSubstr("pictures: no such folder"));
}

TEST_F(Coco, NeedsAnnotations) {
  const fs::path json = folder_.write("test.json", std::string("{\"images\": [") + kImage +
                                                       "], \"categories\": [" + kCategory + "]}");
  EXPECT_THAT(refusal(json), HasSubstr("test.json: error D101: has no `annotations`"));
}

TEST_F(Coco, PassesOverAllowedErrorsAndCountsThem) {
  const fs::path json = file(annotation(R"("bbox": [1, 2, 0, 4])") + "," +
                             annotation(R"("bbox": [1, 2, 3, 4])", "2"));
  const Dataset set = read(json, {"D204"});
  ASSERT_EQ(set.records[0].instances.size(), 1);
  EXPECT_EQ(set.records[0].instances[0].id, 2);
  EXPECT_EQ(report_.allowed.at("D204").times, 1);
}

TEST_F(Coco, StopsAtTheFirstErrorOfALargeFile) {
  std::string annotations;
  for (int id = 1; id <= 20'000; ++id) {
    if (id > 1) annotations += ", ";
    annotations += annotation(id < 17'000 ? R"("bbox": [1, 2, 3, 4], "other": "of some length")"
                                          : R"("bbox": [1, 2, 0, 4])",
                              std::to_string(id));
  }
  EXPECT_THAT(refusal(file(annotations)), HasSubstr(":/annotations/16999/bbox: error D204: "));
  EXPECT_EQ(read(file(annotations), {"D204"}).records[0].instances.size(), 16'999);
  EXPECT_EQ(report_.allowed.at("D204").times, 3001);
  EXPECT_EQ(report_.allowed.at("D204").place, "/annotations/16999/bbox");
}

TEST_F(Coco, PassesOverTheAnnotationsOfAnAllowedImage) {
  const fs::path json =
      file(annotation(R"("bbox": [1, 2, 3, 4], "image_id": 6)") + "," +
               annotation(R"("bbox": [1, 2, 3, 4])", "2"),
           std::string(kImage) + R"(, {"id": 6, "width": 9, "height": 9, "file_name": "no.jpg"})");
  const Dataset set = read(json, {"D503"});
  ASSERT_EQ(set.records.size(), 1);
  EXPECT_EQ(set.records[0].instances.size(), 1);
}

TEST_F(Coco, RefusesPicturesThatCannotBeLearnedFrom) {
  folder_.write("images/empty.jpg", "");
  folder_.write("images/text.jpg", "no picture");
  const std::string whole = encode_jpeg(Image::filled(80, 100, 9, 9, 9), 90);
  folder_.write("images/cut.jpg", whole.substr(0, whole.size() - 40));
  fs::copy_file(source_folder() / "tests/golden/image/pages.tif", folder_ / "images" / "pages.tif");
  const std::vector<std::pair<std::string, std::string>> names = {
      {"empty.jpg", "error D508: "},
      {"text.jpg", "text.jpg: is no picture of a known format"},
      {"cut.jpg", "cut.jpg: the JPEG data ends early"},
      {"pages.tif", "error D505: "},
  };
  for (const auto& [name, expected] : names) {
    const fs::path json =
        file("", std::string(kImage) + R"(, {"id": 6, "file_name": ")" + name + "\"}");
    EXPECT_THAT(refusal(json), AllOf(HasSubstr("/images/1/file_name: error D5"),
                                     HasSubstr(expected), HasSubstr("passes over such entries")));
    EXPECT_EQ(read(json, {"D504", "D505", "D508", "D511"}).records.size(), 1) << name;
  }
}

TEST_F(Coco, RefusesAPictureOfAnotherSizeThanStated) {
  const fs::path json = file("", R"({"id": 5, "file_name": "1.jpg", "width": 80, "height": 100})");
  EXPECT_THAT(refusal(json), HasSubstr("error D506: " + (folder_ / "images/1.jpg").string() +
                                       ": is 100 x 80 pixels, but stated to be 80 x 100; "));
}

TEST_F(Coco, TakesAPictureThatOnlyLacksItsEndMarker) {
  const std::string whole = encode_jpeg(Image::filled(80, 100, 9, 9, 9), 90);
  folder_.write("images/1.jpg", whole.substr(0, whole.size() - 2));
  EXPECT_EQ(read(file("")).records.size(), 1);
}

TEST_F(Coco, HoldsBoxesAgainstThePictureWhereNoSizeIsStated) {
  EXPECT_THAT(
      refusal(file(annotation(R"("bbox": [1000, 0, 5, 5])"), R"({"id": 5, "file_name": "1.jpg"})")),
      HasSubstr("error D205: the box [1000,0,5,5] lies outside its image of 100 x 80"));
}

TEST_F(Coco, TakesNullForAbsent) {
  const Dataset set = read(file(R"({"id": 1, "image_id": 5, "category_id": 3, "bbox": [1, 2, 3, 4],
                                    "area": null, "iscrowd": null})"));
  EXPECT_EQ(set.records[0].instances[0].area, 12);
}

TEST_F(Coco, RefusesToAllowWhatIsNoErrorOrTooGrave) {
  const fs::path json = file("");
  EXPECT_THAT(error_of([&] { read(json, {"D999"}); }), HasSubstr("`D999` is no code"));
  EXPECT_THAT(error_of([&] { read(json, {"D154"}); }), HasSubstr("is a warning"));
  EXPECT_THAT(error_of([&] { read(json, {"D110"}); }), HasSubstr("cannot be allowed"));
}

TEST(DefectKinds, HaveUniqueRisingCodesAndWholeTexts) {
  std::string before;
  for (const DefectKind& kind : defect_kinds()) {
    EXPECT_LT(before, kind.code);
    EXPECT_FALSE(kind.what.empty() || kind.remedy.empty()) << kind.code;
    before = kind.code;
  }
}

TEST(ReadCoco, ReadsTheSharedPhotographs) {
  SKIP_WITHOUT_SHARED_DATA();
  const fs::path root = shared_data() / "coco-permissive";
  const Dataset set = read_coco(root / "annotations/instances_val2017.json", root / "val2017");
  EXPECT_EQ(set.categories.size(), 80);
  EXPECT_FALSE(set.records.empty());
}

}  // namespace
}  // namespace fovea
