#include "fovea/core/json_node.h"

#include <sstream>

#include "fovea/core/json.h"

namespace fovea {
namespace {

void write(JsonWriter& out, JsonNode node) {
  switch (node.type()) {
    case 'n':
      out.null();
      break;
    case 't':
    case 'f':
      out.value(node.type() == 't');
      break;
    case '"':
      out.value(node.text());
      break;
    case '[':
      out.begin_array();
      node.each_item([&](JsonNode item) {
        write(out, item);
        return true;
      });
      out.end_array();
      break;
    case '{':
      out.begin_object();
      node.each_field([&](std::string_view key, JsonNode value) {
        write(out.key(key), value);
        return true;
      });
      out.end_object();
      break;
    default: {
      int64_t whole = 0;
      double number = 0;
      if (node.read(whole)) {
        out.value(whole);
      } else {
        node.read(number);
        out.value(number);
      }
    }
  }
}

/// The entry of `at` that holds `target`, its key or index added to `place`.
JsonNode step_towards(JsonNode target, JsonNode at, std::string& place) {
  JsonNode found = target;
  if (at.type() == '[') {
    size_t index = 0;
    at.each_item([&](JsonNode item) {
      found = item;
      return item.after().at() <= target.at() && ++index > 0;
    });
    place.append("/").append(std::to_string(index));
    return found;
  }
  at.each_field([&](std::string_view key, JsonNode item) {
    found = item;
    if (item.after().at() <= target.at()) return true;
    place += '/';
    for (const char c : key) {  // RFC 6901: ~ and / inside a key
      if (c == '~' || c == '/') {
        place += c == '~' ? "~0" : "~1";
      } else {
        place += c;
      }
    }
    return false;
  });
  return found;
}

}  // namespace

std::string raw_json(JsonNode node) {
  std::ostringstream text;
  JsonWriter writer(text);
  write(writer, node);
  return std::move(text).str();
}

std::string json_pointer(JsonNode from, JsonNode to) {
  std::string place;
  for (JsonNode at = from; at.at() != to.at();) at = step_towards(to, at, place);
  return place;
}

}  // namespace fovea
