#include "fovea/data/coco_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <stdexcept>

#include "fovea/core/error.h"
#include "fovea/core/json.h"
#include "fovea/core/json_lists.h"
#include "fovea/core/json_text.h"
#include "fovea/core/text_form.h"

namespace fovea {
namespace {

constexpr std::array<std::string_view, kCocoLists> kNames = {"images", "annotations", "categories"};
constexpr size_t kBlock = size_t{1} << 22;  // bytes written before their pages are given back

/// The Error for a text in which the lists were not found.
[[noreturn]] void refuse(const fs::path& path) {
  const JsonDocument document = JsonDocument::read(path);  // says where it is no JSON
  const JsonValue root = document.root();
  if (!root.is(JsonValue::Kind::object)) {
    root.fail("is no COCO annotation file, which is an object {...}", "name another file");
  }
  for (const std::string_view name : kNames) {
    if (!root.at(name).is(JsonValue::Kind::array)) {
      root.at(name).fail("is no list", "correct the program that wrote it");
    }
    const std::vector<std::string> keys = root.keys();
    if (std::count(keys.begin(), keys.end(), name) > 1) {
      root.at(name).fail("the key comes twice in the file", "leave one of them");
    }
  }
  throw std::logic_error(path.string() + ": JSON whose lists were not found");
}

/// Ranges of the source one after the other; those that touch are written as one.
class Pieces {
 public:
  Pieces(std::ostream& out, const MappedFile& source) : out_(out), source_(source) {}

  void add(std::string_view range) {
    if (range.data() == pending_.data() + pending_.size()) {
      pending_ = {pending_.data(), pending_.size() + range.size()};
    } else {
      flush();
      pending_ = range;
    }
  }
  void add_new(std::string_view text) {
    flush();
    out_ << text;
  }
  void flush() {
    for (size_t at = 0; at < pending_.size(); at += kBlock) {
      const std::string_view block = pending_.substr(at, kBlock);
      out_.write(block.data(), static_cast<std::streamsize>(block.size()));
      source_.release(block);
    }
    pending_ = {};
  }

 private:
  std::ostream& out_;
  const MappedFile& source_;
  std::string_view pending_ = {};
};

std::string_view between(const char* start, const char* end) {
  return {start, static_cast<size_t>(end - start)};
}

/// What stands before an entry: after the one before it, or after the list's bracket.
std::string_view space_before(const CocoText::List& list, size_t index) {
  const std::string_view entry = list.entries[index];
  if (index == 0) return between(list.text.data(), entry.data());
  const std::string_view before = list.entries[index - 1];
  return between(before.data() + before.size(), entry.data());
}

void write_list(Pieces& pieces, const CocoText::List& list, const ListEdit& edit) {
  if (list.entries.empty()) return pieces.add(list.text);
  bool is_first = true;
  for (size_t i = 0; i < list.entries.size(); ++i) {
    if (edit.drops(i)) continue;
    pieces.add(space_before(list, is_first ? 0 : i));
    is_first = false;
    if (edit.changes(i)) {
      pieces.add_new(edit.text(i));
    } else {
      pieces.add(list.entries[i]);
    }
  }
  if (is_first) pieces.add(list.text.substr(0, 1));  // none is left
  const std::string_view last = list.entries.back();
  pieces.add(between(last.data() + last.size(), list.text.data() + list.text.size()));
}

}  // namespace

std::string_view name_of(CocoList list) {
  return kNames[static_cast<size_t>(list)];
}

CocoText::CocoText(const fs::path& file)
    : path_(file), content_(file), text_(without_byte_order_mark(content_.text())) {
  if (!find_lists()) refuse(path_);
}

bool CocoText::find_lists() {
  const auto fields = fields_of(text_);
  if (!fields) return false;
  std::string rest = "{";  // the fields without the lists, to be proved JSON
  for (const JsonField& field : *fields) {
    rest.append(rest.size() > 1 ? "," : "").append(field.quoted).append(":");
    const auto name = std::find(kNames.begin(), kNames.end(), field.key);
    if (name == kNames.end()) {
      rest.append(field.value);
      continue;
    }
    rest.append("[]");
    List& list = lists_[static_cast<size_t>(name - kNames.begin())];
    auto entries = items_of(field.value);
    if (!entries || !list.text.empty()) return false;
    list = {.text = field.value, .entries = std::move(*entries)};
  }
  try {
    JsonDocument::parse(rest.append("}"), path_);
  } catch (const Error&) {
    return false;
  }
  return std::all_of(lists_.begin(), lists_.end(), [this](const List& list) {
    return !list.text.empty() && read_entries(
                                     list.entries, [](size_t, JsonNode) {},
                                     [this](std::string_view part) { content_.release(part); });
  });
}

std::span<const std::string_view> CocoText::entries(CocoList list) const {
  return lists_[static_cast<size_t>(list)].entries;
}

void CocoText::read(CocoList list,
                    const std::function<void(size_t index, JsonNode entry)>& read) const {
  const bool whole =
      read_entries(entries(list), read, [this](std::string_view part) { content_.release(part); });
  if (!whole) fail(path_, "", "has changed while it was read", "let nothing write it meanwhile");
}

void CocoText::write(const fs::path& out, const CocoEdit& edit) const {
  std::array<size_t, kCocoLists> order = {0, 1, 2};  // as they stand in the file
  std::sort(order.begin(), order.end(),
            [this](size_t a, size_t b) { return lists_[a].text.data() < lists_[b].text.data(); });
  write_whole(out, [&](std::ostream& stream) {
    Pieces pieces(stream, content_);
    const char* at = text_.data();
    for (const size_t i : order) {
      const List& list = lists_[i];
      pieces.add({at, static_cast<size_t>(list.text.data() - at)});
      write_list(pieces, list, edit.lists[i]);
      at = list.text.data() + list.text.size();
    }
    pieces.add({at, static_cast<size_t>(text_.data() + text_.size() - at)});
    pieces.flush();
  });
}

}  // namespace fovea
