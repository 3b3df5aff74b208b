#include "fovea/core/json_fault.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>

namespace fovea {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// How a byte is shown in a message.
std::string shown(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7f ? fmt::format("`{}`", c) : fmt::format("byte 0x{:02x}", byte);
}

/// An open array or object and the entry that is being read in it.
struct Level {
  bool is_object = false;
  size_t index = 0;
  std::string key = {};
};

class Scanner {
 public:
  Scanner(std::string_view text, size_t max_depth) : text_(text), max_depth_(max_depth) {}

  JsonScan scan() && {
    try {
      skip_space();
      if (at_end()) fail("it is empty", "was the file written to its end?");
      document();
      skip_space();
      if (!at_end()) fail(shown(text_[at_]) + " after the end", "keep one value in a file");
    } catch (JsonFault& fault) {
      result_.fault = std::move(fault);
    }
    return std::move(result_);
  }

 private:
  bool at_end() const { return at_ == text_.size(); }
  std::string_view rest() const { return text_.substr(at_); }

  [[noreturn]] void fail(std::string problem, std::string remedy) const {
    const std::string place = pointer();
    if (!place.empty()) problem += " in " + place;
    throw JsonFault{.offset = at_, .problem = std::move(problem), .remedy = std::move(remedy)};
  }

  std::string pointer() const {
    std::string place;
    for (const Level& level : levels_) {
      place += '/' + (level.is_object ? level.key : std::to_string(level.index));
    }
    return place;
  }

  void skip_space() {
    while (!at_end() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  [[noreturn]] void fail_at_end() const {
    fail("it ends in the middle", "the file was cut off: write or copy it again");
  }

  /// The next character that is no space.
  char next() {
    skip_space();
    if (at_end()) fail_at_end();
    return text_[at_];
  }

  void document() {
    open_or_scalar();
    while (!levels_.empty()) next_entry();
  }

  /// A scalar whole, of a container the opening bracket.
  void open_or_scalar() {
    const char c = next();
    if (c == '{' || c == '[') {
      if (levels_.size() == max_depth_) {
        fail(fmt::format("more than {} levels", max_depth_), "is this an annotation file?");
      }
      levels_.push_back({.is_object = c == '{'});
      ++at_;
      first_ = true;
    } else if (c == '"') {
      string();
    } else if (c == '-' || is_digit(c)) {
      number();
    } else {
      word();
    }
  }

  /// One entry of the innermost container with the comma before it, or its end.
  void next_entry() {
    Level& level = levels_.back();
    const char c = next();
    if (c == (level.is_object ? '}' : ']')) {
      levels_.pop_back();
      ++at_;
      first_ = false;
      return;
    }
    if (!first_) {
      if (c != ',') fail(shown(c) + " where a comma or the end should be", "add the comma");
      ++at_;
      ++level.index;
      if (next() == (level.is_object ? '}' : ']')) {
        fail("a comma before the end", "remove the comma");
      }
    }
    first_ = false;
    if (level.is_object) level.key = key();
    open_or_scalar();
  }

  std::string key() {
    if (next() != '"') fail(shown(text_[at_]) + " where a key should be", "put keys in \"...\"");
    const size_t start = at_ + 1;
    string();
    std::string name(text_.substr(start, at_ - start - 1));
    if (next() != ':') fail(shown(text_[at_]) + " where a colon should be", "add the colon");
    ++at_;
    return name;
  }

  void string() {
    const size_t start = at_;
    for (++at_; !at_end() && text_[at_] != '"';) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte < 0x20) fail(shown(text_[at_]) + " inside a text", "write it as \\u00XX");
      if (byte == '\\') {
        escape();
      } else {
        const size_t length = utf8_length(rest());
        if (length == 0) fail(shown(text_[at_]) + " is not UTF-8", "save the file as UTF-8");
        at_ += length;
      }
    }
    if (at_end()) {
      at_ = start;
      fail("a text that never ends", "the file was cut off, or a quote is missing");
    }
    ++at_;
  }

  void escape() {
    const size_t start = at_;
    const bool high = is_surrogate(0xD800);
    if (is_surrogate(0xDC00)) fail("half a surrogate pair", "write the character itself");
    single_escape();
    if (!high) return;
    if (!is_surrogate(0xDC00)) {
      at_ = start;
      fail("half a surrogate pair", "write the character itself");
    }
    single_escape();
  }

