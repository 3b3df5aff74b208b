#include "fovea/data/results.h"

#include <gmock/gmock.h>

#include "fovea/core/files.h"
#include "fovea/data/score_tables.h"
#include "support/test_files.h"

namespace fovea {
namespace {

TEST(Results, ReadBackToTheSameBits) {
  const TempFolder folder;
  const std::vector<Predictions> all = {
      {.image_id = 6,
       .found = {{.box = {0.1, 1.0 / 3, 1e-7, 123456.789}, .score = 0.1 + 0.2, .label = 1},
                 {.box = {-1, 2, 3, 4}, .score = 0.25, .label = 0}}},
      {.image_id = 5, .found = {{.box = {1, 2, 3, 4}, .score = 1, .label = 0}}}};
  const TruthTable truth{
      .categories = {{3, "cat"}, {9, "dog"}}, .image_ids = {5, 6}, .image_sizes = {{}, {}}};
  write_results(folder / "a.json", all, truth.categories);
  const FoundTable back = read_found(folder / "a.json", truth, {});
  ASSERT_EQ(back.pieces.size(), 1);
  size_t row = 0;
  for (const Predictions& image : all) {
    for (const Prediction& found : image.found) {
      const FoundRow& read = back.pieces[0].rows.at(row++);
      EXPECT_EQ(truth.image_ids[static_cast<size_t>(read.image)], image.image_id);
      EXPECT_EQ(read.box, found.box);
      EXPECT_EQ(read.score, found.score);
      EXPECT_EQ(read.label, found.label);
    }
  }
  EXPECT_EQ(back.pieces[0].rows.size(), row);
}

TEST(Results, OfNothingAreAnEmptyList) {
  const TempFolder folder;
  write_results(folder / "a.json", {}, {});
  EXPECT_EQ(read_whole(folder / "a.json"), "[]\n");
}

}  // namespace
}  // namespace fovea
