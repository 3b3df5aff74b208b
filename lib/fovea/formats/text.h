// Text files of strangers: lines, numbers, and where in them something stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

/// The text without its byte-order mark. Error with file and line unless it is UTF-8 without zero
/// bytes.
std::string_view expect_text(std::string_view text, const std::filesystem::path& name);

/// Whether it is UTF-8 without zero bytes.
bool is_text(std::string_view text);

/// The line, from 1 on, on which a byte stands.
int64_t line_at(std::string_view text, size_t offset);

/// Lines without their ends, which may be \n or \r\n; what follows the last end counts when it is
/// not empty.
std::vector<std::string_view> lines_of(std::string_view text);

/// Without blanks, tabs and line ends around it.
std::string_view trimmed(std::string_view text);

/// What stands between blanks and tabs.
std::vector<std::string_view> words_of(std::string_view line);

/// The whole text as a finite decimal number: "3", "-0.5", "1e-3", "+2".
std::optional<double> number_of(std::string_view text);

/// The whole text as a whole number that fits int64, "3" or "3.0".
std::optional<int64_t> whole_number_of(std::string_view text);

/// For messages: at most 60 bytes of it, cut between characters.
std::string shortened(std::string_view text);

}  // namespace fovea
