// JSON as text of which a part is changed and all the rest stays as it stood, byte for byte:
// spaces, order, digits of numbers and fields that nobody here knows. The text has to be whole
// JSON, which JsonDocument (core/json.h) or read_entries (core/json_lists.h) makes sure of; of
// other text these functions find nothing, or ranges that mean nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

/// One field of an object.
struct JsonField {
  std::string key = {};          // without quotes and escapes
  std::string_view quoted = {};  // the key as it stands
  std::string_view value = {};   // the value as it stands
};

/// The fields of an object, in its order; keys that come twice are listed twice. Nothing when the
/// text is no object.
std::optional<std::vector<JsonField>> fields_of(std::string_view object);

/// The entries of a list. Nothing when the text is no list.
std::optional<std::vector<std::string_view>> items_of(std::string_view list);

/// The value of a field as it stands; the last one where the key comes twice, as JsonValue::find.
std::optional<std::string_view> field_of(std::string_view object, std::string_view key);

/// The object with `json` as the value of `key`: in the place of the old value (the last one where
/// there are two), or after the last field, spaced as the other fields are.
std::string with_field(std::string_view object, std::string_view key, std::string_view json);

/// A text in quotes, as JSON.
std::string quoted_text(std::string_view text);

/// The shortest JSON number that reads back to the same bits.
std::string number_text(double number);

}  // namespace fovea
