#include "fovea/curate/check_splits.h"

#include <gmock/gmock.h>

#include "fovea/core/files.h"
#include "fovea/image/encode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;

TEST(CheckSplits, FindsPicturesThatLieInTwoSplitsAndCategoriesThatDiffer) {
  const TempFolder folder;
  for (const char* name : {"1.jpg", "A.jpg"}) {
    folder.write("images/" + std::string(name), encode_jpeg(Image::filled(80, 100, 9, 9, 9), 90));
  }
  const std::string other = encode_jpeg(Image::filled(80, 100, 200, 9, 9), 90);
  folder.write("images/2.jpg", other);
  const auto split = [](const std::string& file, std::vector<Category> categories,
                        const fs::path& picture) {
    return Dataset{
        .file = file, .categories = std::move(categories), .records = {{.id = 1, .path = picture}}};
  };
  CheckReport report;
  check_splits({split("train.json", {{1, "cat"}}, folder / "images/1.jpg"),
                split("val.json", {{1, "cat"}}, folder / "images/2.jpg"),
                split("test.json", {{1, "dog"}}, folder / "images/A.jpg")},
               report);
  ASSERT_EQ(report.findings.size(), 2);
  EXPECT_EQ(report.findings[0].code, "D602");
  EXPECT_EQ(report.findings[0].place, "test.json:/categories");
  EXPECT_EQ(report.findings[1].code, "D601");
  EXPECT_EQ(report.findings[1].place, (folder / "images/A.jpg").string());
  EXPECT_THAT(report.findings[1].problem, HasSubstr("images/1.jpg of another split"));
}

}  // namespace
}  // namespace fovea
