// What becomes of a defect that a reader meets: training stops at an error, or passes over its
// entry where that is allowed, and counts warnings; checking notes all there is and goes on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/core/json.h"
#include "fovea/data/defects.h"

namespace fovea {

/// Thrown where an entry is to be passed over.
struct PassOver {};

/// Thrown while checking, where the file as a whole cannot be read on.
struct StopReading {};

class Findings {
 public:
  /// For training: errors are thrown unless `allow` has their code; `report` may be null.
  Findings(const std::filesystem::path& file, const std::vector<std::string>& allow,
           ReadReport* report);
  /// For checking: notes all there is and stops at nothing.
  Findings(const std::filesystem::path& file, CheckReport& report)
      : file_(file), checking_(&report) {}

  bool is_checking() const { return checking_ != nullptr; }

  /// A defect of that code at `place`. Returns for warnings and notes only; who trains is not told
  /// of notes.
  void add(const JsonValue& place, std::string_view code, std::string_view problem);
  [[noreturn]] void error(const JsonValue& place, std::string_view code, std::string_view problem);

  /// Notes a picture that an image entry names, whatever is wrong with the entry.
  void list_picture(const std::filesystem::path& picture) {
    if (checking_ != nullptr) checking_->pictures.push_back(picture.string());
  }

  /// Runs `read`, in which errors may be passed over; false when one was.
  template <class Read>
  bool entry(const Read& read) {
    inside_entry_ = true;
    bool done = true;
    try {
      read();
    } catch (const PassOver&) {
      done = false;
    }
    inside_entry_ = false;
    return done;
  }

  /// The same for each entry of a list.
  template <class Read>
  void each(const JsonValue& list, const Read& read) {
    if (!list.is(JsonValue::Kind::array)) error(list, defect::kWrongType, "is no list");
    int64_t index = 0;
    for (const JsonValue& item : list.items()) {
      entry([&] {
        if (!item.is(JsonValue::Kind::object)) {
          error(item, defect::kWrongType, "is no object {...}");
        }
        read(item, index);
      });
      ++index;
    }
  }

 private:
  bool is_allowed(const DefectKind& kind) const;
  void note(const JsonValue& place, const DefectKind& kind, std::string_view problem);
  [[noreturn]] void refuse(const JsonValue& place, const DefectKind& kind,
                           std::string_view problem) const;

  std::filesystem::path file_;
  std::vector<std::string> allow_ = {};
  ReadReport* report_ = nullptr;  // null where nobody asks for it
  CheckReport* checking_ = nullptr;
  bool inside_entry_ = false;
};

}  // namespace fovea
