#include "fovea/core/files.h"

#include <gmock/gmock.h>

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <thread>

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

TEST(WriteWhole, KeepsASymlinkAndReplacesItsTarget) {
  const TempFolder folder;
  fs::create_symlink(folder.write("real.txt", "old"), folder / "link.txt");
  write_whole(folder / "link.txt", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link.txt"));
  EXPECT_EQ(read_whole(folder / "real.txt"), "new");
}

TEST(WriteWhole, WritesIntoADeviceAndLeavesItOne) {
  write_whole("/dev/null", "lost");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(WriteWhole, RefusesAFolderInOneLine) {
  const TempFolder folder;
  EXPECT_THAT(error_of([&] { write_whole(folder.path(), "x"); }),
              HasSubstr("is a folder, and a file is to be written; "));
  EXPECT_TRUE(entries(folder.path()).empty());
}

TEST(ExpectWritable, TakesWhatWriteWholeCanWriteAndTouchesNothing) {
  const TempFolder folder;
  for (const fs::path& path : {folder.write("a.txt", "old"), folder / "new.txt",
                               fs::path("new.txt"), fs::path("/dev/null")}) {
    EXPECT_NO_THROW(expect_writable(path)) << path;
  }
  EXPECT_THAT(entries(folder.path()), testing::ElementsAre("a.txt"));
}

TEST(ExpectWritable, NamesWhatIsInTheWay) {
  const TempFolder folder;
  const fs::path file = folder.write("a.txt", "");
  const auto refusal = [](const fs::path& path) {
    return error_of([&] { expect_writable(path); });
  };
  EXPECT_THAT(refusal(folder / "none/b.txt"), HasSubstr("none/b.txt: there is no folder "));
  EXPECT_THAT(refusal(file / "b.txt"), HasSubstr("a.txt/b.txt: there is no folder "));
  EXPECT_THAT(refusal(folder.path()), HasSubstr("is a folder, and a file is to be written; "));
  if (geteuid() == 0) return;  // who may write everywhere
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_THAT(refusal(folder / "b.txt"), HasSubstr("b.txt: cannot be written: Permission denied"));
  fs::permissions(folder.path(), fs::perms::owner_all);
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

TEST(FolderLock, IsForOneAtATimeAndGoesWithItsOwner) {
  const TempFolder folder;
  {
    const FolderLock lock(folder.path(), "a test");
    EXPECT_THAT(error_of([&] { const FolderLock second(folder.path(), "a test"); }),
                testing::HasSubstr("is in use by a test in another process"));
  }
  EXPECT_NO_THROW(const FolderLock again(folder.path(), "a test"));
}

TEST(MakeNewFolder, NumbersWhatIsTakenAndMakesItAtOnce) {
  const TempFolder folder;
  EXPECT_EQ(make_new_folder(folder / "runs/a"), folder / "runs/a");
  EXPECT_EQ(make_new_folder(folder / "runs/a"), folder / "runs/a-2");
  folder.write("runs/a-3", "a file");
  EXPECT_EQ(make_new_folder(folder / "runs/a"), folder / "runs/a-4");
  EXPECT_TRUE(fs::is_directory(folder / "runs/a-4"));
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

TEST(MappedFile, ReadsAPipeToItsEnd) {
  const TempFolder folder;
  const fs::path pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const std::string content(200'000, 'x');
  std::jthread writer([&] { std::ofstream(pipe) << content; });
  const MappedFile file(pipe);
  EXPECT_EQ(file.text(), content);
  EXPECT_EQ(file.text().data()[content.size()], '\0');
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

TEST(EntriesOf, ListsAFolderInOrderOrSaysWhyNot) {
  const TempFolder folder;
  for (const char* name : {"b", "a/1", "c"}) folder.write(name, "x");
  std::vector<fs::path> names;
  for (const fs::directory_entry& entry : entries_of(folder.path())) {
    names.push_back(entry.path().filename());
  }
  EXPECT_EQ(names, (std::vector<fs::path>{"a", "b", "c"}));
  for (const char* name : {"b", "none"}) {
    EXPECT_THAT(error_of([&] { entries_of(folder / name); }),
                HasSubstr((folder / name).string() + ": could not be listed: "))
        << name;
  }
}

}  // namespace
}  // namespace fovea
