#include "fovea/eval/coco_eval.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "fovea/core/json.h"
#include "fovea/data/score_tables.h"
#include "fovea/eval/coco_report.h"
#include "fovea/eval/mean.h"
#include "support/test_files.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// As make_coco_eval.py takes it: any one double that differs changes it.
std::string digest(const std::vector<double>& values) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < values.size(); ++i) {
    sum += std::bit_cast<uint64_t>(values[i]) * (i * (2 * 0x9E3779B97F4A7C15U) + 1);
  }
  return fmt::format("{:016x}", sum);
}

IouType type_of(std::string_view name) {
  return name == "bbox" ? IouType::bbox : name == "segm" ? IouType::segm : IouType::keypoints;
}

struct Tables {
  TruthTable truth;
  FoundTable found;
};

Tables read_tables(const fs::path& truth_file, const fs::path& results_file, IouType type) {
  const TableOptions options{.iou_type = type};
  Tables tables{.truth = read_truth(truth_file, options), .found = {}};
  tables.found = read_found(results_file, tables.truth, options);
  return tables;
}

/// Scored image by image, as while a network runs.
CocoMetrics scored_by_image(const Tables& tables) {
  Dataset dataset{.categories = tables.truth.categories};
  std::vector<Predictions> found;
  std::vector<std::vector<Instance>> objects(tables.truth.image_ids.size());
  for (const int64_t id : tables.truth.image_ids) {
    found.push_back({.image_id = id});
  }
  for (const auto& piece : tables.truth.pieces) {
    for (const TruthRow& row : piece.rows) {
      objects[static_cast<size_t>(row.image)].push_back({.id = row.id_is_zero ? 0 : 1,
                                                         .box = row.box,
                                                         .label = row.label,
                                                         .crowd = row.crowd,
                                                         .area = row.area});
    }
  }
  for (size_t i = 0; i < objects.size(); ++i) {
    dataset.records.push_back({.id = tables.truth.image_ids[i], .instances = objects[i]});
  }
  for (const auto& piece : tables.found.pieces) {
    for (const FoundRow& row : piece.rows) {
      found[static_cast<size_t>(row.image)].found.push_back(
          {.box = row.box, .score = row.score, .label = row.label});
    }
  }
  CocoEvaluator evaluator(dataset);
  std::reverse(found.begin(), found.end());
  for (const Predictions& image : found) evaluator.add(image);
  return evaluator.result();
}

/// Bit for bit, so that -0 or a last digit would show.
void expect_golden(const CocoMetrics& metrics, const JsonValue& golden) {
  const std::vector<JsonValue> stats = golden.at("stats").items();
  ASSERT_EQ(metrics.stats.size(), stats.size());
  for (size_t i = 0; i < stats.size(); ++i) {
    EXPECT_EQ(std::bit_cast<uint64_t>(metrics.stats[i]), std::bit_cast<uint64_t>(stats[i].number()))
        << stat_names(metrics.options.iou_type)[i];
  }
  EXPECT_EQ(digest(metrics.curves.precision), golden.at("digests").at("precision").text());
  EXPECT_EQ(digest(metrics.curves.scores), golden.at("digests").at("scores").text());
  EXPECT_EQ(digest(metrics.curves.recall), golden.at("digests").at("recall").text());
}

void expect_golden(const fs::path& truth, const fs::path& results, const JsonValue& golden) {
  SCOPED_TRACE(golden.at("name").text());
  const IouType type = type_of(golden.at("iou_type").text());
  const Tables tables = read_tables(truth, results, type);
  expect_golden(score(tables.truth, tables.found, coco_options(type)), golden);
  if (type == IouType::bbox) expect_golden(scored_by_image(tables), golden);
}

void expect_cases(const JsonDocument& golden) {
  const TempFolder folder;
  for (const JsonValue& entry : golden.root().at("cases").items()) {
    expect_golden(folder.write("truth.json", entry.at("truth").raw()),
                  folder.write("results.json", entry.at("results").raw()), entry);
  }
}

JsonDocument golden_file() {
  return JsonDocument::read(source_folder() / "tests/golden/coco_eval/coco_eval.json");
}

TEST(Score, EqualsPycocotoolsToTheLastBit) {
  const JsonDocument golden = golden_file();
  EXPECT_EQ(golden.root().at("cases").size(), 24);
  expect_cases(golden);
}

