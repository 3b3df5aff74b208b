// JSON in and out. Reading goes through simdjson, whose types stay inside json.cpp; a value knows
// its file and its JSON pointer, so that every complaint names the place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fovea/core/json_node.h"

namespace fovea {

class JsonDocument;
class JsonTape;

/// One value of a document that was read; valid while the JsonDocument lives. Copies are cheap.
class JsonValue {
 public:
  enum class Kind { null, boolean, number, text, array, object };
  Kind kind() const;
  bool is(Kind k) const { return kind() == k; }
  bool is_whole() const;  ///< a number without a fraction that fits int64 (3 and 3.0, not 3.5)

  // Each is an Error naming file and pointer when the value has another kind.
  double number() const;    ///< also refuses what is not finite
  int64_t integer() const;  ///< whole numbers only, see is_whole
  bool boolean() const;
  std::string_view text() const;
  size_t size() const;                    ///< entries of an array or object
  std::vector<JsonValue> items() const;   ///< of an array
  std::vector<std::string> keys() const;  ///< of an object, as they stand, duplicates kept
  std::vector<std::pair<std::string_view, JsonValue>> fields() const;  ///< keys and their values
  JsonValue at(std::string_view key) const;                            ///< Error when absent
  /// Of an object; of a key given twice the last one counts, as in Python.
  std::optional<JsonValue> find(std::string_view key) const;
  std::string pointer() const;  ///< "/annotations/17/bbox", "" at the root
  std::string raw() const;      ///< the value as compact JSON text
  JsonNode node() const;        ///< the same value without checks

  /// Throws Error("FILE:POINTER: problem; remedy").
  [[noreturn]] void fail(std::string_view problem, std::string_view remedy) const;

 private:
  friend class JsonDocument;
  friend class JsonTape;
  JsonValue(const JsonTape* tape, size_t position) : tape_(tape), position_(position) {}
  const JsonTape* tape_;
  size_t
      position_;  // on simdjson's tape; the pointer is worked out from it when a message needs it
};

/// A parsed file or text. Error with line, column and byte offset when it is no JSON. A byte-order
/// mark is passed over; whole numbers beyond 64 bits are read as doubles; at most 1024 levels.
class JsonDocument {
 public:
  static JsonDocument read(const std::filesystem::path& file);
  /// `name` stands for the file in messages.
  static JsonDocument parse(std::string_view text, const std::filesystem::path& name);
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();
  JsonValue root() const;
  JsonValue value_at(JsonNode node) const;  ///< one of this document
  bool has_byte_order_mark()
      const;  ///< the file began with one (accepted, but many readers refuse)

 private:
  explicit JsonDocument(std::unique_ptr<JsonTape> tape);
  std::unique_ptr<JsonTape> tape_;
};

/// Writes JSON piece by piece; commas, quotes and escapes are its business. Doubles are written
/// with the fewest digits that read back to the same bits; NaN and infinities as null; bytes of a
/// text that are no UTF-8 as U+FFFD.
class JsonWriter {
 public:
  explicit JsonWriter(std::ostream& out, int indent = 0) : out_(out), indent_(indent) {}
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& value(double number);
  JsonWriter& value(int64_t number);
  JsonWriter& value(int number) { return value(static_cast<int64_t>(number)); }
  JsonWriter& value(size_t number) { return value(static_cast<int64_t>(number)); }
  JsonWriter& value(bool truth);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  ///< text that is JSON already
  template <class T>
  JsonWriter& field(std::string_view name, const T& content) {
    return key(name).value(content);
  }
  template <class T>
  JsonWriter& array(const std::vector<T>& values) {
    begin_array();
    for (const T& item : values) value(item);
    return end_array();
  }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();
  void new_line();
  std::ostream& out_;
  int indent_;                     // spaces a level; 0 writes one line
  std::vector<bool> has_entries_;  // one per open container
  bool after_key_ = false;
};

}  // namespace fovea
