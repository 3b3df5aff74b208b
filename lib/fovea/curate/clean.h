// A COCO file in which what can be repaired without guessing is repaired, and an account of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/core/log.h"
#include "fovea/data/defects.h"

namespace fovea {

struct CleanOptions {
  std::filesystem::path images = {};    // folder of the pictures; empty: they are not looked at
  std::vector<std::string> drop = {};   // codes of errors whose entries are dropped
  int64_t most_of_a_kind = 20;          // that are kept of each code in the report
  std::filesystem::path shown_as = {};  // the result's name in messages; empty: as it is
};

/// One thing that was done.
struct CleanAction {
  enum class Kind { changed, added, dropped };
  Kind kind = Kind::changed;
  std::string_view code = {};  // of the defect
  std::string place = {};      // in the source: "train.json:/annotations/3/bbox"
  std::string was = {};        // JSON, shortened where it is long; empty unless it was changed
  std::string now = {};        // JSON; empty where it was dropped
  std::string why = {};
};
std::string_view name_of(CleanAction::Kind kind);  ///< "changed", "added", "dropped"

struct CleanReport {
  struct Count {
    int64_t repaired = 0;  // values changed or added
    int64_t dropped = 0;   // entries
  };
  std::vector<CleanAction> actions = {};     // images, categories, annotations, each in their order
  std::map<std::string, Count> counts = {};  // by code, those that are not kept too
  CheckReport left = {};                     // what `check` finds in the result
  Count totals() const;
};

/// Reads `in`, writes the result to `out` (whole or not at all) and checks it. Everything that is
/// not repaired stays byte for byte. What is done depends on `in` and the pictures alone, and done
/// to its own result it changes nothing.
CleanReport clean_coco(const std::filesystem::path& in, const std::filesystem::path& out,
                       const CleanOptions& options, Log& log);

}  // namespace fovea
