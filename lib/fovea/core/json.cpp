#include "fovea/core/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <ostream>
#include <sstream>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json_fault.h"
#include "fovea/core/text_form.h"

namespace fovea {
namespace {

constexpr size_t kMaxDepth = 1024;

/// "3:17" of a byte: lines and columns (in bytes) count from 1.
std::string line_and_column(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t start = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
  return fmt::format("{}:{}", line, offset - start + 1);
}

/// `text` with ".0" after each whole number that does not fit 64 bits: simdjson refuses those.
std::string with_doubles(std::string_view text, const std::vector<size_t>& ends) {
  std::string changed;
  size_t start = 0;
  for (const size_t end : ends) {
    changed.append(text.substr(start, end - start)).append(".0");
    start = end;
  }
  return changed.append(text.substr(start));
}

std::string_view kind_name(JsonValue::Kind kind) {
  switch (kind) {
    case JsonValue::Kind::null:
      return "null";
    case JsonValue::Kind::boolean:
      return "true or false";
    case JsonValue::Kind::number:
      return "a number";
    case JsonValue::Kind::text:
      return "text";
    case JsonValue::Kind::array:
      return "a list";
    case JsonValue::Kind::object:
      return "an object";
  }
  return "";
}

}  // namespace

/// simdjson's tape (core/json_node.h). Positions rise in the order of the file, so that the pointer
/// of a value can be found from its position alone.
class JsonTape {
 public:
  JsonTape(std::string_view text, const std::filesystem::path& file) : file_(file) {
    const std::string_view body = without_byte_order_mark(text);
    const size_t skipped = text.size() - body.size();
    byte_order_mark_ = skipped > 0;
    if (try_parse(body)) return;
    const JsonScan scan = scan_json(body, kMaxDepth);
    if (scan.fault) {
      const size_t offset = scan.fault->offset + skipped;
      fail(file, line_and_column(text, offset),
           fmt::format("no JSON (byte {}: {})", offset, scan.fault->problem), scan.fault->remedy);
    }
    const std::string padded =
        with_doubles(body, scan.big_integers) + std::string(simdjson::SIMDJSON_PADDING, '\0');
    const std::string_view changed(padded.data(), padded.size() - simdjson::SIMDJSON_PADDING);
    if (!try_parse(changed)) fail(file, "", "could not be read as JSON", "is it above 4 GB?");
  }

  static constexpr size_t kRoot = 1;
  const std::filesystem::path& file() const { return file_; }
  bool has_byte_order_mark() const { return byte_order_mark_; }

  JsonNode node(size_t at) const { return {document_.tape.get(), document_.string_buf.get(), at}; }
  char type(size_t at) const { return node(at).type(); }
  uint64_t bits(size_t at) const { return node(at).bits(); }  // of a number
  std::string_view text(size_t at) const { return node(at).text(); }
  /// The position after the value.
  size_t after(size_t at) const { return node(at).after().at(); }
  /// Calls visit(position) for each entry of an array, visit(key, position) of an object, until it
  /// returns false.
  template <class Visit>
  void each_item(size_t at, const Visit& visit) const {
    node(at).each_item([&](JsonNode item) { return visit(item.at()); });
  }
  template <class Visit>
  void each_field(size_t at, const Visit& visit) const {
    node(at).each_field(
        [&](std::string_view key, JsonNode value) { return visit(key, value.at()); });
  }

  std::string pointer(size_t target) const { return json_pointer(node(kRoot), node(target)); }

  JsonValue value(size_t at) const { return {this, at}; }

 private:
  /// Needs simdjson::SIMDJSON_PADDING readable bytes after the text.
  bool try_parse(std::string_view text) {
    simdjson::dom::parser parser;
    if (parser.allocate(std::max<size_t>(text.size(), 64), kMaxDepth) != simdjson::SUCCESS) {
      return false;
    }
    return parser.parse_into_document(document_, text.data(), text.size(), false).error() ==
           simdjson::SUCCESS;
  }

