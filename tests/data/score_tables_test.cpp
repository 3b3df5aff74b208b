#include "fovea/data/score_tables.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "fovea/core/files.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;

constexpr TableOptions kMasks = {.iou_type = IouType::segm};
constexpr TableOptions kTwoPoints = {.iou_type = IouType::keypoints, .keypoints = 2};

/// Images 5 and 6 of 8 x 10 pixels, categories 3 and 9.
TruthTable two_images() {
  return {.file = "truth.json",
          .categories = {{3, "cat"}, {9, "dog"}},
          .image_ids = {5, 6},
          .image_sizes = {{8, 10}, {8, 10}}};
}

class ReadTruth : public testing::Test {
 protected:
  fs::path file(const std::string& annotations,
                const std::string& images = R"({"id": 5, "height": 8, "width": 10})",
                const std::string& categories = R"({"id": 3, "name": "cat"})") const {
    return folder_.write("gt.json", "{\"images\": [" + images + "], \"categories\": [" +
                                        categories + "], \"annotations\": [" + annotations + "]}");
  }
  std::string refusal(const std::string& annotations, const TableOptions& options = {}) const {
    return error_of([&] { read_truth(file(annotations), options); });
  }
  /// An annotation of image 5 and category 3 with these fields besides.
  static std::string annotation(const std::string& fields, int id = 1) {
    return fmt::format(
        R"({{"id": {}, "image_id": 5, "category_id": 3, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0{}{}}})",
        id, fields.empty() ? "" : ", ", fields);
  }

  TempFolder folder_;
};

TEST_F(ReadTruth, SeesWhatPycocotoolsSees) {
  ReadReport report;
  const TruthTable truth = read_truth(
      file(R"({"id": 0, "image_id": 5, "category_id": 3, "bbox": [1, 2, 0, -4], "iscrowd": 7,
               "area": -1, "segmentation": "none of the boxes' business", "more": [{"a": [{}]}]})",
           R"({"id": 5}, {"id": 2})", R"({"id": 9}, {"id": 3, "name": "cat"})"),
      {}, &report);
  EXPECT_EQ(truth.image_ids, (std::vector<int64_t>{2, 5}));
  EXPECT_THAT(truth.categories, testing::ElementsAre(Category{3, "cat"}, Category{9, "9"}));
  const TruthRow& row = truth.pieces.at(0).rows.at(0);
  EXPECT_EQ(row.box, (Box{1, 2, 0, -4}));
  EXPECT_EQ(row.image, 1);
  EXPECT_EQ(row.label, 0);
  EXPECT_TRUE(row.crowd && row.ignored && row.id_is_zero);
  EXPECT_EQ(row.area, -1);
  EXPECT_EQ(report.warnings.at("D155").times, 1);
  EXPECT_EQ(report.warnings.size(), 1);
}

TEST_F(ReadTruth, CountsWhatIsMissingAndTellsWhereFirst) {
  ReadReport report;
  const TruthTable truth =
      read_truth(file(annotation("") + R"(, {"id": 2, "image_id": 5, "category_id": 3,
                      "bbox": [1, 2, 3, 4]}, {"id": 3, "image_id": 5, "category_id": 3,
                      "bbox": [1, 2, 3, 5]})"),
                 {}, &report);
  EXPECT_EQ(truth.pieces.at(0).rows.at(2).area, 15);
  EXPECT_EQ(report.warnings.at("D154").times, 2);
  EXPECT_EQ(report.warnings.at("D153").place, "/annotations/1");
  EXPECT_THAT(report.warnings.at("D154").first, HasSubstr("gt.json:/annotations/1: D154 has no"));
}

