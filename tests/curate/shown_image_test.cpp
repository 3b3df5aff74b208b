#include "fovea/curate/shown_image.h"

#include <gmock/gmock.h>

#include "fovea/curate/annotation_drawing.h"
#include "fovea/data/coco.h"
#include "fovea/data/rle.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

const Record kRecord = {.id = 1, .height = 500, .width = 600};

Mark object(int64_t label, const Box& box) {
  return {.box = box, .label = label, .id = 7};
}

Mark prediction(int64_t label, const Box& box, double score) {
  return {.box = box, .label = label, .score = score};
}

std::vector<Verdict> verdicts(const std::vector<Mark>& marks) {
  std::vector<Verdict> all;
  for (const Mark& mark : marks) all.push_back(mark.verdict);
  return all;
}

TEST(Judge, PairsEachPredictionWithTheFreeObjectOfItsClassThatItOverlapsMost) {
  ShownImage image = {.record = &kRecord,
                      .truth = {object(0, {0, 0, 100, 100}), object(0, {20, 0, 100, 100}),
                                object(1, {300, 0, 50, 50})},
                      .found = {prediction(0, {15, 0, 100, 100}, 0.9),   // the second object
                                prediction(0, {15, 0, 100, 100}, 0.8),   // what is left: the first
                                prediction(0, {0, 0, 100, 100}, 0.7),    // both are taken
                                prediction(0, {300, 0, 50, 50}, 0.6)}};  // another class
  judge(image, IouType::bbox);
  EXPECT_THAT(verdicts(image.truth), ElementsAre(Verdict::right, Verdict::right, Verdict::missed));
  EXPECT_THAT(verdicts(image.found),
              ElementsAre(Verdict::right, Verdict::right, Verdict::wrong, Verdict::wrong));
}

TEST(Judge, ExcusesWhatLiesInACrowdButPrefersAnObject) {
  Mark crowd = object(0, {0, 0, 300, 300});
  crowd.crowd = true;
  ShownImage image = {
      .record = &kRecord,
      .truth = {crowd, object(0, {0, 0, 50, 50})},
      .found = {prediction(0, {0, 0, 50, 45}, 0.9), prediction(0, {99, 99, 9, 9}, 0.8),
                prediction(0, {150, 99, 9, 9}, 0.8)}};
  judge(image, IouType::bbox);
  EXPECT_THAT(verdicts(image.truth), ElementsAre(Verdict::excused, Verdict::right));
  EXPECT_THAT(verdicts(image.found),
              ElementsAre(Verdict::right, Verdict::excused, Verdict::excused));
}

TEST(Judge, ComparesMasksWhereItIsAskedTo) {
  Mark truth = object(0, {0, 0, 100, 100});
  truth.segmentation.polygons = {{0, 0, 100, 0, 100, 100}};
  Mark found = prediction(0, {0, 0, 100, 100}, 0.9);
  found.segmentation.polygons = {{0, 0, 0, 100, 100, 100}};  // the other half of the box
  ShownImage image = {.record = &kRecord, .truth = {truth}, .found = {found}};
  judge(image, IouType::segm);
  EXPECT_EQ(image.found[0].verdict, Verdict::wrong);
  judge(image, IouType::bbox);
  EXPECT_EQ(image.found[0].verdict, Verdict::right);
}

class Files : public testing::Test {
 protected:
  Dataset read() {
    CheckReport report;
    return check_coco(truth_, {}, report);
  }
  TempFolder folder_;
  std::filesystem::path truth_ = folder_.write("truth.json", R"({
    "images": [{"id": 5, "file_name": "a.jpg", "width": 100, "height": 80},
               {"id": 3, "file_name": "b.jpg", "width": 100, "height": 80}],
    "categories": [{"id": 9, "name": "dog"},
                   {"id": 2, "name": "person", "keypoints": ["a", "b"], "skeleton": [[1, 2]]}],
    "annotations": [{"id": 1, "image_id": 5, "category_id": 2, "bbox": [0, 0, 10, 10], "area": 100,
                     "iscrowd": 0, "segmentation": [[0, 0, 10, 0, 10, 10]],
                     "keypoints": [1, 1, 2, 5, 5, 1], "num_keypoints": 2}]})");
};

TEST_F(Files, PredictionsComeToTheirImagesBestFirst) {
  const Dataset dataset = read();
  std::vector<ShownImage> images = {{.record = &dataset.records[0]}};  // image 3 is not shown
  const auto results = folder_.write("found.json", R"([
    {"image_id": 5, "category_id": 9, "bbox": [1, 2, 3, 4], "score": 0.4},
    {"image_id": 3, "category_id": 9, "bbox": [1, 2, 3, 4], "score": 0.9},
    {"image_id": 5, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.5},
    {"image_id": 5, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.1}])");
  add_predictions(results, dataset, {.score = 0.3}, images);
  ASSERT_EQ(images[0].found.size(), 2);
  EXPECT_EQ(images[0].found[0].score, 0.5);
  EXPECT_EQ(dataset.categories[static_cast<size_t>(images[0].found[1].label)].name, "dog");
}

TEST_F(Files, MasksAndKeypointsOfPredictionsAreReadWhereAskedFor) {
  const Dataset dataset = read();
  std::vector<ShownImage> images = {{.record = &dataset.records[0]}};
  const auto results = folder_.write("found.json", R"([
    {"image_id": 5, "category_id": 2, "score": 0.5, "keypoints": [1, 2, 2, 3, 4, 1],
     "segmentation": [[0, 0, 10, 0, 10, 10, 0, 10]]}])");
  add_predictions(results, dataset, {.iou_type = IouType::segm}, images);
  EXPECT_EQ(area_of(images[0].found.at(0).segmentation.rle.value()), 100);
  add_predictions(results, dataset, {.iou_type = IouType::keypoints}, images);
  EXPECT_EQ(images[0].found.at(1).keypoints.at(1).y, 4);
}

