#include "fovea/curate/check_splits.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "fovea/core/files.h"
#include "fovea/curate/check_balance.h"
#include "fovea/curate/check_copies.h"
#include "fovea/curate/check_folders.h"
#include "fovea/data/synthetic_scene.h"
#include "fovea/image/encode.h"
#include "fovea/image/exif.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> codes(const CheckReport& report) {
  std::vector<std::string> codes;
  for (const auto& [code, times] : report.counts) codes.push_back(code);
  return codes;
}

/// An image with as many objects of each label as `counts` says.
Record image(int64_t id, const fs::path& path, const std::vector<int64_t>& counts = {}) {
  std::vector<Instance> instances;
  for (size_t label = 0; label < counts.size(); ++label) {
    for (int64_t i = 0; i < counts[label]; ++i) {
      instances.push_back({.id = i, .label = static_cast<int64_t>(label)});
    }
  }
  return {.id = id, .path = path.string(), .instances = std::move(instances)};
}

Dataset split(const std::string& file, std::vector<Record> records,
              std::vector<Category> categories = {{1, "cat"}, {2, "dog"}}) {
  return {.file = file, .categories = std::move(categories), .records = std::move(records)};
}

std::string scene(uint64_t seed, int orientation = 1) {
  Rng rng(seed);
  return encode_jpeg(upright(draw_scene(160, rng).image, orientation), 92);
}

TEST(CheckSplits, FindsNothingWhereSplitsFitTogether) {
  CheckReport report;
  check_splits({split("train.json", {image(1, "t/1.jpg", {3, 2})}),
                split("val.json", {image(2, "v/2.jpg", {1, 1})})},
               report);
  EXPECT_THAT(codes(report), IsEmpty());
}

TEST(CheckSplits, FindsCategoriesThatDiffer) {
  CheckReport report;
  check_splits({split("train.json", {image(1, "1.jpg", {1})}, {{1, "cat"}}),
                split("test.json", {image(2, "2.jpg", {1})}, {{1, "dog"}})},
               report);
  EXPECT_THAT(codes(report), ElementsAre("D602"));
  EXPECT_EQ(report.findings[0].place, "test.json:/categories");
  EXPECT_EQ(report.findings[0].problem, "has `dog` (id 1) where train.json has `cat` (id 1)");
}

TEST(CheckSplits, FindsAClassThatOneSplitLacks) {
  CheckReport report;
  check_splits({split("train.json", {image(1, "1.jpg", {4, 0})}),
                split("val.json", {image(2, "2.jpg", {1, 3})})},
               report);
  EXPECT_THAT(codes(report), ElementsAre("D652"));
  EXPECT_EQ(report.findings[0].place, "train.json:/categories");
  EXPECT_THAT(report.findings[0].problem, HasSubstr("no object of `dog`, of which val.json has 3"));
}

TEST(CheckSplits, NotesSharedIdsAndNames) {
  CheckReport ids;
  check_splits(
      {split("train.json", {image(7, "t/1.jpg")}), split("val.json", {image(7, "v/2.jpg")})}, ids);
  EXPECT_THAT(codes(ids), ElementsAre("D681"));
  EXPECT_THAT(ids.findings[0].problem, HasSubstr("1 image ids are also those of train.json, as 7"));
  CheckReport names;
  check_splits(
      {split("train.json", {image(7, "t/1.jpg")}), split("val.json", {image(8, "v/1.jpg")})},
      names);
  EXPECT_THAT(codes(names), ElementsAre("D682"));
}

TEST(CheckBalance, FindsRareClassesImbalanceAndMostlyEmptyImages) {
  const auto found = [](std::vector<Record> records) {
    CheckReport report;
    check_balance(split("train.json", std::move(records)), report);
    return codes(report);
  };
  EXPECT_THAT(found({image(1, "1.jpg", {10, 10})}), IsEmpty());
  EXPECT_THAT(found({image(1, "1.jpg", {10, 9})}), ElementsAre("D753"));
  EXPECT_THAT(found({image(1, "1.jpg", {1000, 10})}), IsEmpty());
  EXPECT_THAT(found({image(1, "1.jpg", {1001, 10})}), ElementsAre("D754"));
  EXPECT_THAT(found({image(1, "1.jpg", {10, 10}), image(2, "2.jpg")}), IsEmpty());
  EXPECT_THAT(found({image(1, "1.jpg", {10, 10}), image(2, "2.jpg"), image(3, "3.jpg")}),
              ElementsAre("D755"));
}