TEST_F(ReadTruth, NamesWhatCannotBeScored) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {annotation("") + "," + annotation(""),
       "gt.json:/annotations/1/id: error D106: id 1 was taken by entry 0 of the same list; "},
      {annotation(R"("image_id": 6)"), "/annotations/0/image_id: error D107: there is no image 6"},
      {annotation(R"("category_id": 4)"), "/category_id: error D108: there is no category 4"},
      {annotation(R"("id": 1.5)"), "/id: error D103: is 1.5, but a whole number is needed"},
      {annotation(R"("id": "1")"), "error D103: is \"1\", but a whole number is needed"},
      {annotation(R"("bbox": [1, 2, 3])"),
       "/bbox: error D201: is [1,2,3], but a list of 4 numbers is needed"},
      {annotation(R"("bbox": [1, 2, null, 3])"), "/bbox/2: error D201: is null"},
      {annotation(R"("area": "1")"), "/area: error D102: is \"1\""},
      {annotation(R"("iscrowd": 0.5)"), "/iscrowd: error D102: is 0.5"},
      {R"({"id": 1})", "/annotations/0: error D101: has no `image_id`; add it"},
      {"3", "/annotations/0: error D102: is 3, but an object is needed"},
      {annotation(R"("area": NaN)"), "NaN is no number"}};
  for (const auto& [annotations, expected] : faults) {
    EXPECT_THAT(refusal(annotations), HasSubstr(expected));
  }
  EXPECT_THAT(error_of([&] { read_truth(folder_.write("l.json", "[]"), {}); }),
              HasSubstr("error D102: is no COCO annotation file"));
  EXPECT_THAT(error_of([&] { read_truth(file("", ""), {}); }), HasSubstr("D109: lists no image"));
  EXPECT_THAT(error_of([&] { read_truth(file("", R"({"id": 5}, {"id": 6}, {"id": 5})"), {}); }),
              HasSubstr("/images/2/id: error D104: id 5 was taken by entry 0"));
  EXPECT_THAT(error_of([&] { read_truth(folder_.write("l.json", "{\"images\": []}"), {}); }),
              HasSubstr("error D101: has no `categories`"));
}

TEST_F(ReadTruth, ReadsMasksInEveryForm) {
  // A square of 3 x 2 pixels at (2, 1), as polygon, as text and as counts.
  const TruthTable truth = read_truth(
      file(
          annotation(R"("segmentation": [[2, 1, 5, 1, 5, 3, 2, 3]])") + "," +
          annotation(R"("segmentation": {"size": [8, 10], "counts": [17, 2, 6, 2, 6, 2, 45]})", 2) +
          "," + annotation(R"("segmentation": {"size": [8, 10], "counts": "a026000W1"})", 3)),
      kMasks);
  const auto& masks = truth.pieces.at(0).masks;
  ASSERT_EQ(masks.size(), 3);
  for (size_t i = 0; i < 3; ++i) {
    std::vector<uint32_t> counts;
    EXPECT_TRUE(decode_counts(masks[i].text, counts));
    EXPECT_THAT(counts, testing::ElementsAre(17, 2, 6, 2, 6, 2, 45)) << i;
    EXPECT_EQ(masks[i].area, 6);
    EXPECT_EQ(masks[i].bounds, (Box{2, 1, 3, 2}));
  }
}

TEST_F(ReadTruth, NamesMasksThatAreBroken) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {R"("segmentation": 3)", "/segmentation: error D304: is 3, but polygons or RLE are needed"},
      {R"("area": 3)", "/annotations/0: error D101: has no `segmentation`"},
      {R"("segmentation": [[1, 2, 3, 4]])", "/segmentation/0: error D301: a polygon of 4 numbers"},
      {R"("segmentation": [1, 2, 3])", "/segmentation/0: error D301: is 1, but a list of numbers"},
      {R"("segmentation": [[1, 2, 3, 4, 5, 1e300]])", "/segmentation/0/5: error D301: is 1e"},
      {R"("segmentation": {"size": [8, 10]})", "error D101: has no `counts`"},
      {R"("segmentation": {"size": [10, 8], "counts": [80]})",
       "error D303: the mask is 10 x 8 pixels, its image 8 x 10 (height x width)"},
      {R"("segmentation": {"size": [8, 10], "counts": [79]})",
       "/segmentation/counts: error D302: the runs cover 79 pixels"},
      {R"("segmentation": {"size": [8, 10], "counts": "1S"})", "is no compressed RLE"},
      {R"("segmentation": {"size": [8, 10], "counts": [-1]})", "/counts/0: error D302: is -1"}};
  for (const auto& [fields, expected] : faults) {
    EXPECT_THAT(refusal(annotation(fields), kMasks), HasSubstr(expected));
  }
}

