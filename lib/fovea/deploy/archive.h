// The zip archive that a model file is, read without LibTorch: its seal is checked and its entries
// found before LibTorch, which trusts its input, sees a byte of it.
//
// The seal is a comment at the end of the archive, where zip readers (LibTorch's too) expect free
// text: "fovea-xxh3-128:" and the checksum of every byte before the digits. It finds damage of any
// bit and any truncation; it is no signature: whoever can write a file can seal it. A TorchScript
// file is a program: run only those of people you trust.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "fovea/core/files.h"

namespace fovea {

/// Adds the seal to the bytes of a zip archive that has no comment.
void seal(std::string& archive);

/// A sealed archive. Entries that are compressed (LibTorch's source code) are left to LibTorch.
class Archive {
 public:
  /// Error naming the file unless it is whole, sealed and every entry lies within it.
  explicit Archive(const std::filesystem::path& file);
  /// Bytes that are not written yet; errors name the file that they are for.
  Archive(const std::filesystem::path& file, std::string bytes);
  /// The content of an uncompressed entry by its name after the archive's top folder:
  /// "extra/fovea.json". Error when there is none.
  std::string_view entry(const std::string& name) const;
  Archive(const Archive&) = delete;  // the entries are views of the bytes
  Archive& operator=(const Archive&) = delete;
  std::string_view bytes() const { return mapped_ ? mapped_->text() : std::string_view(own_); }
  const std::filesystem::path& file() const { return file_; }

 private:
  void find_entries();

  std::filesystem::path file_;
  std::optional<MappedFile> mapped_;
  std::string own_;  // where nothing is mapped
  std::map<std::string, std::string_view, std::less<>> entries_;
};

}  // namespace fovea
