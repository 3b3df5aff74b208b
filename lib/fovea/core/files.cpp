#include "fovea/core/files.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "fovea/core/error.h"

namespace fovea {
namespace {

/// A file descriptor that closes itself.
struct Descriptor {
  explicit Descriptor(int n) : number(n) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  int number;
};

std::string reason() {
  return std::strerror(errno);
}

void sync_path(const fs::path& path, int flags) {
  const Descriptor file(open(path.c_str(), flags | O_CLOEXEC));
  if (file.number < 0 || (fsync(file.number) != 0 && errno != EINVAL)) {
    fail(path, "", "could not be made durable: " + reason(), "check the disk");
  }
}

}  // namespace

void write_whole(const fs::path& path, const std::function<void(std::ostream&)>& write) {
  const fs::path part = path.string() + ".part" + std::to_string(getpid());
  try {
    errno = 0;
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    if (out) write(out);
    if (!out.flush()) {
      fail(path, "", "could not be written: " + (errno != 0 ? reason() : "the disk refused"),
           "check free space and permissions");
    }
    out.close();
    sync_path(part, O_RDONLY);
    fs::rename(part, path);
    sync_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
  } catch (...) {
    std::error_code ignored;
    fs::remove(part, ignored);
    throw;
  }
}

void write_whole(const fs::path& path, std::string_view bytes) {
  write_whole(path, [&](std::ostream& out) {
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  });
}

std::string read_whole(const fs::path& path) {
  expect_file(path, "a file");
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in) fail(path, "", "could not be read: " + reason(), "check the disk");
  return std::move(content).str();
}

void expect_file(const fs::path& path, std::string_view what) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    fail(path, "", fmt::format("no such file ({} was expected)", what), "check the name");
  }
  if (fs::is_directory(status)) {
    fail(path, "", fmt::format("is a folder ({} was expected)", what), "name a file inside it");
  }
  if (access(path.c_str(), R_OK) != 0) {
    fail(path, "", "could not be read: " + reason(), "check its permissions");
  }
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path)) {
    fail(path, "", "the folder could not be made: " + error.message(),
         "check the name, free space and permissions");
  }
}

void sync_folder(const fs::path& path) {
  sync_path(path, O_RDONLY | O_DIRECTORY);
}

fs::path confined(const fs::path& root, const fs::path& name) {
  if (name.empty() || name.is_absolute()) return {};
  for (const fs::path& part : name) {
    if (part == "..") return {};
  }
  const fs::path joined = root / name;
  std::error_code error;
  const fs::path real_root = fs::weakly_canonical(root, error);
  const fs::path real = fs::weakly_canonical(joined, error);
  if (error) return {};
  const auto [rest, unused] =
      std::mismatch(real_root.begin(), real_root.end(), real.begin(), real.end());
  return rest == real_root.end() ? joined : fs::path();
}

MappedFile::MappedFile(const fs::path& path) {
  expect_file(path, "a file");
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (file.number < 0 || fstat(file.number, &info) != 0) {
    fail(path, "", "could not be opened: " + reason(), "check its permissions");
  }
  size_ = static_cast<size_t>(info.st_size);
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  capacity_ = (size_ + page - 1) / page * page + page;  // one zero page after the file's last
  void* zeros = mmap(nullptr, capacity_, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (zeros == MAP_FAILED) fail(path, "", "could not be mapped: " + reason(), "free some memory");
  data_ = static_cast<const std::byte*>(zeros);
  if (size_ > 0 &&
      mmap(zeros, size_, PROT_READ, MAP_PRIVATE | MAP_FIXED, file.number, 0) == MAP_FAILED) {
    munmap(zeros, capacity_);
    fail(path, "", "could not be mapped: " + reason(), "copy it to a local disk");
  }
}

MappedFile::~MappedFile() {
  munmap(const_cast<std::byte*>(data_), capacity_);
}

std::string checksum(std::span<const std::byte> bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace fovea
