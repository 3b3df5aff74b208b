#include "fovea/data/results.h"

#include <gmock/gmock.h>

#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;

Dataset two_images() {
  return {.file = "truth.json",
          .categories = {{3, "cat"}, {9, "dog"}},
          .records = {{.id = 5}, {.id = 6}}};
}

TEST(Results, ReadBackToTheSameBits) {
  const TempFolder folder;
  const std::vector<Predictions> all = {
      {.image_id = 6,
       .found = {{.box = {0.1, 1.0 / 3, 1e-7, 123456.789}, .score = 0.1 + 0.2, .label = 1},
                 {.box = {-1, 2, 3, 4}, .score = 0.25, .label = 0}}},
      {.image_id = 5, .found = {{.box = {1, 2, 3, 4}, .score = 1, .label = 0}}}};
  const Dataset truth = two_images();
  write_results(folder / "a.json", all, truth.categories);
  const std::vector<Predictions> back = read_results(folder / "a.json", truth);
  ASSERT_EQ(back.size(), 2);
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(back[i].image_id, all[i].image_id);
    ASSERT_EQ(back[i].found.size(), all[i].found.size());
    for (size_t j = 0; j < all[i].found.size(); ++j) {
      EXPECT_EQ(back[i].found[j].box, all[i].found[j].box);
      EXPECT_EQ(back[i].found[j].score, all[i].found[j].score);
      EXPECT_EQ(back[i].found[j].label, all[i].found[j].label);
    }
  }
}

TEST(Results, KeepTheOrderOfTheFileWithinAnImage) {
  const TempFolder folder;
  const char* text =
      R"([{"image_id": 6, "category_id": 3, "bbox": [0, 0, 1, 1], "score": 0.1},
          {"image_id": 5, "category_id": 3, "bbox": [0, 0, 1, 1], "score": 0.2},
          {"image_id": 6, "category_id": 3, "bbox": [0, 0, 1, 1], "score": 0.9}])";
  const auto file = folder.write("a.json", text);
  const std::vector<Predictions> all = read_results(file, two_images());
  ASSERT_EQ(all.size(), 2);
  EXPECT_EQ(all[0].image_id, 6);
  EXPECT_EQ(all[0].found[1].score, 0.9);
}

TEST(Results, OfNothingAreAnEmptyList) {
  const TempFolder folder;
  write_results(folder / "a.json", {}, {});
  EXPECT_TRUE(read_results(folder / "a.json", two_images()).empty());
}

TEST(Results, RefuseWhatPycocotoolsWouldTrip) {
  const TempFolder folder;
  const auto refusal = [&](const std::string& text) {
    return error_of([&] { read_results(folder.write("a.json", text), two_images()); });
  };
  const auto with = [&](const std::string& fields) {
    return refusal(R"([{"image_id": 5, "category_id": 3, "bbox": [0, 0, 1, 1], "score": 0.5, )" +
                   fields + "}]");
  };
  EXPECT_THAT(with(R"("image_id": 7)"),
              HasSubstr("a.json:/0/image_id: there is no image 7 in truth.json; "));
  EXPECT_THAT(with(R"("image_id": "5")"),
              HasSubstr("a.json:/0/image_id: is text, but the ids of images are whole numbers; "
                        "`fovea-infer --annotations"));
  EXPECT_THAT(with(R"("category_id": 1)"), HasSubstr("/0/category_id: there is no category 1"));
  EXPECT_THAT(with(R"("category_id": 3.5)"), HasSubstr("/0/category_id: is 3.5, but a whole"));
  EXPECT_THAT(with(R"("score": "0.5")"), HasSubstr("/0/score: is the text \"0.5\", but a number"));
  EXPECT_THAT(with(R"("score": NaN)"), HasSubstr("NaN is no number in /0/score"));
  EXPECT_THAT(with(R"("score": null)"), HasSubstr("/0/score: is null, but a number"));
  EXPECT_THAT(with(R"("bbox": [1, 2, 3])"), HasSubstr("/0/bbox: is no list of 4 numbers"));
  EXPECT_THAT(with(R"("bbox": [1, 2, 3, true])"), HasSubstr("/0/bbox/3: is true, but a number"));
  EXPECT_THAT(refusal(R"([{"image_id": 5}])"), HasSubstr("/0: has no `bbox`"));
  EXPECT_THAT(refusal("{}"), HasSubstr("a.json: is an object, but a list is needed"));
  EXPECT_THAT(refusal("[3]"), HasSubstr("/0: is 3, but an object is needed"));
}

}  // namespace
}  // namespace fovea
