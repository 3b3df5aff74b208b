// What every format is read into and written from: the splits of a data set, with what was passed
// over on the way and what a format could not hold.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/core/error.h"
#include "fovea/core/log.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// One part of a data set.
struct Split {
  std::string name = {};                // "train", "val", "test"
  Dataset dataset = {};                 // labels are places in its own categories
  std::vector<std::string> names = {};  // of each record's picture inside the split: "a/1.jpg"
};

/// What a format has no place for. Each kind is named once (kLossKinds), for text and JSON.
enum class Loss {
  crowds,
  crowd_regions,
  runs,
  masks,
  missing_masks,
  joined_parts,
  boxes_beside_masks,
  keypoints,
  areas,
  image_ids,
  annotation_ids,
  category_ids,
  merged_classes,
  class_names,
  fractions,
  clipped,
  outside,
  renamed,
  file_fields,
  image_fields,
  annotation_fields,
  category_fields,
  poses,
  truncated,
  occluded,
  parts,
  elements,
  columns,
  count_  // of the kinds
};

struct LossKind {
  Loss loss;
  std::string_view name;  // as in JSON: "crowds"
  std::string_view what;  // in the plural, after "3 x": "crowd regions, left out: ..."
};

/// How many of each kind were lost.
class Losses {
 public:
  void add(Loss loss, int64_t times = 1);
  void add(const Losses& others);
  struct Entry {
    LossKind kind;
    int64_t times = 0;
  };
  std::vector<Entry> entries() const;  ///< those that were met, in the order of `Loss`
  int64_t of(Loss loss) const;

 private:
  std::map<Loss, int64_t> times_ = {};
};

/// What is bad in a source stops the reading, or is passed over and listed.
struct Passed {
  bool skip = false;  // pass over
  int64_t count = 0;
  std::vector<std::string> messages = {};  // the first kMostMessages, one line each
  static constexpr size_t kMostMessages = 100;

  /// Runs `read`, whose Error is that of one entry; false when the entry was passed over.
  template <class Read>
  bool entry(const Read& read) {
    try {
      read();
      return true;
    } catch (const Error& error) {
      if (!skip) throw;
      add(error.what());
      return false;
    }
  }
  void add(std::string message);
  void add(const Passed& others);
};

/// What the readers of one conversion share.
struct Reading {
  Log& log;
  Passed passed = {};
  Losses lost = {};
  std::vector<std::string> remarks = {};           // odd things that stop nothing, one line each
  bool needs_pictures = true;                      // or are annotations enough, where they can be?
  std::vector<std::filesystem::path> places = {};  // that data and pictures were read from
};

/// All classes of the splits by name, in the order in which they are met, with ids from 1 on. The
/// labels of the splits become places in it, and it becomes their list of categories. Names are
/// made plain: no control characters, no blanks at the ends.
std::vector<Category> unite_categories(std::vector<Split>& splits, Losses& lost);

/// Categories of these names, with ids from 1 on.
std::vector<Category> categories_of(const std::vector<std::string>& names);

/// One class name a line, the file in which VOC and CSV keep the order of the classes and those
/// without objects, for which they have no other place. No names when there is no such file. Error
/// when a name is empty or given twice.
std::vector<std::string> read_class_names(const std::filesystem::path& file);
std::string class_names_text(const std::vector<Category>& categories);
inline constexpr std::string_view kClassNames = "classes.txt";

/// Error unless an object can have that box in a picture of that size: a positive width and height,
/// and something of it inside.
void expect_sound_box(const Box& box, int64_t height, int64_t width,
                      const std::filesystem::path& file, std::string_view place);

/// A box as far as it lies in the picture, counted as clipped where that is not all of it; nothing,
/// counted as outside, when no area is left.
std::optional<Box> clipped_to(const Record& record, const Box& box, Losses& lost);

/// Whether a box reaches out of the picture by more than a rounding.
bool reaches_out(const Record& record, const Box& box);

/// The area of a mask as COCO counts it, in square pixels; that of the box where there is none.
double object_area(const Segmentation& mask, const Box& box, int64_t height, int64_t width);

/// "valid" and "validation" are other names of "val", "training" of "train".
std::string usual_split_name(std::string_view name);

}  // namespace fovea
