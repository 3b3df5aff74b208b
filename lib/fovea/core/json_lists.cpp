#include "fovea/core/json_lists.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "fovea/core/error.h"
#include "fovea/core/json.h"
#include "fovea/core/parallel.h"

namespace fovea {
namespace {

constexpr size_t kWindow = 1 << 17;  // bytes at once: with simdjson's tape they stay in a cache
constexpr size_t kPiece = 1 << 20;   // bytes of a piece at least
constexpr size_t kMaxDepth = 64;

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

size_t skip_space(std::string_view text, size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

size_t find_from(std::string_view text, char wanted, size_t at) {
  const void* found =
      at < text.size() ? std::memchr(text.data() + at, wanted, text.size() - at) : nullptr;
  return found == nullptr ? text.size()
                          : static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

/// The first place at or after `at` where an object seems to end before another entry of the list:
/// the place after its brace. The end of the text where there is none.
size_t cut_after(std::string_view text, size_t at) {
  for (size_t brace = find_from(text, '}', at); brace < text.size();
       brace = find_from(text, '}', brace + 1)) {
    const size_t comma = skip_space(text, brace + 1);
    if (comma >= text.size() || text[comma] != ',') continue;
    const size_t next = skip_space(text, comma + 1);
    if (next < text.size() && text[next] == '{') return brace + 1;
  }
  return text.size();
}

/// The start of the next entry after a cut.
size_t entry_after(std::string_view text, size_t cut) {
  const size_t comma = skip_space(text, cut);
  return comma < text.size() ? skip_space(text, comma + 1) : text.size();
}

/// The place of the bracket that seems to end a list of objects, or the end of the text.
size_t end_of_list(std::string_view text, size_t at) {
  for (size_t brace = find_from(text, '}', at); brace < text.size();
       brace = find_from(text, '}', brace + 1)) {
    const size_t next = skip_space(text, brace + 1);
    if (next < text.size() && text[next] == ']') return next;
  }
  return text.size();
}

/// The place after the text that begins at `at`, or the end.
size_t after_text(std::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

/// The place after a value that is skipped: texts whole, brackets in pairs.
size_t after_value(std::string_view text, size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = after_text(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    }
    if (c == ',' && depth == 0) return at;
    ++at;
  }
  return at;
}

/// Whether a list that begins at `at` seems to hold objects; `first` becomes the place of its
/// first.
bool is_object_list(std::string_view text, size_t at, size_t& first) {
  if (at >= text.size() || text[at] != '[') return false;
  first = skip_space(text, at + 1);
  return first < text.size() && text[first] == '{';
}

/// simdjson's parser and a padded copy of the text that it reads.
class WindowParser {
 public:
  /// The values in `window` go to `read`; false when they are no whole values or `read` says so.
  template <class Read>
  bool parse(std::string_view window, const Read& read) {
    const size_t length = window.size() + 2;
    if (buffer_.size() < length + simdjson::SIMDJSON_PADDING) {
      buffer_.resize(length + simdjson::SIMDJSON_PADDING);
    }
    if (parser_.capacity() < length && parser_.allocate(length, kMaxDepth) != simdjson::SUCCESS) {
      return false;
    }
    buffer_[0] = '[';
    std::memcpy(buffer_.data() + 1, window.data(), window.size());
    buffer_[length - 1] = ']';
    std::memset(buffer_.data() + length, 0, simdjson::SIMDJSON_PADDING);
    const auto result = parser_.parse(reinterpret_cast<const uint8_t*>(buffer_.data()), length,
                                      /*realloc_if_needed=*/false);
    if (result.error() != simdjson::SUCCESS) return false;
    const JsonNode root(parser_.doc.tape.get(), parser_.doc.string_buf.get(), 1);
    return root.type() == '[' && root.each_item(read);
  }

 private:
  std::vector<char> buffer_;
  simdjson::dom::parser parser_;
};

}  // namespace

const JsonList* JsonLists::find(std::string_view key) const {
  const auto found = std::find_if(lists.begin(), lists.end(),
                                  [key](const JsonList& list) { return list.key == key; });
  return found == lists.end() ? nullptr : &*found;
}

std::optional<JsonLists> find_lists(std::string_view text) {
  JsonLists found;
  size_t first = 0;
  size_t at = skip_space(text, 0);
  if (is_object_list(text, at, first)) {
    const size_t last = text.rfind(']');
    if (last == std::string_view::npos || last < first) return {};
    found.lists.push_back({"", text.substr(first, last - first)});
    found.rest = std::string(text.substr(0, at + 1)) + std::string(text.substr(last));
    return found;
  }
  if (at >= text.size() || text[at] != '{') return {};
  size_t copied = 0;  // what of the text is in `rest` or in a list
  for (++at; at < text.size(); ++at) {
    const size_t key = skip_space(text, at);
    if (key >= text.size() || text[key] != '"') break;
    const size_t key_end = after_text(text, key);
    const size_t colon = skip_space(text, key_end);
    if (colon >= text.size() || text[colon] != ':') break;
    const size_t value = skip_space(text, colon + 1);
    if (is_object_list(text, value, first)) {
      const size_t end = end_of_list(text, first);
      found.lists.push_back(
          {std::string(text.substr(key + 1, key_end - key - 2)), text.substr(first, end - first)});
      found.rest.append(text.substr(copied, value + 1 - copied));
      copied = end;
      at = std::min(end + 1, text.size());
    } else {
      at = after_value(text, value);
    }
    at = skip_space(text, at);
    if (at >= text.size() || text[at] != ',') break;
  }
  found.rest.append(text.substr(copied));
  return found;
}

int64_t pieces_for(std::string_view content) {
  const int64_t cores = core_count();
  return std::clamp<int64_t>(static_cast<int64_t>(content.size() / kPiece), 1, 8 * cores);
}

bool read_first(std::string_view content, const std::function<bool(JsonNode object)>& read) {
  size_t end = cut_after(content, 0);
  if (end == content.size()) {  // the only one
    while (end > 0 && is_space(content[end - 1])) --end;
  }
  return WindowParser().parse(content.substr(0, end),
                              [&read](JsonNode item) { return item.type() == '{' && read(item); });
}

bool read_objects(std::string_view content, int64_t pieces,
                  const std::function<bool(size_t piece, JsonNode object)>& read,
                  const std::function<void(std::string_view text)>& done) {
  while (!content.empty() && is_space(content.back())) content.remove_suffix(1);
  std::vector<size_t> starts = {0};
  for (int64_t piece = 1; piece < pieces; ++piece) {
    const size_t near = content.size() / static_cast<size_t>(pieces) * static_cast<size_t>(piece);
    starts.push_back(entry_after(content, cut_after(content, std::max(near, starts.back()))));
  }
  starts.push_back(content.size());
  std::atomic<bool> whole = true;
  in_parallel(pieces, [&](int64_t number) {
    const auto piece = static_cast<size_t>(number);
    WindowParser parser;
    for (size_t at = starts[piece]; at < starts[piece + 1] && whole;) {
      const std::string_view rest = content.substr(0, starts[piece + 1]);
      size_t end = rest.size() - at <= kWindow ? rest.size() : cut_after(rest, at + kWindow);
      size_t next = end;
      if (end < rest.size()) {
        next = entry_after(rest, end);
      } else if (end < content.size()) {  // the comma before the next piece
        while (end > at && is_space(content[end - 1])) --end;
        if (end > at && content[end - 1] == ',') --end;
      }
      if (!parser.parse(content.substr(at, end - at),
                        [&](JsonNode item) { return item.type() == '{' && read(piece, item); })) {
        whole = false;
      }
      at = next;
    }
    if (done) done(content.substr(starts[piece], starts[piece + 1] - starts[piece]));
  });
  return whole;
}

namespace {

/// Where each window of entries begins, and the end.
std::vector<size_t> windows_of(std::span<const std::string_view> entries) {
  std::vector<size_t> starts;
  const char* window = nullptr;
  for (size_t i = 0; i < entries.size(); ++i) {
    const char* end = entries[i].data() + entries[i].size();
    if (window != nullptr && end - window <= static_cast<std::ptrdiff_t>(kWindow)) continue;
    window = entries[i].data();
    starts.push_back(i);
  }
  starts.push_back(entries.size());
  return starts;
}

/// What the parser of windows refuses may still be JSON: whole numbers beyond 64 bits, many levels.
template <class Read>
bool parse_slowly(std::string_view window, const Read& read) try {
  const JsonDocument document = JsonDocument::parse(fmt::format("[{}]", window), "");
  document.root().node().each_item(read);
  return true;
} catch (const Error&) {
  return false;
}

}  // namespace

bool read_entries(std::span<const std::string_view> entries,
                  const std::function<void(size_t index, JsonNode entry)>& read,
                  const std::function<void(std::string_view text)>& done) {
  if (entries.empty()) return true;
  const std::vector<size_t> starts = windows_of(entries);
  const auto windows = static_cast<int64_t>(starts.size()) - 1;
  const int64_t pieces = std::min(windows, 8 * core_count());
  std::atomic<bool> whole = true;
  in_parallel(pieces, [&](int64_t piece) {
    WindowParser parser;
    for (int64_t i = windows * piece / pieces; i < windows * (piece + 1) / pieces && whole; ++i) {
      const size_t first = starts[static_cast<size_t>(i)];
      const size_t end = starts[static_cast<size_t>(i) + 1];
      const char* start = entries[first].data();
      const char* stop = entries[end - 1].data() + entries[end - 1].size();
      const std::string_view window(start, static_cast<size_t>(stop - start));
      size_t index = first;
      const auto visit = [&](JsonNode entry) {
        if (index < end) read(index, entry);
        return ++index <= end;
      };
      const bool parsed =
          parser.parse(window, visit) || (index == first && parse_slowly(window, visit));
      if (!parsed || index != end) whole = false;
      if (done) done(window);
    }
  });
  return whole;
}

}  // namespace fovea
