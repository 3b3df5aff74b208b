#include "fovea/core/file_ends.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "fovea/core/error.h"

namespace fovea {
namespace {

/// A file that is open until the end of the scope.
class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path)
      : path_(path), number_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (number_ < 0) refuse("could not be opened");
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (number_ >= 0) close(number_);
  }

  uint64_t size() const {
    struct stat info {};
    if (fstat(number_, &info) != 0) refuse("could not be read");
    if (!S_ISREG(info.st_mode)) {
      fail(path_, "", "is no regular file", "put a picture there, or drop it");
    }
    return static_cast<uint64_t>(info.st_size);
  }

  void read(std::span<std::byte> to, uint64_t offset) const {
    while (!to.empty()) {
      const ssize_t count = pread(number_, to.data(), to.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        if (count == 0) errno = EIO;  // it has become shorter
        refuse("could not be read");
      }
      to = to.subspan(static_cast<size_t>(count));
      offset += static_cast<uint64_t>(count);
    }
  }

 private:
  [[noreturn]] void refuse(std::string problem) const {
    const std::string reason = std::strerror(errno);
    fail(path_, "", problem.append(": ").append(reason), "check its permissions and the disk");
  }

  const std::filesystem::path& path_;
  int number_;
};

}  // namespace

void FileEnds::read(const std::filesystem::path& path) {
  const OpenFile file(path);
  size_ = file.size();
  bytes_.resize(is_whole() ? size_ : kFirst + kLast);
  if (is_whole()) return file.read(bytes_, 0);
  file.read(std::span(bytes_).first(kFirst), 0);
  file.read(std::span(bytes_).last(kLast), size_ - kLast);
}

std::span<const std::byte> FileEnds::first() const {
  return is_whole() ? std::span(bytes_) : std::span(bytes_).first(kFirst);
}

std::span<const std::byte> FileEnds::last() const {
  return is_whole() ? std::span(bytes_) : std::span(bytes_).last(kLast);
}

}  // namespace fovea
