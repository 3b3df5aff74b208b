// Files that are whole or absent, and names that stay inside a folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

namespace fs = std::filesystem;

/// Writes beside `path` and renames: readers see the old file or the whole new one, also after a
/// power cut (file and folder are synced). Error when the disk refuses; the part file is removed.
/// A symlink stays and its target is replaced; a pipe or a device is written as it is.
void write_whole(const fs::path& path, const std::function<void(std::ostream&)>& write);
void write_whole(const fs::path& path, std::string_view bytes);

/// What becomes the file `path`, written beside it by others and removed unless it is finished.
class PartFile {
 public:
  /// Follows a symlink. Error when `path` is a folder.
  explicit PartFile(const fs::path& path);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();
  const fs::path& path() const { return part_; }
  /// Gives the file its name, after its bytes have reached the disk.
  void finish();

 private:
  fs::path name_;  // as it was given
  fs::path file_;
  fs::path part_;
};

/// The whole content. Error naming `path` when it cannot be read.
std::string read_whole(const fs::path& path);

/// Error naming `path` unless it is a file that can be read; `what` says what was expected.
void expect_file(const fs::path& path, std::string_view what);

/// Error unless write_whole can write `path`, as far as can be told without doing it: for the start
/// of a command whose work takes long.
void expect_writable(const fs::path& path);

/// Makes the folder and its parents. Error when that is impossible, or when it is there and nothing
/// can be written into it.
void make_folder(const fs::path& path);

/// Makes `base`, or base-2, base-3 and so on when that is taken. Who makes a folder has it, so that
/// programs which start together get one each.
fs::path make_new_folder(const fs::path& base);

/// Keeps a folder to one process: the kernel lets go of it when that process ends, however it does.
class FolderLock {
 public:
  /// Error when another process has the folder. `use` says what for: "a training run".
  FolderLock(const fs::path& folder, std::string_view use);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  int descriptor_ = -1;
};

/// What lies in a folder, by rising path. Error naming it when it cannot be listed.
std::vector<fs::directory_entry> entries_of(const fs::path& folder);

/// Makes the entries of a folder durable (fsync of the folder).
void sync_folder(const fs::path& path);

/// root / name when that stays inside root, also through symlinks inside root (a symlink that is
/// root itself is fine). Otherwise an empty path. Does not need the file to exist.
fs::path confined(const fs::path& root, const fs::path& name);

/// Error when one of the outputs lies in one of the places, which are only read, or is one of them;
/// links are followed. Empty names and "-", standard output, lie nowhere.
void expect_outside(const std::vector<fs::path>& places, const std::vector<fs::path>& outputs);

/// Read-only bytes of a file, mapped into memory with at least 64 readable bytes after the end; a
/// pipe is read to its end.
class MappedFile {
 public:
  explicit MappedFile(const fs::path& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  /// Gives the memory of a part back; it is read from the disk again when it is looked at.
  void release(std::string_view part) const;
  size_t capacity() const { return capacity_; }  ///< bytes that may be read, zeros after the end

 private:
  const std::byte* data_ = nullptr;
  bool is_mapped_ = false;  // not the copy of a pipe
  size_t size_ = 0;
  size_t capacity_ = 0;
};

/// A copy of a file's bytes: for small files, of which each mapped page would cost more than its
/// copy.
class FileBytes {
 public:
  /// Error naming `path` when it cannot be read.
  explicit FileBytes(const fs::path& path);
  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> data_;
  size_t size_ = 0;
};

/// XXH3 128-bit hash of the bytes as 32 hexadecimal digits: integrity, not security.
std::string checksum(std::span<const std::byte> bytes);

}  // namespace fovea