TEST(CheckFolders, FindsPicturesThatNoImageNames) {
  const TempFolder folder;
  for (const char* name : {"a/1.jpg", "a/2.PNG", "a/list.txt", "b/3.jpg"}) folder.write(name, "x");
  CheckReport report;
  report.pictures = {(folder / "a/./1.jpg").string()};
  check_folders(report);
  EXPECT_THAT(codes(report), ElementsAre("D558"));
  ASSERT_EQ(report.findings.size(), 1);
  EXPECT_EQ(report.findings[0].place, (folder / "a/2.PNG").string());
}

TEST(CheckFolders, SaysThatAFolderCannotBeListed) {
  if (geteuid() == 0) GTEST_SKIP() << "root may list every folder";
  const TempFolder folder;
  CheckReport report;
  report.pictures = {folder.write("a/1.jpg", "x").string()};
  fs::permissions(folder / "a", fs::perms::owner_exec);
  check_folders(report);
  fs::permissions(folder / "a", fs::perms::owner_all);
  EXPECT_THAT(codes(report), ElementsAre("D509"));
  EXPECT_EQ(report.findings.at(0).place, (folder / "a").string());
}

class CheckCopies : public testing::Test {
 protected:
  CheckReport check(const DuplicateOptions& options = {}) const {
    CheckReport report;
    NoLog log;
    check_copies({split("train.json", train_), split("val.json", val_)}, options, report, log);
    return report;
  }
  Record picture(const std::string& name, const std::string& bytes) const {
    return image(1, folder_.write(name, bytes));
  }
  TempFolder folder_;
  std::vector<Record> train_ = {picture("t1.jpg", scene(1)), picture("t2.jpg", scene(2))};
  std::vector<Record> val_ = {picture("v3.jpg", scene(3))};
};

TEST_F(CheckCopies, FindsNothingAmongPicturesThatDiffer) {
  EXPECT_THAT(codes(check()), IsEmpty());
}

TEST_F(CheckCopies, FindsBytesThatLieInTwoSplits) {
  val_.push_back(picture("v1.jpg", scene(1)));
  const CheckReport report = check();
  EXPECT_THAT(codes(report), ElementsAre("D601"));
  EXPECT_EQ(report.findings[0].place, (folder_ / "v1.jpg").string());
  EXPECT_EQ(report.findings[0].problem,
            "is byte for byte " + (folder_ / "t1.jpg").string() + " of another split");
}

TEST_F(CheckCopies, FindsWhatTwoSplitsBothShow) {
  val_.push_back(picture("v1.jpg", scene(1, 6)));
  const CheckReport report = check();
  EXPECT_THAT(codes(report), ElementsAre("D651"));
  EXPECT_THAT(report.findings[0].problem, HasSubstr("of another split, turned by a quarter"));
  EXPECT_EQ(report.findings[0].other, (folder_ / "t1.jpg").string());
  EXPECT_THAT(codes(check({.max_distance = {}})), IsEmpty());
}

TEST_F(CheckCopies, FindsCopiesWithinASplit) {
  train_.push_back(picture("t3.jpg", scene(2)));
  EXPECT_THAT(codes(check()), ElementsAre("D751"));
  train_.back() = picture("t3.jpg", scene(2, 3));
  EXPECT_THAT(codes(check()), ElementsAre("D752"));
  train_.back() = train_.front();  // the same file again is listed twice (D551)
  EXPECT_THAT(codes(check()), IsEmpty());
}

TEST_F(CheckCopies, CountsEachCopyInTheOtherSplit) {
  train_.push_back(picture("t1b.jpg", scene(1)));
  for (const char* name : {"v1.jpg", "v1b.jpg", "v1c.jpg"}) {
    val_.push_back(picture(name, scene(1)));
  }
  const CheckReport report = check();
  EXPECT_THAT(codes(report), ElementsAre("D601", "D751"));
  EXPECT_EQ(report.counts.at("D601"), 3);
  EXPECT_EQ(report.counts.at("D751"), 1);
}

TEST_F(CheckCopies, NamesEachCopyOfWhatAnotherSplitNearlyShows) {
  val_.push_back(picture("v1.jpg", scene(1, 6)));
  val_.push_back(picture("v1b.jpg", scene(1, 6)));
  const CheckReport report = check();
  EXPECT_THAT(codes(report), ElementsAre("D651"));
  EXPECT_EQ(report.counts.at("D651"), 2);
  EXPECT_EQ(report.findings[1].place, (folder_ / "v1b.jpg").string());
  EXPECT_EQ(report.findings[1].other, (folder_ / "t1.jpg").string());
}

TEST_F(CheckCopies, FindsAFileThatTwoSplitsList) {
  val_.push_back(train_.front());
  EXPECT_THAT(codes(check()), ElementsAre("D601"));
}

}  // namespace
}  // namespace fovea