TEST_F(ReadTruth, IgnoresObjectsWithoutLabelledKeypoints) {
  const TruthTable truth =
      read_truth(file(annotation(R"("keypoints": [1, 2, 2, 3, 4, 1], "num_keypoints": 2)") + "," +
                      annotation(R"("keypoints": [0, 0, 0, 0, 0, 0], "num_keypoints": 0)", 2)),
                 kTwoPoints);
  const auto& piece = truth.pieces.at(0);
  EXPECT_FALSE(piece.rows.at(0).ignored);
  EXPECT_TRUE(piece.rows.at(1).ignored && !piece.rows.at(1).crowd);
  EXPECT_EQ(piece.keypoints.size(), 12);
  EXPECT_THAT(refusal(annotation(R"("keypoints": [1, 2, 2], "num_keypoints": 1)"), kTwoPoints),
              HasSubstr("/keypoints: error D401: has 3 numbers, but x, y and visibility of 2"));
}

TEST_F(ReadTruth, ReadsALargeFileInPiecesAsItReadsASmallOne) {
  std::string annotations;
  for (int id = 1; id <= 40'000; ++id) {
    if (id > 1) annotations += ',';
    annotations += annotation(R"("note": "}, \" and {]")", id);
  }
  const TruthTable truth = read_truth(file(annotations), {});
  EXPECT_GT(truth.pieces.size(), 2);
  size_t rows = 0;
  for (const auto& piece : truth.pieces) rows += piece.rows.size();
  EXPECT_EQ(rows, 40'000);
  const std::string twice = annotations + "," + annotation("", 77);
  EXPECT_THAT(refusal(twice), HasSubstr("/annotations/40000/id: error D106: id 77 was taken by "
                                        "entry 76 of the same list"));
  const std::string wrong = annotations + "," + annotation(R"("bbox": 3)", 40'001);
  EXPECT_THAT(refusal(wrong), HasSubstr("/annotations/40000/bbox: error D201"));
}

class ReadFound : public testing::Test {
 protected:
  FoundTable read(const std::string& text, const TableOptions& options = {}) const {
    return read_found(folder_.write("a.json", text), two_images(), options);
  }
  std::string refusal(const std::string& text, const TableOptions& options = {}) const {
    return error_of([&] { read(text, options); });
  }
  std::string with(const std::string& fields, const TableOptions& options = {}) const {
    return refusal(R"([{"image_id": 5, "category_id": 3, "bbox": [0, 0, 1, 1], "score": 0.5, )" +
                       fields + "}]",
                   options);
  }

  TempFolder folder_;
};

TEST_F(ReadFound, KeepsTheOrderOfTheFile) {
  const FoundTable found = read(
      R"([{"image_id": 6, "category_id": 3, "bbox": [0, 0, 1, 1], "score": 0.1},
          {"image_id": 5, "category_id": 9, "bbox": [0, 0, 2, 3], "score": 2e-1},
          {"image_id": 6.0, "category_id": 3, "bbox": [0, 0, 1, 1], "score": 1}])");
  const auto& rows = found.pieces.at(0).rows;
  ASSERT_EQ(rows.size(), 3);
  EXPECT_EQ(rows[0].image, 1);
  EXPECT_EQ(rows[1].label, 1);
  EXPECT_EQ(rows[1].area, 6);
  EXPECT_EQ(rows[2].score, 1);
}

TEST_F(ReadFound, TakesNothingFoundForNothing) {
  EXPECT_TRUE(read("[]").pieces.empty());
  EXPECT_TRUE(read(" [ ] ").pieces.empty());
}

