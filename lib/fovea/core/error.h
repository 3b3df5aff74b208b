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
  using std::runtime_error::runtime_error;
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
