// What becomes of a defect that a reader meets: training stops at an error, or passes over its
// entry where that is allowed, and counts warnings; checking notes all there is and goes on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fovea/data/defects.h"
#include "fovea/data/row_values.h"

namespace fovea {

/// Thrown while checking, where the file as a whole cannot be read on.
struct StopReading {};

class EntryFindings;

/// The defects of a file. Places are JSON pointers, "" is the file.
class Findings {
 public:
  /// For training: an error is thrown unless `allow` has its code; `report` may be null.
  Findings(const std::filesystem::path& file, Allowed allow, ReadReport* report);
  /// For checking: notes all there is and stops at nothing but what makes the file unreadable.
  Findings(const std::filesystem::path& file, CheckReport& report)
      : file_(file), checking_(&report) {}

  bool is_checking() const { return checking_ != nullptr; }

  /// A note, which who trains is not told of; a warning; or an error of an entry that is passed
  /// over then, if it returns.
  void add(std::string_view code, const std::string& pointer, std::string_view problem);
  /// An error of the file as a whole.
  [[noreturn]] void stop(std::string_view code, const std::string& pointer,
                         std::string_view problem);
  /// Notes pictures that image entries name, whatever is wrong with the entries.
  void list_pictures(std::vector<std::string> pictures) {
    if (checking_ == nullptr) return;
    std::move(pictures.begin(), pictures.end(), std::back_inserter(checking_->pictures));
  }
  /// What was met in the pieces of the list `key`, in the order of the list.
  void take(std::string_view key, const std::vector<const EntryFindings*>& pieces);

 private:
  friend class EntryFindings;
  bool passes_over(std::string_view code) const;
  int64_t kept_of_a_code() const { return checking_ == nullptr ? 1 : checking_->most_of_a_kind; }
  void count(std::string_view code, const std::string& pointer, std::string_view problem,
             int64_t times);
  [[noreturn]] void refuse(std::string_view code, const std::string& pointer,
                           std::string_view problem, bool can_pass_over) const;

  std::filesystem::path file_;
  Allowed allow_ = {};
  ReadReport* report_ = nullptr;  // null where nobody asks for it
  CheckReport* checking_ = nullptr;
};

/// The defects of a piece of a list, while other threads read other pieces.
class alignas(64) EntryFindings {
 public:
  explicit EntryFindings(const Findings& file) : file_(&file) {}

  /// Goes on to the next entry.
  void next(JsonNode entry) {
    entry_ = entry;
    ++entries_;
  }
  size_t entries() const { return entries_; }
  size_t entry() const { return entries_ - 1; }  ///< its number in the piece
  /// Whether an error ended the reading: what follows need not be looked at.
  bool stopped() const { return stopped_; }

  /// A warning or a note; `make()` gives the problem's text where it is kept.
  template <class Make>
  void warn(std::string_view code, JsonNode at, const Make& make) {
    if (!is_new(code)) return;
    if constexpr (std::is_invocable_v<Make>) {
      keep(code, at, make());
    } else {
      keep(code, at, std::string(make));
    }
  }
  /// An error of the entry, which is dropped.
  void error(const RowFault& fault);

 private:
  friend class Findings;
  struct Met {
    std::string_view code;
    size_t entry = 0;
    std::string inside = {};  // pointer from the entry on
    std::string problem = {};
  };
  struct Count {
    std::string_view code;
    int64_t times = 0;
  };
  /// Counts it; whether it is one of the first of its code.
  bool is_new(std::string_view code);
  void keep(std::string_view code, JsonNode at, std::string problem);

  const Findings* file_;
  JsonNode entry_ = JsonNode(nullptr, nullptr, 0);
  size_t entries_ = 0;
  bool stopped_ = false;
  std::vector<Count> counts_ = {};
  std::vector<Met> met_ = {};
};

}  // namespace fovea
