// The beginning and the end of a file, for looks at many files of which little is needed: mapping
// each of them costs several times as much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace fovea {

/// Reads into memory that is kept from one file to the next.
class FileEnds {
 public:
  /// Enough for the header of a photograph, and for where its end marker is looked for.
  static constexpr size_t kFirst = 16 << 10;  // bytes
  static constexpr size_t kLast = 4 << 10;
  static constexpr size_t kWhole = 64 << 10;  // a file of up to this size is read as a whole

  /// Error naming `path` when it cannot be read.
  void read(const std::filesystem::path& path);

  uint64_t size() const { return size_; }            ///< of the file
  bool is_whole() const { return size_ <= kWhole; }  ///< then both are the whole file
  std::span<const std::byte> first() const;
  std::span<const std::byte> last() const;

 private:
  uint64_t size_ = 0;
  std::vector<std::byte> bytes_ = {};  // the whole file, or kFirst and then kLast bytes
};

}  // namespace fovea