  void single_escape() {
    constexpr std::string_view kSingle = "\"\\/bfnrt";
    const size_t start = at_++;
    if (at_end()) fail_at_end();
    if (text_[at_] == 'u' && hex(at_ + 1)) {
      at_ += 5;
    } else if (kSingle.find(text_[at_]) != std::string_view::npos) {
      ++at_;
    } else {
      at_ = start;
      fail("an unknown escape", "write a backslash as \\\\");
    }
  }

  /// The four hexadecimal digits at `position`.
  std::optional<uint32_t> hex(size_t position) const {
    uint32_t code = 0;
    const std::string_view digits = text_.substr(std::min(position, text_.size()), 4);
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), code, 16);
    if (digits.size() != 4 || error != std::errc() || end != digits.end()) return {};
    return code;
  }

  /// Whether a \uXXXX of the block that starts at `first` (0x400 codes) stands here.
  bool is_surrogate(uint32_t first) const {
    if (!rest().starts_with("\\u")) return false;
    const auto code = hex(at_ + 2);
    return code && *code >= first && *code < first + 0x400;
  }

  void digits() {
    if (at_end() || !is_digit(text_[at_])) fail_at_number();
    while (!at_end() && is_digit(text_[at_])) ++at_;
  }

  [[noreturn]] void fail_at_number() const {
    if (at_end()) fail_at_end();
    if (rest().starts_with("Infinity")) fail("-Infinity is no number", kDropNaN);
    fail(shown(text_[at_]) + " inside a number", "write numbers as 12, 0.5 or 1e-3");
  }

  void number() {
    const size_t start = at_;
    if (text_[at_] == '-') ++at_;
    const bool leading_zero = !at_end() && text_[at_] == '0';
    const size_t first = at_;
    digits();
    if (leading_zero && at_ > first + 1) {
      at_ = start;
      fail("a number with a leading zero", "remove the zero");
    }
    bool whole = true;
    if (!at_end() && text_[at_] == '.') {
      whole = false;
      ++at_;
      digits();
    }
    if (!at_end() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      whole = false;
      ++at_;
      if (!at_end() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      digits();
    }
    check_size(start, whole);
  }

  /// The number from `start` to here must fit a double; whole ones beyond 64 bits are noted.
  void check_size(size_t start, bool whole) {
    const std::string_view digits = text_.substr(start, at_ - start);
    double value = 0;
    const auto parsed = std::from_chars(digits.begin(), digits.end(), value);
    const bool too_big = parsed.ec == std::errc::result_out_of_range && !is_tiny(digits);
    if (too_big) {
      at_ = start;
      fail("a number too big for a double", "keep numbers below 1.8e308");
    }
    if (whole && !fits_64_bits(digits)) result_.big_integers.push_back(at_);
  }

  /// from_chars reports numbers that are too small and too big alike.
  static bool is_tiny(std::string_view number) {
    return std::strtod(std::string(number).c_str(), nullptr) < 1 &&
           std::strtod(std::string(number).c_str(), nullptr) > -1;
  }

  static bool fits_64_bits(std::string_view number) {
    uint64_t positive = 0;
    int64_t negative = 0;
    const bool minus = number.front() == '-';
    const auto parsed = minus ? std::from_chars(number.begin(), number.end(), negative)
                              : std::from_chars(number.begin(), number.end(), positive);
    return parsed.ec == std::errc();
  }

  void word() {
    for (const std::string_view known : {"true", "false", "null"}) {
      if (rest().starts_with(known)) {
        at_ += known.size();
        return;
      }
    }
    for (const std::string_view name : {"NaN", "nan", "Infinity"}) {
      if (rest().starts_with(name)) fail(std::string(name) + " is no number", kDropNaN);
    }
    if (text_[at_] == '\'') fail("a text in single quotes", "use double quotes");
    fail(shown(text_[at_]) + " where a value should be", "is this file JSON?");
  }

  static constexpr const char* kDropNaN = "give a finite number, or drop the entry";

  std::string_view text_;
  size_t max_depth_;
  size_t at_ = 0;
  bool first_ = false;  // no entry of the innermost container was read yet
  std::vector<Level> levels_ = {};
  JsonScan result_ = {};
};

}  // namespace

JsonScan scan_json(std::string_view text, size_t max_depth) {
  return Scanner(text, max_depth).scan();
}

size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  uint32_t code = first & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80) return 0;
    code = (code << 6U) | (next & 0x3FU);
  }
  constexpr uint32_t kLowest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  return code >= kLowest[length] && code <= 0x10FFFF && !surrogate ? length : 0;
}

}  // namespace fovea