TEST_F(ReadFound, RefusesWhatPycocotoolsWouldTripOver) {
  EXPECT_THAT(with(R"("image_id": 7)"),
              HasSubstr("a.json:/0/image_id: there is no image 7 in truth.json; "));
  EXPECT_THAT(with(R"("image_id": "5")"),
              HasSubstr("a.json:/0/image_id: is text, but the ids of images are whole numbers; "
                        "`fovea-infer --annotations"));
  EXPECT_THAT(with(R"("category_id": 1)"), HasSubstr("/0/category_id: there is no category 1"));
  EXPECT_THAT(with(R"("category_id": 3.5)"), HasSubstr("/0/category_id: is 3.5, but a whole"));
  EXPECT_THAT(with(R"("score": "0.5")"), HasSubstr("/0/score: is \"0.5\", but a number"));
  EXPECT_THAT(with(R"("score": NaN)"), HasSubstr("NaN is no number in /0/score"));
  EXPECT_THAT(with(R"("score": null)"), HasSubstr("/0/score: is null, but a number"));
  EXPECT_THAT(with(R"("bbox": [1, 2, 3])"),
              HasSubstr("/0/bbox: is [1,2,3], but a list of 4 numbers is needed"));
  EXPECT_THAT(with(R"("bbox": [1, 2, 3, true])"), HasSubstr("/0/bbox/3: is true, but a number"));
  EXPECT_THAT(refusal(R"([{"image_id": 5}])"), HasSubstr("/0: has no `bbox`"));
  EXPECT_THAT(refusal("{}"), HasSubstr("a.json: is {}, but a list is needed"));
  EXPECT_THAT(refusal("[3]"), HasSubstr("/0: is 3, but an object is needed"));
  EXPECT_THAT(refusal(R"([{"a": 1},])"), HasSubstr("no JSON"));
}

TEST_F(ReadFound, TakesAreaAndBoxFromWhatTheFirstEntryHas) {
  const std::string mask =
      R"("segmentation": {"size": [8, 10], "counts": [17, 2, 6, 2, 6, 2, 45]})";
  const auto entry = [](const std::string& fields) {
    return R"([{"image_id": 5, "category_id": 3, "score": 0.5, )" + fields + "}]";
  };
  const auto row_of = [&](const std::string& fields, const TableOptions& options) {
    return read(entry(fields), options).pieces.at(0).rows.at(0);
  };
  EXPECT_EQ(row_of(mask, kMasks).area, 6);
  EXPECT_EQ(row_of(mask, kMasks).box, (Box{2, 1, 3, 2}));
  EXPECT_EQ(row_of(mask + R"(, "bbox": [1, 1, 5, 5])", kMasks).area, 25);
  EXPECT_EQ(row_of(mask + R"(, "bbox": [])", kMasks).area, 6) << "an empty box is none";
  const FoundTable box = read(entry(R"("bbox": [2, 1, 3, 2])"), kMasks);
  EXPECT_EQ(box.pieces.at(0).masks[0].area, 6) << "the box is the mask where there is no other";
  const FoundRow points = row_of(R"("keypoints": [1, 2, 2, 4, 6, 2])", kTwoPoints);
  EXPECT_EQ(points.box, (Box{1, 2, 3, 4}));
  EXPECT_EQ(points.area, 12);
}

TEST_F(ReadFound, TakesBoxesFromMasksOfImagesThatDoNotStateTheirSize) {
  TruthTable truth = two_images();
  truth.image_sizes = {{}, {}};
  const auto read_entry = [&](const std::string& mask) {
    return read_found(folder_.write("a.json", R"([{"image_id": 5, "category_id": 3, "score": 0.5,
                                                   "segmentation": )" +
                                                  mask + "}]"),
                      truth, {});
  };
  const FoundTable found = read_entry(R"({"size": [4, 4], "counts": [5, 2, 9]})");
  EXPECT_EQ(found.pieces.at(0).rows.at(0).box, (Box{1, 1, 1, 2}));
  EXPECT_THAT(error_of([&] { read_entry("[[0, 0, 1, 0, 1, 1]]"); }),
              HasSubstr("/0/segmentation: polygons in an image of unknown size; "));
  EXPECT_THAT(error_of([&] { read_entry(R"({"size": [4, 70000], "counts": [280000]})"); }),
              HasSubstr("/0/segmentation/size: is [4,70000], but 1 to 32768 are needed"));
}

TEST_F(ReadFound, NamesMasksAndKeypointsThatAreBroken) {
  EXPECT_THAT(
      with(R"("segmentation": {"size": [9, 10], "counts": [90]})", kMasks),
      HasSubstr("a.json:/0/segmentation/size: the mask is 9 x 10 pixels, its image 8 x 10"));
  EXPECT_THAT(with(R"("segmentation": {"size": [8, 10], "counts": "1S"})", kMasks),
              HasSubstr("/0/segmentation/counts: the text is no compressed RLE"));
  EXPECT_THAT(with(R"("keypoints": [1, 2])", kTwoPoints),
              HasSubstr("/0/keypoints: has 2 numbers, but x, y and visibility of 2 keypoints"));
}

}  // namespace
}  // namespace fovea
