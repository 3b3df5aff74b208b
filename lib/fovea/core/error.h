// The two kinds of failure. `Error` is the user's to fix and prints as one line; any other
// exception is a bug of ours and prints with a stack trace. Programs tell them apart in one place
// (apps/console.h).
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

/// Something the user can put right. what() is one line: "FILE:PLACE: problem; remedy".
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& line) : std::runtime_error(line), problem_size_(line.size()) {}
  /// `place` is "FILE:PLACE" or empty.
  Error(std::string_view place, std::string_view problem, std::string_view remedy);

  // Parts of the line; of one that was given whole, all of it is the problem.
  std::string_view place() const { return std::string_view(what()).substr(0, place_size_); }
  std::string_view problem() const {
    const size_t colon = place_size_ > 0 ? 2 : 0;
    return std::string_view(what()).substr(place_size_ + colon, problem_size_);
  }

 private:
  size_t place_size_ = 0;
  size_t problem_size_ = 0;
};

/// Throws Error("FILE:PLACE: problem; remedy"). `place` is a JSON pointer, a YAML "line:column" or
/// empty; an empty `file` or `place` leaves its part out.
[[noreturn]] void fail(const std::filesystem::path& file, std::string_view place,
                       std::string_view problem, std::string_view remedy);

/// Throws Error("problem; remedy") for what has no file.
[[noreturn]] void fail(std::string_view problem, std::string_view remedy);

/// "did you mean `epochs` or `ema`?", from the names of `known` nearest to `name` by edit distance;
/// lists all of them when there are at most eight, and nothing when none is near.
std::string suggestion(std::string_view name, const std::vector<std::string>& known);

}  // namespace fovea