  std::filesystem::path file_;
  simdjson::dom::document document_;
  bool byte_order_mark_ = false;
};

// ---- JsonValue ----

namespace {

/// "is 3.5", "is text": what stands at the value, for messages.
std::string shown(const JsonValue& value) {
  using Kind = JsonValue::Kind;
  switch (value.kind()) {
    case Kind::number:
    case Kind::boolean:
    case Kind::null:
      return "is " + value.raw();
    case Kind::text: {
      const std::string text = value.raw();
      return text.size() <= 40 ? "is the text " + text : "is text";
    }
    default:
      return "is " + std::string(kind_name(value.kind()));
  }
}

void expect(const JsonValue& value, JsonValue::Kind kind) {
  if (value.is(kind)) return;
  value.fail(fmt::format("{}, but {} is needed", shown(value), kind_name(kind)),
             "correct the file, or the program that wrote it");
}

}  // namespace

JsonValue::Kind JsonValue::kind() const {
  switch (tape_->type(position_)) {
    case '[':
      return Kind::array;
    case '{':
      return Kind::object;
    case '"':
      return Kind::text;
    case 'l':
    case 'u':
    case 'd':
      return Kind::number;
    case 't':
    case 'f':
      return Kind::boolean;
    default:
      return Kind::null;
  }
}

bool JsonValue::is_whole() const {
  switch (tape_->type(position_)) {
    case 'l':
      return true;
    case 'd': {
      const auto value = std::bit_cast<double>(tape_->bits(position_));
      return std::trunc(value) == value && std::abs(value) < 0x1p63;
    }
    default:
      return false;  // 'u' is only used beyond int64
  }
}

double JsonValue::number() const {
  expect(*this, Kind::number);
  const uint64_t bits = tape_->bits(position_);
  switch (tape_->type(position_)) {
    case 'l':
      return static_cast<double>(static_cast<int64_t>(bits));
    case 'u':
      return static_cast<double>(bits);
    default:
      break;
  }
  const auto value = std::bit_cast<double>(bits);
  if (!std::isfinite(value)) fail("is not finite", "give a finite number");
  return value;
}

int64_t JsonValue::integer() const {
  if (!is_whole()) {
    fail(shown(*this) + ", but a whole number is needed",
         is(Kind::text) ? "write it without quotes"
                        : "correct the file, or the program that wrote it");
  }
  const uint64_t bits = tape_->bits(position_);
  return tape_->type(position_) == 'l' ? static_cast<int64_t>(bits)
                                       : static_cast<int64_t>(std::bit_cast<double>(bits));
}

bool JsonValue::boolean() const {
  expect(*this, Kind::boolean);
  return tape_->type(position_) == 't';
}

std::string_view JsonValue::text() const {
  expect(*this, Kind::text);
  return tape_->text(position_);
}

size_t JsonValue::size() const {
  size_t count = 0;
  if (is(Kind::object)) {
    tape_->each_field(position_, [&](std::string_view, size_t) { return ++count > 0; });
  } else {
    expect(*this, Kind::array);
    tape_->each_item(position_, [&](size_t) { return ++count > 0; });
  }
  return count;
}

std::vector<JsonValue> JsonValue::items() const {
  expect(*this, Kind::array);
  std::vector<JsonValue> values;
  tape_->each_item(position_, [&](size_t item) {
    values.push_back(tape_->value(item));
    return true;
  });
  return values;
}

std::vector<std::pair<std::string_view, JsonValue>> JsonValue::fields() const {
  expect(*this, Kind::object);
  std::vector<std::pair<std::string_view, JsonValue>> entries;
  tape_->each_field(position_, [&](std::string_view key, size_t item) {
    entries.emplace_back(key, tape_->value(item));
    return true;
  });
  return entries;
}

std::vector<std::string> JsonValue::keys() const {
  std::vector<std::string> names;
  for (const auto& [key, entry] : fields()) names.emplace_back(key);
  return names;
}

JsonValue JsonValue::at(std::string_view key) const {
  const auto found = find(key);
  if (!found) fail(fmt::format("has no `{}`", key), "add it");
  return *found;
}

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  expect(*this, Kind::object);
  size_t found = 0;
  tape_->each_field(position_, [&](std::string_view name, size_t item) {
    if (name == key) found = item;
    return true;
  });
  if (found == 0) return {};
  return tape_->value(found);
}

JsonNode JsonValue::node() const {
  return tape_->node(position_);
}

std::string JsonValue::pointer() const {
  return tape_->pointer(position_);
}

std::string JsonValue::raw() const {
  return raw_json(node());
}

void JsonValue::fail(std::string_view problem, std::string_view remedy) const {
  fovea::fail(tape_->file(), pointer(), problem, remedy);
}

// ---- JsonDocument ----

JsonDocument::JsonDocument(std::unique_ptr<JsonTape> tape) : tape_(std::move(tape)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

JsonDocument JsonDocument::read(const std::filesystem::path& file) {
  static_assert(simdjson::SIMDJSON_PADDING <= 64, "what MappedFile promises after the end");
  const MappedFile content(file);
  return JsonDocument(std::make_unique<JsonTape>(content.text(), file));
}

JsonDocument JsonDocument::parse(std::string_view text, const std::filesystem::path& name) {
  std::string padded(text);
  padded.append(simdjson::SIMDJSON_PADDING, '\0');
  return JsonDocument(
      std::make_unique<JsonTape>(std::string_view(padded).substr(0, text.size()), name));
}

JsonValue JsonDocument::root() const {
  return tape_->value(JsonTape::kRoot);
}

JsonValue JsonDocument::value_at(JsonNode node) const {
  return tape_->value(node.at());
}

bool JsonDocument::has_byte_order_mark() const {
  return tape_->has_byte_order_mark();
}

}  // namespace fovea
