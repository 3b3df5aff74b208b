// Where and why a text is no JSON. simdjson says neither, so this slower scanner reads the text
// again once it has been refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

struct JsonFault {
  size_t offset = 0;  // byte of the text
  std::string problem = {};
  std::string remedy = {};
};

struct JsonScan {
  std::optional<JsonFault> fault = {};    // the first one
  std::vector<size_t> big_integers = {};  // ends of whole numbers that do not fit 64 bits
};

/// Reads `text` by the letter of RFC 8259, down to `max_depth` levels.
JsonScan scan_json(std::string_view text, size_t max_depth);

/// Bytes of the UTF-8 character that `text` begins with, 0 when it is none (overlong forms,
/// surrogates and values above U+10FFFF are none).
size_t utf8_length(std::string_view text);

}  // namespace fovea
