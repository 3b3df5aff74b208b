// A COCO annotation file as text, to be written again without losing anything: what is not changed
// on purpose stays byte for byte, `info`, `licenses` and fields that Fovea does not know included.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/core/files.h"
#include "fovea/core/json_node.h"

namespace fovea {

enum class CocoList : size_t { images, annotations, categories };
inline constexpr size_t kCocoLists = 3;
/// "images", "annotations", "categories".
std::string_view name_of(CocoList list);

/// What becomes of the entries of one list.
struct ListEdit {
  std::vector<bool> dropped = {};                      // by entry; empty: none
  std::vector<bool> changed = {};                      // by entry; empty: none
  std::function<std::string(size_t index)> text = {};  // of an entry that is changed
  bool drops(size_t index) const { return !dropped.empty() && dropped[index]; }
  bool changes(size_t index) const { return !changed.empty() && changed[index]; }
};

/// What becomes of the lists of a file.
struct CocoEdit {
  std::array<ListEdit, kCocoLists> lists = {};
  ListEdit& of(CocoList list) { return lists[static_cast<size_t>(list)]; }
  const ListEdit& of(CocoList list) const { return lists[static_cast<size_t>(list)]; }
};

/// The file is mapped: its entries are ranges of it, 16 bytes each in memory.
class CocoText {
 public:
  /// Error when the file is no JSON, with the byte of the fault, or lacks one of the three lists.
  explicit CocoText(const std::filesystem::path& file);

  const std::filesystem::path& file() const { return path_; }
  bool has_byte_order_mark() const { return text_.size() < content_.text().size(); }
  /// The texts of a list's entries, whatever they are.
  std::span<const std::string_view> entries(CocoList list) const;

  /// Calls read(index, entry) for each entry of a list, in parallel.
  void read(CocoList list, const std::function<void(size_t index, JsonNode entry)>& read) const;

  /// Writes the file as `edit` has it, whole or not at all; a byte-order mark is left out. Without
  /// edits the bytes are those of the source.
  void write(const std::filesystem::path& out, const CocoEdit& edit) const;

  /// One of the lists as it stands.
  struct List {
    std::string_view text = {};  // with its brackets
    std::vector<std::string_view> entries = {};
  };

 private:
  /// Finds the lists; false when the text is not as it should be.
  bool find_lists();

  std::filesystem::path path_;
  MappedFile content_;
  std::string_view text_ = {};  // without the mark
  std::array<List, kCocoLists> lists_ = {};
};

}  // namespace fovea
