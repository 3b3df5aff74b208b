#include "fovea/core/files.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>
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

/// Where bytes for `path` go: the file itself, or what a link leads to; a pipe or a device is
/// written as it is. Error when that is a folder.
struct Target {
  explicit Target(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (path.empty() || fs::is_directory(status)) {
      fail(path, "", "is a folder, and a file is to be written", "name a file inside it");
    }
    is_stream = fs::exists(status) && !fs::is_regular_file(status);
    file = path;
    constexpr int kMostLinks = 40;  // as many as Linux follows
    for (int i = 0; i < kMostLinks && fs::is_symlink(fs::symlink_status(file, error)); ++i) {
      file = file.parent_path() / fs::read_symlink(file, error);
    }
  }
  fs::path folder() const { return file.has_parent_path() ? file.parent_path() : fs::path("."); }
  fs::path file;
  bool is_stream = false;
};

/// Writes `file`, which stands as `name` in messages.
void write_stream(const fs::path& file, const fs::path& name,
                  const std::function<void(std::ostream&)>& write) {
  errno = 0;
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (out) write(out);
  if (!out.flush()) {
    fail(name, "", "could not be written: " + (errno != 0 ? reason() : "the disk refused"),
         "check free space and permissions");
  }
}

/// The rest of a pipe or another file without a size.
std::string read_to_end(int file, const fs::path& path) {
  std::string content;
  std::array<char, 1 << 16> block;
  while (true) {
    const ssize_t count = read(file, block.data(), block.size());
    if (count == 0) return content;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path, "", "could not be read: " + reason(), "check its permissions");
    content.append(block.data(), static_cast<size_t>(count));
  }
}

}  // namespace

PartFile::PartFile(const fs::path& path)
    : name_(path),
      file_(Target(path).file),
      part_(file_.string() + ".part" + std::to_string(getpid())) {}

PartFile::~PartFile() {
  std::error_code ignored;
  fs::remove(part_, ignored);
}

void PartFile::finish() {
  sync_path(part_, O_RDONLY);
  std::error_code error;
  fs::rename(part_, file_, error);
  if (error) {
    fail(name_, "", "could not be written: " + error.message(), "check the name and permissions");
  }
  sync_folder(file_.has_parent_path() ? file_.parent_path() : fs::path("."));
}

void write_whole(const fs::path& path, const std::function<void(std::ostream&)>& write) {
  if (Target(path).is_stream) return write_stream(path, path, write);
  PartFile part(path);
  write_stream(part.path(), path, write);
  part.finish();
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
  if (status.type() == fs::file_type::not_found) {
    fail(path, "", fmt::format("no such file ({} was expected)", what), "check the name");
  }
  if (fs::is_directory(status)) {
    fail(path, "", fmt::format("is a folder ({} was expected)", what), "name a file inside it");
  }
  if (access(path.c_str(), R_OK) != 0) {
    fail(path, "", "could not be read: " + reason(), "check its permissions");
  }
}

void expect_writable(const fs::path& path) {
  const Target target(path);
  const fs::path folder = target.folder();
  std::error_code error;
  if (!target.is_stream && !fs::is_directory(folder, error)) {
    fail(path, "", fmt::format("there is no folder {}", folder.string()),
         "make it, or name another");
  }
  const bool can =
      target.is_stream ? access(path.c_str(), W_OK) == 0 : access(folder.c_str(), W_OK | X_OK) == 0;
  if (!can) fail(path, "", "cannot be written: " + reason(), "check the permissions");
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path)) {
    fail(path, "", "the folder could not be made: " + error.message(),
         "check the name, free space and permissions");
  }
  if (access(path.c_str(), W_OK | X_OK) != 0) {
    fail(path, "", "nothing can be written into the folder: " + reason(), "check its permissions");
  }
}

fs::path make_new_folder(const fs::path& base) {
  if (base.has_parent_path()) make_folder(base.parent_path());
  fs::path folder = base;
  for (int64_t number = 2;; ++number) {
    std::error_code error;
    if (fs::create_directory(folder, error)) return folder;
    if (error && error != std::errc::file_exists) {
      fail(folder, "", "the folder could not be made: " + error.message(),
           "check the name, free space and permissions");
    }
    folder = fmt::format("{}-{}", base.string(), number);
  }
}