TEST(Score, EqualsPycocotoolsOnTheSharedFiles) {
  SKIP_WITHOUT_SHARED_DATA();
  const JsonDocument golden = golden_file();
  const fs::path folder = shared_data() / "eval-vectors";
  ASSERT_EQ(golden.root().at("vectors").size(), 12);
  for (const JsonValue& entry : golden.root().at("vectors").items()) {
    expect_golden(folder / entry.at("truth").text(), folder / entry.at("results").text(), entry);
  }
}

/// Thousands of them, made by tests/golden/coco_eval/make_coco_eval.py --random.
TEST(Score, EqualsPycocotoolsOnRandomCases) {
  const char* file = std::getenv("FOVEA_SCORE_CASES");
  if (file == nullptr) GTEST_SKIP() << "FOVEA_SCORE_CASES names no file of cases";
  expect_cases(JsonDocument::read(file));
}

/// Images 1..count with two objects of class 0 each, all found with rising scores.
Dataset small_truth(int64_t count) {
  Dataset truth{.categories = {{1, "cat"}, {2, "dog"}}};
  for (int64_t id = count; id >= 1; --id) {
    const Box left{0, 0, 10, 10};
    const Box right{50, 0, 40, 40};
    truth.records.push_back(
        {.id = id,
         .instances = {{.id = 2 * id, .box = left, .label = 0, .area = 100},
                       {.id = 2 * id + 1, .box = right, .label = 0, .area = 1600}}});
  }
  return truth;
}

Predictions found_in(int64_t image) {
  return {.image_id = image,
          .found = {{.box = {0, 0, 10, 8}, .score = 0.5, .label = 0},
                    {.box = {200, 0, 9, 9}, .score = 0.5, .label = 0},
                    {.box = {50, 0, 40, 30}, .score = 0.1 * static_cast<double>(image), .label = 0},
                    {.box = {0, 0, 10, 10}, .score = 0.9, .label = 1}}};
}

CocoMetrics scored(const Dataset& truth, const std::vector<Prediction>& found) {
  CocoEvaluator evaluator(truth);
  evaluator.add({.image_id = truth.records.at(0).id, .found = found});
  return evaluator.result();
}

TEST(CocoEvaluator, CountsAnOverlapThatEqualsTheThreshold) {
  const Dataset truth{.categories = {{1, "cat"}},
                      .records = {{.id = 1, .instances = {{.id = 1, .box = {0, 0, 10, 10}}}}}};
  EXPECT_DOUBLE_EQ(scored(truth, {{.box = {0, 0, 10, 5}, .score = 0.9}}).stats[1], 1);
  EXPECT_EQ(scored(truth, {{.box = {0, 0, 10, 4.999}, .score = 0.9}}).stats[1], 0);
}

TEST(CocoEvaluator, PrefersAnObjectThatCountsToABetterCrowd) {
  const Dataset truth{.categories = {{1, "cat"}},
                      .records = {{.id = 1,
                                   .instances = {{.id = 1, .box = {0, 0, 10, 10}, .crowd = true},
                                                 {.id = 2, .box = {0, 0, 10, 8}}}}}};
  EXPECT_DOUBLE_EQ(scored(truth, {{.box = {0, 0, 10, 10}, .score = 0.9}}).stats[1], 1);
}

TEST(CocoEvaluator, DoesNotDependOnTheOrderOrOnWhoScoredWhat) {
  const Dataset truth = small_truth(6);
  CocoEvaluator whole(truth);
  for (int64_t image = 1; image <= 6; ++image) whole.add(found_in(image));
  CocoEvaluator odd(truth);
  CocoEvaluator even(truth);
  for (int64_t image = 6; image >= 1; --image) (image % 2 == 1 ? odd : even).add(found_in(image));
  odd.merge(even.state());
  const CocoMetrics one = whole.result();
  const CocoMetrics two = odd.result();
  EXPECT_EQ(one.stats, two.stats);
  EXPECT_EQ(one.curves.precision, two.curves.precision);
  EXPECT_EQ(one.curves.scores, two.curves.scores);
  EXPECT_EQ(one.curves.recall, two.curves.recall);
}

TEST(CocoEvaluator, RefusesToCountAnImageTwice) {
  const Dataset truth = small_truth(2);
  CocoEvaluator evaluator(truth);
  evaluator.add(found_in(1));
  EXPECT_THAT(error_of([&] { evaluator.add(found_in(1)); }), HasSubstr("image 1 was scored twice"));
  EXPECT_THAT(error_of([&] { evaluator.merge(evaluator.state()); }), HasSubstr("the same image"));
}

