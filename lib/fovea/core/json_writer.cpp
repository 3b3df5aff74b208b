#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ostream>

#include "fovea/core/json.h"
#include "fovea/core/json_fault.h"

namespace fovea {
namespace {

void write_text(std::ostream& out, std::string_view text) {
  out << '"';
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    const size_t length = std::max<size_t>(1, utf8_length(text));
    if (byte == '"' || byte == '\\') {
      out << '\\' << text[0];
    } else if (byte == '\n') {
      out << "\\n";
    } else if (byte < 0x20) {
      out << fmt::format("\\u{:04x}", byte);
    } else if (byte >= 0x80 && utf8_length(text) == 0) {
      out << "\xEF\xBF\xBD";
    } else {
      out << text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  out << '"';
}

}  // namespace

void JsonWriter::new_line() {
  if (indent_ == 0) return;
  out_ << '\n' << std::string(has_entries_.size() * static_cast<size_t>(indent_), ' ');
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_entries_.empty()) return;
  if (has_entries_.back()) out_ << ',';
  has_entries_.back() = true;
  new_line();
}

void JsonWriter::open(char bracket) {
  separate();
  out_ << bracket;
  has_entries_.push_back(false);
}

void JsonWriter::close(char bracket) {
  const bool had_entries = has_entries_.back();
  has_entries_.pop_back();
  if (had_entries) new_line();
  out_ << bracket;
}

JsonWriter& JsonWriter::begin_object() {
  return open('{'), *this;
}
JsonWriter& JsonWriter::end_object() {
  return close('}'), *this;
}
JsonWriter& JsonWriter::begin_array() {
  return open('['), *this;
}
JsonWriter& JsonWriter::end_array() {
  return close(']'), *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  write_text(out_, name);
  out_ << (indent_ == 0 ? ":" : ": ");
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  const std::string_view shortest(digits.begin(), static_cast<size_t>(end - digits.begin()));
  raw(shortest);
  // Readers would take these for integers and lose the sign or the size.
  const bool reads_as_whole = shortest.find_first_of(".e") == std::string_view::npos;
  if (reads_as_whole && (std::abs(number) >= 0x1p53 || shortest == "-0")) out_ << ".0";
  return *this;
}

JsonWriter& JsonWriter::value(int64_t number) {
  return raw(fmt::format_int(number).c_str());
}
JsonWriter& JsonWriter::value(bool truth) {
  return raw(truth ? "true" : "false");
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  write_text(out_, text);
  return *this;
}

JsonWriter& JsonWriter::null() {
  return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ << json;
  return *this;
}

}  // namespace fovea
