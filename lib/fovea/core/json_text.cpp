#include "fovea/core/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sstream>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/json.h"

namespace fovea {
namespace {

/// What matters while a value is passed over: everything else in it is skipped at once.
enum class Mark : unsigned char { none, quote, open, close, comma };

constexpr std::array<Mark, 256> kMarks = [] {
  std::array<Mark, 256> marks = {};
  marks['"'] = Mark::quote;
  marks['{'] = marks['['] = Mark::open;
  marks['}'] = marks[']'] = Mark::close;
  marks[','] = Mark::comma;
  return marks;
}();

/// What ends or nests a value inside brackets, where commas do neither.
constexpr std::array<bool, 256> kInside = [] {
  std::array<bool, 256> stops = {};
  for (const char c : {'"', '{', '[', '}', ']'}) stops[static_cast<unsigned char>(c)] = true;
  return stops;
}();

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/// Walks along a text.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}
  size_t at() const { return at_; }
  std::string_view since(size_t start) const { return text_.substr(start, at_ - start); }

  void space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  /// Passes that character, and spaces before it.
  bool pass(char c) {
    space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool is_next(char c) {
    space();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool is_at_end() {
    space();
    return at_ == text_.size();
  }

  /// The text in quotes that begins here; empty when there is none.
  std::string_view quoted() {
    space();
    const size_t start = at_;
    return at_ < text_.size() && text_[at_] == '"' && skip_text() ? since(start)
                                                                  : std::string_view();
  }

  /// The value that begins here; empty when there is none.
  std::string_view value() {
    space();
    const size_t start = at_;
    size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      if (depth > 0) {
        while (at_ < text_.size() && !kInside[static_cast<unsigned char>(text_[at_])]) ++at_;
        if (at_ == text_.size()) break;
      }
      switch (kMarks[static_cast<unsigned char>(text_[at_])]) {
        case Mark::none:
          continue;
        case Mark::quote:
          if (!skip_text()) return {};
          if (depth == 0) return since(start);
          --at_;  // on its last quote
          continue;
        case Mark::open:
          ++depth;
          continue;
        case Mark::comma:
          if (depth == 0) return scalar_since(start);
          continue;
        case Mark::close:
          if (depth == 0) return scalar_since(start);
          if (--depth > 0) continue;
          ++at_;
          return since(start);
      }
    }
    return {};
  }

 private:
  /// Goes behind the text in quotes that begins here.
  bool skip_text() {
    for (size_t from = at_ + 1; from < text_.size();) {
      const void* quote = std::memchr(text_.data() + from, '"', text_.size() - from);
      if (quote == nullptr) return false;
      const auto end = static_cast<size_t>(static_cast<const char*>(quote) - text_.data());
      size_t escapes = 0;  // backslashes before it
      while (end - escapes > at_ + 1 && text_[end - escapes - 1] == '\\') ++escapes;
      from = end + 1;
      if (escapes % 2 != 0) continue;
      at_ = from;
      return true;
    }
    return false;
  }

  std::string_view scalar_since(size_t start) {
    while (at_ > start && is_space(text_[at_ - 1])) --at_;
    return since(start);
  }

  std::string_view text_;
  size_t at_ = 0;
};

/// What a text in quotes says; nothing when an escape in it is none.
std::optional<std::string> unquoted(std::string_view text) try {
  if (text.find('\\') == std::string_view::npos) {
    return std::string(text.substr(1, text.size() - 2));
  }
  return std::string(JsonDocument::parse(text, "").root().text());
} catch (const Error&) {
  return {};
}

size_t start_in(std::string_view whole, std::string_view part) {
  return static_cast<size_t>(part.data() - whole.data());
}

size_t end_in(std::string_view whole, std::string_view part) {
  return start_in(whole, part) + part.size();
}

/// The text of an object with a field after the last one.
std::string with_new_field(std::string_view object, const std::vector<JsonField>& fields,
                           std::string_view key, std::string_view json) {
  if (fields.empty()) return fmt::format("{{{}: {}}}", quoted_text(key), json);
  const JsonField& first = fields.front();
  const JsonField& last = fields.back();
  const size_t key_end = end_in(object, first.quoted);
  const std::string_view colon = object.substr(key_end, start_in(object, first.value) - key_end);
  std::string comma = ", ";
  if (fields.size() > 1) {
    const size_t value_end = end_in(object, first.value);
    comma = object.substr(value_end, start_in(object, fields[1].quoted) - value_end);
  }
  const size_t place = end_in(object, last.value);
  std::string text(object.substr(0, place));
  text.append(comma).append(quoted_text(key)).append(colon).append(json);
  return text.append(object.substr(place));
}

}  // namespace

std::optional<std::vector<JsonField>> fields_of(std::string_view object) {
  Walk walk(object);
  if (!walk.pass('{')) return {};
  std::vector<JsonField> fields;
  if (!walk.is_next('}')) {
    do {
      JsonField field{.quoted = walk.quoted()};
      if (field.quoted.empty() || !walk.pass(':')) return {};
      field.value = walk.value();
      auto key = unquoted(field.quoted);
      if (field.value.empty() || !key) return {};
      field.key = std::move(*key);
      fields.push_back(std::move(field));
    } while (walk.pass(','));
  }
  if (!walk.pass('}') || !walk.is_at_end()) return {};
  return fields;
}

std::optional<std::vector<std::string_view>> items_of(std::string_view list) {
  Walk walk(list);
  if (!walk.pass('[')) return {};
  std::vector<std::string_view> items;
  if (!walk.is_next(']')) {
    do {
      items.push_back(walk.value());
      if (items.back().empty()) return {};
    } while (walk.pass(','));
  }
  if (!walk.pass(']') || !walk.is_at_end()) return {};
  return items;
}

std::optional<std::string_view> field_of(std::string_view object, std::string_view key) {
  const auto fields = fields_of(object);
  if (!fields) return {};
  const auto found = std::find_if(fields->rbegin(), fields->rend(),
                                  [key](const JsonField& field) { return field.key == key; });
  if (found == fields->rend()) return {};
  return found->value;
}

std::string with_field(std::string_view object, std::string_view key, std::string_view json) {
  if (const auto value = field_of(object, key)) {
    std::string text(object.substr(0, start_in(object, *value)));
    return text.append(json).append(object.substr(end_in(object, *value)));
  }
  return with_new_field(object, fields_of(object).value_or(std::vector<JsonField>()), key, json);
}

std::string quoted_text(std::string_view text) {
  std::ostringstream out;
  JsonWriter(out).value(text);
  return std::move(out).str();
}

std::string number_text(double number) {
  std::ostringstream out;
  JsonWriter(out).value(number);
  return std::move(out).str();
}

}  // namespace fovea