FolderLock::FolderLock(const fs::path& folder, std::string_view use)
    : descriptor_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) return;
  constexpr int kAttempts = 10;  // half a second: a process that was killed may still be leaving
  bool taken = true;
  for (int attempt = 0; taken && attempt < kAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    // File systems that cannot lock answer with another error, and nobody is kept out.
    taken = flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  }
  if (taken) {
    close(descriptor_);
    fail(folder, "", fmt::format("is in use by {} in another process", use),
         "wait until that has ended, or end it");
  }
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::vector<fs::directory_entry> entries_of(const fs::path& folder) {
  std::vector<fs::directory_entry> entries;
  std::error_code error;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) entries.push_back(*at);
  if (error) {
    fail(folder, "", fmt::format("could not be listed: {}", error.message()),
         "check its permissions");
  }
  std::sort(entries.begin(), entries.end());
  return entries;
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

void expect_outside(const std::vector<fs::path>& places, const std::vector<fs::path>& outputs) {
  std::error_code error;
  for (const fs::path& output : outputs) {
    if (output.empty() || output == "-") continue;
    const fs::path inner = fs::weakly_canonical(fs::absolute(output), error);
    for (const fs::path& place : places) {
      fs::path outer = fs::weakly_canonical(fs::absolute(place), error);
      if (!outer.has_filename()) outer = outer.parent_path();
      const auto rest = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
      if (rest.first != outer.end()) continue;
      fail(output, "", fmt::format("lies in the data set {}, which is only read", place.string()),
           "name a place outside the data");
    }
  }
}

MappedFile::MappedFile(const fs::path& path) {
  expect_file(path, "a file");
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (file.number < 0 || fstat(file.number, &info) != 0) {
    fail(path, "", "could not be opened: " + reason(), "check its permissions");
  }
  const bool is_file = S_ISREG(info.st_mode);
  is_mapped_ = is_file;
  const std::string stream = is_file ? "" : read_to_end(file.number, path);
  size_ = is_file ? static_cast<size_t>(info.st_size) : stream.size();
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  capacity_ = (size_ + page - 1) / page * page + page;  // one zero page after the file's last
  const int protection = is_file ? PROT_READ : PROT_READ | PROT_WRITE;
  void* zeros = mmap(nullptr, capacity_, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (zeros == MAP_FAILED) fail(path, "", "could not be mapped: " + reason(), "free some memory");
  data_ = static_cast<const std::byte*>(zeros);
  std::copy(stream.begin(), stream.end(), static_cast<char*>(zeros));
  if (is_file && size_ > 0 &&
      mmap(zeros, size_, PROT_READ, MAP_PRIVATE | MAP_FIXED, file.number, 0) == MAP_FAILED) {
    munmap(zeros, capacity_);
    fail(path, "", "could not be mapped: " + reason(), "copy it to a local disk");
  }
}

FileBytes::FileBytes(const fs::path& path) {
  expect_file(path, "a file");
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (file.number < 0 || fstat(file.number, &info) != 0) {
    fail(path, "", "could not be opened: " + reason(), "check its permissions");
  }
  const auto stated = static_cast<size_t>(std::max<off_t>(info.st_size, 0));
  data_ = std::make_unique_for_overwrite<std::byte[]>(stated);
  while (size_ < stated) {
    const ssize_t count = ::read(file.number, data_.get() + size_, stated - size_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path, "", "could not be read: " + reason(), "check the disk");
    if (count == 0) break;  // it was cut while it was read
    size_ += static_cast<size_t>(count);
  }
}

void MappedFile::release(std::string_view part) const {
  if (!is_mapped_) return;
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const auto first = static_cast<size_t>(part.data() - text().data());
  const size_t begin = (first + page - 1) / page * page;  // whole pages within
  const size_t end = (first + part.size()) / page * page;
  if (begin >= end) return;
  madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  munmap(const_cast<std::byte*>(data_), capacity_);
}

std::string checksum(std::span<const std::byte> bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace fovea