TEST_F(Files, PredictionsOfAnUnknownImageAreRefused) {
  const Dataset dataset = read();
  std::vector<ShownImage> images;
  const auto results = folder_.write(
      "found.json", R"([{"image_id": 4, "category_id": 9, "bbox": [1, 2, 3, 4], "score": 0.4}])");
  EXPECT_THAT(error_of([&] { add_predictions(results, dataset, {}, images); }),
              HasSubstr("found.json:/0/image_id"));
}

TEST_F(Files, SkeletonsAreCountedFromZero) {
  const std::vector<Skeleton> skeletons = read_skeletons(truth_, read().categories);
  EXPECT_THAT(skeletons.at(0), ElementsAre(Pair(0, 1)));
  EXPECT_THAT(skeletons.at(1), IsEmpty());
}

/// A black picture of 600 x 500 with its marks.
Image drawn(const ShownImage& image, Panels panels = Panels::truth) {
  const MarkNames names = {.categories = {{1, "cat"}, {2, "person"}}, .skeletons = {{}, {{0, 1}}}};
  return draw_shown(Image::filled(500, 600, 0, 0, 0), image, names, panels);
}

Color color_at(const Image& image, int64_t x, int64_t y) {
  return {image.at(x, y)[0], image.at(x, y)[1], image.at(x, y)[2]};
}

TEST(DrawShown, DrawsBoxesMasksAndSkeletonsInTheColourOfTheClass) {
  Mark cat = object(0, {100, 100, 200, 200});
  cat.segmentation.polygons = {{100, 100, 200, 100, 200, 300, 100, 300}};
  Mark person = object(1, {400, 100, 100, 300});
  person.keypoints = {{.x = 420, .y = 200, .visibility = 2}, {.x = 480, .y = 200, .visibility = 2}};
  const Image image = drawn({.record = &kRecord, .truth = {cat, person}});
  EXPECT_EQ(color_at(image, 299, 200), color_of(0));             // the right edge
  EXPECT_EQ(color_at(image, 450, 200), color_of(1));             // between the keypoints
  EXPECT_NEAR(image.at(150, 200)[0], 0.4 * color_of(0).red, 1);  // the mask
  EXPECT_EQ(color_at(image, 250, 200), (Color{0, 0, 0}));        // in the box beside the mask
}

TEST(DrawShown, HatchesACrowdAndDashesItsBox) {
  Mark crowd = object(0, {100, 100, 200, 200});
  crowd.crowd = true;
  crowd.segmentation.polygons = {{100, 100, 300, 100, 300, 300, 100, 300}};
  const Image image = drawn({.record = &kRecord, .truth = {crowd}});
  int64_t inside = 0;
  int64_t edge = 0;
  for (int64_t y = 110; y < 290; ++y) {
    inside += image.at(200, y)[0] > 0 ? 1 : 0;
    edge += image.at(299, y)[0] == 128 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(inside), 180 / 4, 2);
  EXPECT_NEAR(static_cast<double>(edge), 180 * 2 / 3, 20);
}

TEST(DrawShown, PutsPredictionsBesideTheTruthInTheColoursOfTheirVerdicts) {
  ShownImage image = {
      .record = &kRecord,
      .truth = {object(0, {50, 50, 100, 100}), object(0, {300, 300, 100, 100})},
      .found = {prediction(0, {50, 50, 100, 100}, 0.9), prediction(1, {300, 50, 100, 100}, 0.8)}};
  judge(image, IouType::bbox);
  const Image both = drawn(image, Panels::truth_and_found);
  EXPECT_EQ(both.width, 2 * 600 + 3 * 4);
  EXPECT_EQ(color_at(both, 4 + 149, 4 + 100), color_of(image.truth[0]));
  EXPECT_EQ(color_at(both, 608 + 149, 4 + 100), color_of(image.found[0]));
  EXPECT_EQ(color_at(both, 608 + 399, 4 + 100), color_of(image.found[1]));
  EXPECT_NE(color_of(image.found[0]), color_of(image.found[1]));
  EXPECT_NE(color_of(image.truth[0]), color_of(image.truth[1]));
  EXPECT_EQ(color_at(both, 608 + 399, 4 + 350), (Color{0, 0, 0}));  // only the truth has it
}

TEST(DrawShown, EnlargesSmallPicturesByAWholeFactor) {
  const Record small = {.id = 1, .height = 60, .width = 90};
  const MarkNames names = {.categories = {{1, "cat"}}};
  const ShownImage image = {.record = &small, .truth = {object(0, {10, 10, 50, 40})}};
  const Image drawn = draw_shown(Image::filled(60, 90, 0, 0, 0), image, names, Panels::truth);
  EXPECT_EQ(drawn.width, 630);
  EXPECT_EQ(color_at(drawn, 60 * 7 - 1, 210), color_of(0));
}

TEST(Caption, SaysClassAndIdOrScore) {
  const std::vector<Category> categories = {{1, "cat"}};
  Mark mark = object(0, {});
  EXPECT_EQ(caption_of(mark, categories), "cat #7");
  mark.verdict = Verdict::missed;
  EXPECT_EQ(caption_of(mark, categories), "cat missed #7");
  EXPECT_EQ(caption_of(prediction(0, {}, 0.876), categories), "cat 0.88");
}

}  // namespace
}  // namespace fovea
