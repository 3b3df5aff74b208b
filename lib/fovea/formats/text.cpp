#include "fovea/formats/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "fovea/core/error.h"
#include "fovea/core/json_fault.h"
#include "fovea/core/text_form.h"

namespace fovea {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// Where UTF-8 without zero bytes ends.
size_t text_end(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const size_t length = byte >= 0x80 ? utf8_length(text.substr(at, 4)) : byte > 0 ? 1 : 0;
    if (length == 0) break;
    at += length;
  }
  return at;
}

}  // namespace

std::string_view expect_text(std::string_view text, const std::filesystem::path& name) {
  text = without_byte_order_mark(text);
  const size_t end = text_end(text);
  if (end == text.size()) return text;
  fail(name, fmt::format("{}", line_at(text, end)),
       fmt::format("byte {:#04x} does not belong to UTF-8 text",
                   static_cast<unsigned char>(text[end])),
       "save the file as UTF-8");
}

bool is_text(std::string_view text) {
  return text_end(text) == text.size();
}

int64_t line_at(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return 1 + std::count(before.begin(), before.end(), '\n');
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
  }
  return lines;
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlanks, end);
  }
  return words;
}

std::optional<double> number_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !std::isfinite(value)) {
    return {};
  }
  return value;
}

std::optional<int64_t> whole_number_of(std::string_view text) {
  const std::optional<double> value = number_of(text);
  if (!value || std::trunc(*value) != *value || std::abs(*value) >= 0x1p53) return {};
  return static_cast<int64_t>(*value);
}

std::string shortened(std::string_view text) {
  constexpr size_t kMost = 60;
  std::string shown(text.substr(0, kMost));
  if (text.size() > kMost) {
    while (!shown.empty() && (static_cast<unsigned char>(text[shown.size()]) & 0xC0U) == 0x80) {
      shown.pop_back();
    }
    shown += "...";
  }
  for (char& c : shown) {  // a message is one line
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return shown;
}

}  // namespace fovea