TEST(CocoEvaluator, RefusesWhatTheDataSetDoesNotHold) {
  const Dataset truth = small_truth(2);
  CocoEvaluator evaluator(truth);
  EXPECT_THAT(error_of([&] { evaluator.add(found_in(3)); }), HasSubstr("image 3"));
  Predictions wrong = found_in(1);
  wrong.found[0].label = 2;
  EXPECT_THAT(error_of([&] { evaluator.add(wrong); }), HasSubstr("beyond the 2 classes"));
  EXPECT_THAT(error_of([&] { evaluator.merge(CocoEvaluator(small_truth(3)).state()); }),
              HasSubstr("another data set"));
  EXPECT_THAT(error_of([&] { evaluator.merge("x"); }), HasSubstr("another data set"));
}

TEST(CocoEvaluator, ScoresNothingFoundAsZeroAndNoTruthAsMinusOne) {
  const CocoMetrics metrics = CocoEvaluator(small_truth(2)).result();
  EXPECT_EQ(metrics.stats[0], 0);
  EXPECT_EQ(metrics.stats[8], 0);
  EXPECT_EQ(metrics.stats[5], -1);  // no large object
  EXPECT_EQ(metrics.classes[0].ap, 0);
  EXPECT_EQ(metrics.classes[1].ap, -1);
  EXPECT_TRUE(metrics.precision_curve(1).empty());
}

TEST(CocoEvaluator, GivesFiguresOfEachClass) {
  // Two objects; found with 0.9 (right), 0.8 (wrong), 0.7 (right), 0.6 (wrong): F1 is 2 * 2 / (3 +
  // 2) at 0.7. Precision is 1 up to recall 0.5 (51 points) and 2/3 beyond (50 points).
  const Dataset truth{
      .categories = {{1, "cat"}},
      .records = {{.id = 1,
                   .instances = {{.id = 1, .box = {0, 0, 50, 50}, .area = 2500},
                                 {.id = 2, .box = {60, 0, 50, 50}, .area = 2500}}}}};
  CocoEvaluator evaluator(truth);
  evaluator.add({.image_id = 1,
                 .found = {{.box = {0, 0, 50, 50}, .score = 0.9},
                           {.box = {200, 0, 50, 50}, .score = 0.8},
                           {.box = {60, 0, 50, 50}, .score = 0.7},
                           {.box = {300, 0, 50, 50}, .score = 0.6}}});
  const CocoMetrics metrics = evaluator.result();
  const ClassMetrics& cat = metrics.classes.at(0);
  EXPECT_EQ(cat.truths, 2);
  EXPECT_DOUBLE_EQ(cat.ap, (51 + 50 * 2.0 / 3) / 101);
  EXPECT_DOUBLE_EQ(cat.ap50, cat.ap);
  EXPECT_EQ(cat.ar, 1);
  EXPECT_DOUBLE_EQ(cat.best_f1, 0.8);
  EXPECT_EQ(cat.best_threshold, 0.7);
  EXPECT_DOUBLE_EQ(metrics.precision_curve(0)[50], 1);
  EXPECT_DOUBLE_EQ(metrics.precision_curve(0)[51], 2.0 / 3);
  EXPECT_EQ(metrics.named()[1].first, "AP50");
  EXPECT_THAT(class_table(metrics, truth.categories), HasSubstr("cat          2"));
}

TEST(CocoEvaluator, GivesTheF1OfTheDetectionsFromEachScoreOn) {
  const Dataset truth{
      .categories = {{1, "cat"}, {2, "dog"}},
      .records = {{.id = 1, .instances = {{.id = 1, .box = {0, 0, 50, 50}, .area = 2500}}}}};
  CocoEvaluator evaluator(truth);
  evaluator.add({.image_id = 1,
                 .found = {{.box = {200, 0, 50, 50}, .score = 0.75},
                           {.box = {0, 0, 50, 50}, .score = 0.5},
                           {.box = {300, 0, 50, 50}, .score = 0.25}}});
  const CocoMetrics metrics = evaluator.result();
  const std::vector<double>& f1 = metrics.classes.at(0).f1;
  ASSERT_EQ(f1.size(), kF1Steps + 1);
  const auto at = [&](double score) { return f1[static_cast<size_t>(score * kF1Steps)]; };
  EXPECT_DOUBLE_EQ(at(0), 2.0 / 4);  // one found, two invented
  EXPECT_DOUBLE_EQ(at(0.25), 2.0 / 4);
  EXPECT_DOUBLE_EQ(at(0.3), 2.0 / 3);
  EXPECT_DOUBLE_EQ(at(0.5), 2.0 / 3);
  EXPECT_DOUBLE_EQ(at(0.6), 0);  // the invented one alone
  EXPECT_DOUBLE_EQ(at(1), 0);
  EXPECT_TRUE(metrics.classes.at(1).f1.empty());  // no truth
}

