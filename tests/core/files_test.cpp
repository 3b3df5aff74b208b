#include "fovea/core/files.h"

#include <gmock/gmock.h>

#include <fstream>
#include <stdexcept>

#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;

std::vector<std::string> entries(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

TEST(WriteWhole, ReplacesTheOldFile) {
  const TempFolder folder;
  const fs::path file = folder.write("a.txt", "old");
  write_whole(file, "new");
  EXPECT_EQ(read_whole(file), "new");
  EXPECT_THAT(entries(folder.path()), testing::ElementsAre("a.txt"));
}

TEST(WriteWhole, LeavesTheOldFileWhenWritingFailsInTheMiddle) {
  const TempFolder folder;
  const fs::path file = folder.write("a.txt", "old");
  const auto half = [](std::ostream& out) {
    out << "ne";
    throw std::runtime_error("stop");
  };
  EXPECT_THROW(write_whole(file, half), std::runtime_error);
  EXPECT_EQ(read_whole(file), "old");
  EXPECT_THAT(entries(folder.path()), testing::ElementsAre("a.txt"));
}

TEST(WriteWhole, NamesAFileThatCannotBeWritten) {
  const TempFolder folder;
  EXPECT_THAT(error_of([&] { write_whole(folder / "none/a.txt", "x"); }),
              HasSubstr("none/a.txt: could not be written: No such file or directory; "));
}

TEST(ReadWhole, NamesAMissingFileAndAFolder) {
  const TempFolder folder;
  EXPECT_THAT(error_of([&] { read_whole(folder / "none"); }), HasSubstr("none: no such file"));
  EXPECT_THAT(error_of([&] { read_whole(folder.path()); }), HasSubstr("is a folder"));
}

TEST(MakeFolder, NamesAFileInTheWay) {
  const TempFolder folder;
  make_folder(folder / "a/b");
  EXPECT_TRUE(fs::is_directory(folder / "a/b"));
  folder.write("file", "");
  EXPECT_THAT(error_of([&] { make_folder(folder / "file"); }), HasSubstr("could not be made"));
}

TEST(Confined, KeepsNamesInsideTheRoot) {
  const TempFolder folder;
  folder.write("root/a.jpg", "");
  folder.write("secret.jpg", "");
  const fs::path root = folder / "root";
  EXPECT_EQ(confined(root, "a.jpg"), root / "a.jpg");
  EXPECT_EQ(confined(root, "new/b.jpg"), root / "new/b.jpg");
  EXPECT_EQ(confined(root, "../secret.jpg"), fs::path());
  EXPECT_EQ(confined(root, "x/../../secret.jpg"), fs::path());
  EXPECT_EQ(confined(root, "/etc/passwd"), fs::path());
  EXPECT_EQ(confined(root, ""), fs::path());
}

TEST(Confined, FollowsLinksInsideTheRootButNotOutOfIt) {
  const TempFolder folder;
  folder.write("store/a.jpg", "");
  folder.write("secret.jpg", "");
  fs::create_symlink(folder / "store", folder / "root");
  fs::create_symlink(folder / "secret.jpg", folder / "store/leak.jpg");
  fs::create_symlink("a.jpg", folder / "store/same.jpg");
  const fs::path root = folder / "root";
  EXPECT_EQ(confined(root, "a.jpg"), root / "a.jpg");
  EXPECT_EQ(confined(root, "same.jpg"), root / "same.jpg");
  EXPECT_EQ(confined(root, "leak.jpg"), fs::path());
}

TEST(MappedFile, HasZerosAfterTheEndForAnySize) {
  const TempFolder folder;
  for (const size_t size : {0UL, 1UL, 4095UL, 4096UL, 4097UL}) {
    const MappedFile file(folder.write("a", std::string(size, 'x')));
    ASSERT_EQ(file.text(), std::string(size, 'x'));
    ASSERT_GE(file.capacity(), size + 64);
    for (size_t i = size; i < size + 64; ++i) ASSERT_EQ(file.text().data()[i], '\0');
  }
}

TEST(Checksum, IsXxh3With128Bits) {  // from the xxHash specification: the hash of nothing, seed 0
  EXPECT_EQ(checksum({}), "99aa06d3014798d86001c324468d497f");
}

}  // namespace
}  // namespace fovea
