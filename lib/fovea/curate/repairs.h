// What can be repaired in the entries of a COCO file without guessing: a value is changed where
// only one right value is possible, an entry is dropped where nothing could be learned from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fovea/core/json_node.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// One thing that was changed, or the reason why an entry was dropped.
struct Change {
  std::string_view code = {};  // of the defect (data/defects.h)
  std::string key = {};        // of the entry's field; empty: the entry as a whole
  std::string now = {};        // JSON of its new value; empty where the entry is dropped
  std::string why = {};        // "the mask has 12 square pixels"
  bool drops() const { return now.empty(); }
};

/// All that is done to one entry, in the order in which it was found necessary. Each key at most
/// once; what drops the entry comes last.
struct EntryRepair {
  std::vector<Change> changes = {};
  void change(Change change);  ///< in place of an earlier one of that key
  bool drops() const { return !changes.empty() && changes.back().drops(); }
};

/// An image as far as its annotations must know it.
struct ImageFacts {
  std::optional<int64_t> id = {};  // nothing where it is no whole number
  int64_t height = 0;              // pixels; 0: unknown
  int64_t width = 0;
  std::string size_doubt = {};  // why the size may be a wrong one; empty: no doubt
  std::string file_name = {};   // empty where it is no text
};

/// A category as far as its annotations must know it.
struct CategoryFacts {
  std::optional<int64_t> id = {};
};

/// What annotations refer to.
struct References {
  std::vector<ImageFacts> images = {};
  std::unordered_map<int64_t, size_t> image_of_id = {};  // -> images, the first of that id
  std::unordered_map<int64_t, size_t> category_of_id = {};
};

/// An annotation as far as others must know it.
struct AnnotationFacts {
  std::optional<int64_t> id = {};  // nothing where a free one is needed
  uint64_t likeness = 0;           // the same for annotations that say the same of the same image
};

/// Reads the fields of an image or category and repairs those that need no other entry.
EntryRepair repair_image(JsonNode entry, ImageFacts& facts);
EntryRepair repair_category(JsonNode entry, CategoryFacts& facts);

/// The same for an annotation, whose image and category are known by now. `text` is the entry as it
/// stands.
EntryRepair repair_annotation(std::string_view text, JsonNode entry, const References& references,
                              AnnotationFacts& facts);

// Fields, for those who repair.

/// A number without a fraction, or one in quotes: 3, 3.0, "3".
std::optional<int64_t> whole_of(JsonNode value);
/// Four finite numbers.
std::optional<Box> box_of(JsonNode annotation);

}  // namespace fovea