TEST(ClassTable, ShowsControlCharactersOfANameAndObeysNone) {
  const CocoMetrics metrics{.classes = {{}, {}}};
  const std::string name = "a\nb\x1B[31m\x7F \xC2\x9BK";
  const std::string table = class_table(metrics, {{1, name}, {2, "ñandú"}});
  EXPECT_THAT(table, HasSubstr("\na\\x0ab\\x1b[31m\\x7f \\x9bK  "));
  EXPECT_THAT(table, HasSubstr("\nñandú "));
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 3);
}

TEST(Summary, IsWhatPycocotoolsPrints) {
  CocoMetrics metrics{.options = coco_options(), .stats = std::vector<double>(12)};
  metrics.stats[0] = 0.5045;
  metrics.stats[9] = -1;
  const std::string text = summary(metrics);
  EXPECT_THAT(text, testing::StartsWith(" Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | "
                                        "maxDets=100 ] = 0.504\n Average Precision  (AP) @[ "
                                        "IoU=0.50      | area=   all"));
  EXPECT_THAT(text, HasSubstr(" Average Recall     (AR) @[ IoU=0.50:0.95 | area= small | "
                              "maxDets=100 ] = -1.000\n"));
}

TEST(PairwiseSum, AddsInNumpysOrder) {  // numpy.sum of these with numpy 2.4.6
  std::vector<double> values;
  for (int i = 1; i <= 1000; ++i) values.push_back(1.0 / i);
  EXPECT_EQ(pairwise_sum(values), 7.485470860550345);
  values.resize(100);
  EXPECT_EQ(pairwise_sum(values), 5.187377517639621);
  values.resize(7);
  EXPECT_EQ(pairwise_sum(values), 2.5928571428571425);
}

/// Objects of image 1.
TruthTable truth_of_one_image(std::vector<Category> categories, std::vector<TruthRow> rows) {
  TruthTable truth;
  truth.categories = std::move(categories);
  truth.image_ids = {1};
  truth.image_sizes = {{}};
  truth.pieces.emplace_back().rows = std::move(rows);
  return truth;
}

FoundTable found_in_one_image(std::vector<FoundRow> rows) {
  FoundTable found;
  found.pieces.emplace_back().rows = std::move(rows);
  return found;
}

TEST(Score, OfFewerThresholdsAndLimitsLeavesOutWhatTheyLack) {
  ScoringOptions options = coco_options();
  options.iou_thresholds = {0.75, 0.5};
  options.max_detections = {1, 2};
  options.areas = {{"all", 0, 1e10}, {"large", 96 * 96, 1e10}};
  const TruthTable truth = truth_of_one_image({{1, "cat"}}, {{.box = {0, 0, 10, 10}, .area = 100}});
  const FoundTable found = found_in_one_image({{.box = {50, 0, 10, 10}, .area = 100, .score = 0.9},
                                               {.box = {0, 0, 10, 6}, .area = 60, .score = 0.8}});
  const CocoMetrics metrics = score(truth, found, options);
  EXPECT_EQ(metrics.stats[0], -1) << "100 detections are no limit of these options";
  EXPECT_DOUBLE_EQ(metrics.stats[1], 0.5);
  EXPECT_EQ(metrics.stats[2], 0);
  EXPECT_EQ(metrics.stats[3], -1);
  EXPECT_EQ(metrics.stats[6], 0) << "the best one alone has found nothing";
  EXPECT_DOUBLE_EQ(metrics.stats[7], 0.5);
}

TEST(Score, WithoutClassesCountsAnObjectOfAnyClass) {
  ScoringOptions options = coco_options();
  const TruthTable truth = truth_of_one_image({{1, "cat"}, {2, "dog"}},
                                              {{.box = {0, 0, 10, 10}, .area = 100, .label = 1}});
  const FoundTable found =
      found_in_one_image({{.box = {0, 0, 10, 10}, .area = 100, .score = 0.9, .label = 0}});
  EXPECT_EQ(score(truth, found, options).stats[0], 0);
  options.by_class = false;
  EXPECT_DOUBLE_EQ(score(truth, found, options).stats[0], 1);
}

}  // namespace
}  // namespace fovea
