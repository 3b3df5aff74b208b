#include "fovea/curate/split_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "fovea/core/error.h"
#include "fovea/core/json_text.h"
#include "fovea/curate/repairs.h"

namespace fovea {
namespace {

constexpr std::string_view kClean = "repair it with `fovea-data clean`, or correct it";

[[noreturn]] void refuse(const CocoText& text, CocoList list, size_t index, std::string_view key,
                         const std::string& problem) {
  const std::string field = key.empty() ? "" : fmt::format("/{}", key);
  fail(text.file(), fmt::format("/{}/{}{}", name_of(list), index, field), problem, kClean);
}

/// The whole number of a field in each entry of a list. Error at the first entry without.
std::vector<int64_t> numbers_in(const CocoText& text, CocoList list, std::string_view key) {
  std::vector<int64_t> numbers(text.entries(list).size());
  std::atomic<size_t> wrong = numbers.size();
  text.read(list, [&](size_t index, JsonNode entry) {
    const auto value = entry.type() == '{' ? entry.find(key) : std::nullopt;
    if (value && value->read(numbers[index])) return;
    for (size_t first = wrong; index < first && !wrong.compare_exchange_weak(first, index);) {
    }
  });
  if (wrong < numbers.size()) {
    refuse(text, list, wrong, "", fmt::format("has no `{}` that is a whole number", key));
  }
  return numbers;
}

std::unordered_map<int64_t, uint32_t> places_of(const CocoText& text, CocoList list) {
  const std::vector<int64_t> ids = numbers_in(text, list, "id");
  std::unordered_map<int64_t, uint32_t> places;
  places.reserve(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    if (places.try_emplace(ids[i], static_cast<uint32_t>(i)).second) continue;
    refuse(text, list, i, "id", fmt::format("id {} is taken by another entry", ids[i]));
  }
  return places;
}

/// The places that the annotations refer to.
std::vector<uint32_t> references(const CocoText& text, std::string_view key,
                                 const std::unordered_map<int64_t, uint32_t>& places) {
  const std::vector<int64_t> ids = numbers_in(text, CocoList::annotations, key);
  std::vector<uint32_t> found;
  found.reserve(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto place = places.find(ids[i]);
    if (place == places.end()) {
      refuse(text, CocoList::annotations, i, key, fmt::format("there is no such id as {}", ids[i]));
    }
    found.push_back(place->second);
  }
  return found;
}

std::vector<std::string> texts_in(const CocoText& text, CocoList list, std::string_view key) {
  std::vector<std::string> texts(text.entries(list).size());
  text.read(list, [&](size_t index, JsonNode entry) {
    std::string_view found;
    const auto value = entry.type() == '{' ? entry.find(key) : std::nullopt;
    if (value && value->read(found)) texts[index] = found;
  });
  return texts;
}

/// The field of that dotted name; one that is called so with its dots comes first.
std::optional<JsonNode> nested_field(JsonNode object, std::string_view name) {
  if (object.type() != '{') return {};
  if (const auto whole = object.find(name)) return whole;
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos) return {};
  const auto outer = object.find(name.substr(0, dot));
  return outer ? nested_field(*outer, name.substr(dot + 1)) : std::nullopt;
}

std::string value_text(JsonNode value) {
  double number = 0;
  std::string_view text;
  if (value.read(text)) return std::string(text);
  if (value.read(number)) return number_text(number);
  return value.type() == 't' ? "true" : value.type() == 'f' ? "false" : "";
}

}  // namespace

SplitFacts read_split_facts(const CocoText& text) {
  SplitFacts facts;
  facts.image_of_annotation = references(text, "image_id", places_of(text, CocoList::images));
  facts.class_of_annotation =
      references(text, "category_id", places_of(text, CocoList::categories));
  facts.classes = texts_in(text, CocoList::categories, "name");
  facts.file_names = texts_in(text, CocoList::images, "file_name");
  facts.objects.resize(facts.file_names.size());
  for (size_t i = 0; i < facts.image_of_annotation.size(); ++i) {
    std::vector<Shows>& shown = facts.objects[facts.image_of_annotation[i]];
    const size_t label = facts.class_of_annotation[i];
    const auto place =
        std::lower_bound(shown.begin(), shown.end(), label,
                         [](const Shows& entry, size_t wanted) { return entry.label < wanted; });
    if (place != shown.end() && place->label == label) {
      ++place->amount;
    } else {
      shown.insert(place, {.label = label, .amount = 1});
    }
  }
  return facts;
}

std::vector<std::string> group_names(const CocoText& text, const SplitFacts& facts,
                                     const std::string& field) {
  std::vector<std::string> names(facts.file_names.size());
  std::atomic<bool> is_there = false;
  text.read(CocoList::images, [&](size_t index, JsonNode entry) {
    const auto value = nested_field(entry, field);
    if (!value || value->type() == 'n') return;
    names[index] = value_text(*value);
    is_there = true;
  });
  if (is_there) return names;
  if (field != "folder") {
    fail(text.file(), "/images", fmt::format("no image has a field `{}`", field),
         "name another with --group-by, or `folder` for the folders of the file names");
  }
  std::transform(
      facts.file_names.begin(), facts.file_names.end(), names.begin(),
      [](const std::string& name) { return "folder " + fs::path(name).parent_path().string(); });
  return names;
}

}  // namespace fovea
