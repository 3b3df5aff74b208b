#include "fovea/core/error.h"

#include <gmock/gmock.h>

#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> kNames = {
    "data.root",  "train.epochs",  "train.batch",    "train.seed", "train.optimizer", "model.name",
    "model.size", "model.weights", "loader.workers", "device",     "run.dir"};

TEST(Fail, NamesFilePlaceProblemAndRemedy) {
  EXPECT_EQ(error_of([] { fail("a/train.json", "/images/3", "has no id", "add one"); }),
            "a/train.json:/images/3: has no id; add one");
  EXPECT_EQ(error_of([] { fail("run.yaml", "", "is empty", "fill it"); }),
            "run.yaml: is empty; fill it");
  EXPECT_EQ(error_of([] { fail("no GPU", "use device=cpu"); }), "no GPU; use device=cpu");
}

TEST(Suggestion, FindsAMisspelledName) {
  EXPECT_THAT(suggestion("train.epoch", kNames), HasSubstr("`train.epochs`"));
  EXPECT_THAT(suggestion("train.bacth", kNames), HasSubstr("`train.batch`"));
}

TEST(Suggestion, FindsANameGivenWithoutItsGroup) {
  EXPECT_THAT(suggestion("epochs", kNames), HasSubstr("`train.epochs`"));
}

TEST(Suggestion, ListsAFewNamesWholeAndKeepsQuietWhenNothingIsNear) {
  EXPECT_EQ(suggestion("x", {"train", "val"}), "known: train, val");
  EXPECT_EQ(suggestion("completely.different", kNames), "");
}

}  // namespace
}  // namespace fovea
