#include "fovea/formats/csv_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "fovea/core/error.h"
#include "fovea/formats/text.h"

namespace fovea {

bool CsvLines::next(CsvLine& line) {
  while (text_.starts_with('\n') || text_.starts_with("\r\n")) {
    text_.remove_prefix(text_.front() == '\n' ? 1 : 2);
    ++number_;
  }
  if (text_.empty()) return false;
  line.fields.clear();
  line.number = number_;
  const std::string_view whole = text_;
  try {
    read_fields(line);
  } catch (const Error&) {
    text_ = whole.substr(std::min(whole.find('\n'), whole.size() - 1) + 1);
    number_ = line.number + 1;
    throw;
  }
  return true;
}

void CsvLines::read_fields(CsvLine& line) {
  while (true) {
    line.fields.push_back(text_.starts_with('"') ? quoted_field() : plain_field());
    if (!text_.starts_with(',')) break;
    text_.remove_prefix(1);
  }
  if (text_.starts_with('\r')) text_.remove_prefix(1);
  if (text_.starts_with('\n')) text_.remove_prefix(1);
  ++number_;
}

std::string CsvLines::plain_field() {
  const size_t end = std::min(text_.find_first_of(",\n"), text_.size());
  const std::string_view field = trimmed(text_.substr(0, end));
  text_.remove_prefix(end);
  return std::string(field);
}

std::string CsvLines::quoted_field() {
  const int64_t begin = number_;
  std::string field;
  text_.remove_prefix(1);
  while (true) {
    const size_t quote = text_.find('"');
    if (quote == std::string_view::npos) {
      fail(file_, fmt::format("{}", begin), "a quote that is never closed", "close it");
    }
    field += text_.substr(0, quote);
    text_.remove_prefix(quote + 1);
    if (!text_.starts_with('"')) break;
    field += '"';
    text_.remove_prefix(1);
  }
  number_ += std::count(field.begin(), field.end(), '\n');
  const bool is_end = text_.empty() || text_.starts_with(',') || text_.starts_with('\n') ||
                      text_.starts_with("\r\n");
  if (!is_end) {
    fail(file_, fmt::format("{}", number_), "text after a closing quote",
         "write quotes inside a field twice");
  }
  return field;
}

std::string csv_field(std::string_view text) {
  const bool has_blanks = trimmed(text).size() < text.size();
  if (text.find_first_of(",\"\r\n") == std::string_view::npos && !has_blanks) {
    return std::string(text);
  }
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + "\"";
}

}  // namespace fovea
