#include "fovea/eval/coco_eval.h"

#include <gmock/gmock.h>

#include <bit>

#include "fovea/core/json.h"
#include "fovea/data/coco.h"
#include "fovea/data/results.h"
#include "fovea/eval/mean.h"
#include "support/test_files.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// FNV-1a over the bytes of the doubles, as tests/golden/coco_eval/make_coco_eval.py takes it.
std::string fnv1a(const std::vector<double>& values) {
  uint64_t hash = 0xCBF29CE484222325U;
  for (const double value : values) {
    const auto bits = std::bit_cast<uint64_t>(value);
    for (unsigned shift = 0; shift < 64; shift += 8) {
      hash = (hash ^ ((bits >> shift) & 0xFFU)) * 0x100000001B3U;
    }
  }
  std::array<char, 17> text;
  std::snprintf(text.data(), text.size(), "%016lx", static_cast<unsigned long>(hash));
  return text.data();
}

CocoMetrics scored(const fs::path& truth_file, const fs::path& results_file) {
  const Dataset truth = read_ground_truth(truth_file);
  CocoEvaluator evaluator(truth);
  for (const Predictions& image : read_results(results_file, truth)) evaluator.add(image);
  return evaluator.result();
}

/// Bit for bit, so that -0 or a last digit would show.
void expect_golden(const CocoMetrics& metrics, const JsonValue& golden) {
  const std::vector<JsonValue> stats = golden.at("stats").items();
  for (size_t i = 0; i < stats.size(); ++i) {
    EXPECT_EQ(std::bit_cast<uint64_t>(metrics.stats[i]), std::bit_cast<uint64_t>(stats[i].number()))
        << coco::kStatNames[i];
  }
  EXPECT_EQ(fnv1a(metrics.precision), golden.at("fnv1a").at("precision").text());
  EXPECT_EQ(fnv1a(metrics.scores), golden.at("fnv1a").at("scores").text());
  EXPECT_EQ(fnv1a(metrics.recall), golden.at("fnv1a").at("recall").text());
}

JsonDocument golden_file() {
  return JsonDocument::read(source_folder() / "tests/golden/coco_eval/coco_eval.json");
}

TEST(CocoEvaluator, EqualsPycocotoolsToTheLastBit) {
  const JsonDocument golden = golden_file();
  const TempFolder folder;
  for (const JsonValue& entry : golden.root().at("cases").items()) {
    SCOPED_TRACE(entry.at("name").text());
    expect_golden(scored(folder.write("truth.json", entry.at("truth").raw()),
                         folder.write("results.json", entry.at("results").raw())),
                  entry);
  }
}

TEST(CocoEvaluator, EqualsPycocotoolsOnTheSharedFiles) {
  SKIP_WITHOUT_SHARED_DATA();
  const JsonDocument golden = golden_file();
  const fs::path folder = shared_data() / "eval-vectors";
  ASSERT_EQ(golden.root().at("vectors").size(), 4);
  for (const JsonValue& entry : golden.root().at("vectors").items()) {
    SCOPED_TRACE(entry.at("name").text());
    expect_golden(scored(folder / entry.at("truth").text(), folder / entry.at("results").text()),
                  entry);
  }
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
  EXPECT_EQ(one.precision, two.precision);
  EXPECT_EQ(one.scores, two.scores);
  EXPECT_EQ(one.recall, two.recall);
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

TEST(ClassTable, ShowsControlCharactersOfANameAndObeysNone) {
  const CocoMetrics metrics{.classes = {{}, {}}};
  const std::string name = "a\nb\x1B[31m\x7F \xC2\x9BK";
  const std::string table = class_table(metrics, {{1, name}, {2, "ñandú"}});
  EXPECT_THAT(table, HasSubstr("\na\\x0ab\\x1b[31m\\x7f \\x9bK  "));
  EXPECT_THAT(table, HasSubstr("\nñandú "));
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 3);
}

TEST(Summary, IsWhatPycocotoolsPrints) {
  CocoMetrics metrics;
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

}  // namespace
}  // namespace fovea
