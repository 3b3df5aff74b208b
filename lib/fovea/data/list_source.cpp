#include "fovea/data/list_source.h"

#include <set>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/data/row_values.h"

namespace fovea {
namespace {

using Kind = JsonValue::Kind;

ListSource::List look_in(const JsonValue& root, std::string_view key) {
  std::optional<JsonValue> value = root;
  if (!key.empty()) value = root.is(Kind::object) ? root.find(key) : std::nullopt;
  if (!value) return ListSource::List::missing;
  return value->is(Kind::array) ? ListSource::List::there : ListSource::List::other_value;
}

}  // namespace

PiecesSource::PiecesSource(const MappedFile& file) : file_(file) {
  auto found = find_lists(file.text());
  if (!found) throw NotPlain();
  lists_ = std::move(*found);
  for (const JsonList& list : lists_.lists) {
    if (list.key.find('\\') != std::string::npos) throw NotPlain();  // not the key as it is read
  }
  try {
    rest_ = std::make_unique<JsonDocument>(JsonDocument::parse(lists_.rest, ""));
  } catch (const Error&) {
    throw NotPlain();
  }
  const JsonValue root = rest_->root();
  if (rest_->has_byte_order_mark() || !(root.is(Kind::array) || root.is(Kind::object))) {
    throw NotPlain();
  }
  if (root.is(Kind::array)) return;
  const std::vector<std::string> keys = root.keys();
  if (std::set(keys.begin(), keys.end()).size() != keys.size()) throw NotPlain();
}

ListSource::List PiecesSource::look(std::string_view key) const {
  return look_in(rest_->root(), key);
}

/// Null for a list without entries; NotPlain for one that has others than objects.
const JsonList* PiecesSource::plain_list(std::string_view key) const {
  const JsonValue root = rest_->root();
  const std::optional<JsonValue> left = key.empty()             ? std::optional(root)
                                        : root.is(Kind::object) ? root.find(key)
                                                                : std::nullopt;
  if (!left || !left->is(Kind::array) || left->size() != 0) throw NotPlain();
  return lists_.find(key);
}

int64_t PiecesSource::pieces(std::string_view key) const {
  const JsonList* list = lists_.find(key);
  return list == nullptr ? 1 : pieces_for(list->content);
}

size_t PiecesSource::bytes_of_piece(std::string_view key) const {
  const JsonList* list = lists_.find(key);
  return list == nullptr ? 0 : list->content.size() / static_cast<size_t>(pieces(key));
}

void PiecesSource::read(std::string_view key,
                        const std::function<void(size_t, JsonNode)>& visit) const {
  const JsonList* list = plain_list(key);
  if (list == nullptr) return;
  const bool whole = read_objects(
      list->content, pieces(key),
      [&visit](size_t piece, JsonNode object) {
        try {
          visit(piece, object);
        } catch (const RowFault&) {
          return false;
        }
        return true;
      },
      [this](std::string_view text) { file_.release(text); });
  if (!whole) throw NotPlain();
}

void PiecesSource::first(std::string_view key, const std::function<void(JsonNode)>& visit) const {
  const JsonList* list = plain_list(key);
  if (list == nullptr) return;
  const bool whole = read_first(list->content, [&visit](JsonNode object) {
    try {
      visit(object);
    } catch (const RowFault&) {
      return false;
    }
    return true;
  });
  if (!whole) throw NotPlain();
}

ListSource::List DocumentSource::look(std::string_view key) const {
  return look_in(document_.root(), key);
}

void DocumentSource::read(std::string_view key,
                          const std::function<void(size_t, JsonNode)>& visit) const {
  place(key).each_item([&](JsonNode item) {
    visit(0, item);
    return true;
  });
}

void DocumentSource::first(std::string_view key, const std::function<void(JsonNode)>& visit) const {
  place(key).each_item([&](JsonNode item) {
    visit(item);
    return false;
  });
}

JsonNode DocumentSource::place(std::string_view key) const {
  const JsonValue root = document_.root();
  return key.empty() ? root.node() : root.at(key).node();
}

}  // namespace fovea
