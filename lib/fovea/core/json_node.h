// A value on the tape that simdjson writes (its doc/tape.md): one word for each value, its kind in
// the top byte. An array or object spans two words, and the first holds the place after the last.
// Numbers take a second word with their bits. Nothing here is checked or named: JsonValue
// (core/json.h) complains, JsonNode answers false.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace fovea {

class JsonNode {
 public:
  JsonNode(const uint64_t* tape, const uint8_t* strings, size_t at)
      : tape_(tape), strings_(strings), at_(at) {}

  /// '{', '[', '"', 'l' (int64), 'u' (beyond int64), 'd' (double), 't', 'f' or 'n'.
  char type() const { return static_cast<char>(tape_[at_] >> 56U); }
  size_t at() const { return at_; }
  uint64_t bits() const { return tape_[at_ + 1]; }  // of a number
  std::string_view text() const {
    const uint8_t* start = strings_ + (tape_[at_] & kPayload);
    uint32_t length = 0;
    std::memcpy(&length, start, sizeof length);
    return {reinterpret_cast<const char*>(start) + sizeof length, length};
  }
  /// The value after this one.
  JsonNode after() const {
    switch (type()) {
      case '[':
      case '{':
        return {tape_, strings_, tape_[at_] & 0xFFFFFFFFU};
      case 'l':
      case 'u':
      case 'd':
        return {tape_, strings_, at_ + 2};
      default:
        return {tape_, strings_, at_ + 1};
    }
  }

  /// Calls visit(node) for each entry of an array, visit(key, node) of an object, until it answers
  /// false; whether all were visited.
  template <class Visit>
  bool each_item(const Visit& visit) const {
    const size_t end = after().at_ - 1;
    for (JsonNode item = next(1); item.at_ < end; item = item.after()) {
      if (!visit(item)) return false;
    }
    return true;
  }
  template <class Visit>
  bool each_field(const Visit& visit) const {
    const size_t end = after().at_ - 1;
    for (JsonNode key = next(1); key.at_ < end;) {
      const JsonNode value = key.next(1);
      if (!visit(key.text(), value)) return false;
      key = value.after();
    }
    return true;
  }

  /// Of an object; of a key given twice the last one counts, as in Python.
  std::optional<JsonNode> find(std::string_view key) const {
    std::optional<JsonNode> found;
    each_field([&](std::string_view name, JsonNode value) {
      if (name == key) found = value;
      return true;
    });
    return found;
  }

  /// A number of any kind; false for anything else and for what is not finite.
  bool read(double& value) const {
    switch (type()) {
      case 'l':
        value = static_cast<double>(static_cast<int64_t>(bits()));
        return true;
      case 'u':
        value = static_cast<double>(bits());
        return true;
      case 'd':
        value = std::bit_cast<double>(bits());
        return std::isfinite(value);
      default:
        return false;
    }
  }
  /// A number without a fraction that fits int64: 3 and 3.0, not 3.5.
  bool read(int64_t& value) const {
    if (type() == 'l') {
      value = static_cast<int64_t>(bits());
      return true;
    }
    if (type() != 'd') return false;
    const auto number = std::bit_cast<double>(bits());
    if (std::trunc(number) != number || std::abs(number) >= 0x1p63) return false;
    value = static_cast<int64_t>(number);
    return true;
  }
  bool read(std::string_view& value) const {
    if (type() != '"') return false;
    value = text();
    return true;
  }

 private:
  static constexpr uint64_t kPayload = 0x00FFFFFFFFFFFFFFU;
  JsonNode next(size_t words) const { return {tape_, strings_, at_ + words}; }

  const uint64_t* tape_;
  const uint8_t* strings_;
  size_t at_;
};

// For messages.
std::string raw_json(JsonNode node);                   ///< as compact text
std::string json_pointer(JsonNode from, JsonNode to);  ///< "/bbox/2", "" when they are the same

}  // namespace fovea
