#include "fovea/loader/read_ahead.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "support/test_files.h"

namespace fovea {
namespace {

constexpr size_t kSize = 8 << 20;

/// The share of a file's pages that are in memory.
double share_in_memory(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY);
  void* pages = mmap(nullptr, kSize, PROT_READ, MAP_SHARED, file, 0);
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> present(kSize / page);
  mincore(pages, kSize, present.data());
  munmap(pages, kSize);
  close(file);
  const auto count = std::count_if(present.begin(), present.end(),
                                   [](unsigned char one) { return (one & 1U) != 0; });
  return static_cast<double>(count) / static_cast<double>(present.size());
}

void drop_from_memory(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY);
  fdatasync(file);
  posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  close(file);
}

TEST(ReadAhead, BringsFilesIntoMemory) {
  const TempFolder folder;
  const std::string path = folder.write("large", std::string(kSize, 'x'));
  drop_from_memory(path);
  if (share_in_memory(path) > 0.1) GTEST_SKIP() << "this file system is all in memory";
  ReadAhead ahead;
  ahead.expect({folder / "missing", path});
  const auto start = std::chrono::steady_clock::now();
  while (share_in_memory(path) < 0.9) {
    ASSERT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
    usleep(1000);
  }
}

TEST(ReadAhead, EndsWithFilesWaiting) {
  ReadAhead ahead;
  ahead.expect(std::vector<std::string>(10000, "missing"));
}

}  // namespace
}  // namespace fovea
