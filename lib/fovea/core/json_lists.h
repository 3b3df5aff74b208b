// Long lists of objects in JSON, as COCO's files are made of, read by several threads in pieces
// that stay in their caches.
//
// Where the lists begin and end, and where a list may be cut between two objects, is guessed by
// looking at a few bytes; the guesses prove themselves. Each piece must be whole objects, and the
// text without the lists must be a whole object too. JSON is read from left to right: if the first
// piece begins where the list begins and is whole, then the cut after it lies between two entries
// of the list, so the second piece begins at an entry, and so on to the end. A guess that was wrong
// (a cut inside a text, or inside an object of an object) leaves a piece that is not whole.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fovea/core/json_node.h"

namespace fovea {

/// Text between the brackets of a list of objects.
struct JsonList {
  std::string key = {};  // empty: the list is the whole text
  std::string_view content = {};
};

/// The outermost lists of a text that is one object with lists of objects in it, or one such list.
struct JsonLists {
  std::string rest = {};  // the text with its lists emptied; to be read as JSON itself
  std::vector<JsonList> lists = {};
  const JsonList* find(std::string_view key) const;  ///< null when there is none
};

/// Nothing when the text does not look like that. What is found holds only when `rest` can be read,
/// with an empty list for each key, and read_objects succeeds for each list.
std::optional<JsonLists> find_lists(std::string_view text);

/// Calls read(piece, object) for every object of the list: pieces 0 ... pieces - 1 in parallel, the
/// objects of a piece one after the other and the pieces in the order of the list. False when a
/// cut was wrong, the text is no JSON or `read` answered false; some objects may have been read.
/// `done` gets the text of each piece that was read.
bool read_objects(std::string_view content, int64_t pieces,
                  const std::function<bool(size_t piece, JsonNode object)>& read,
                  const std::function<void(std::string_view text)>& done = {});

/// The same for the first object alone.
bool read_first(std::string_view content, const std::function<bool(JsonNode object)>& read);

/// Calls read(index, entry) for each entry of a list whose texts are known (core/json_text.h): they
/// lie in one text, in its order, with nothing but commas and spaces between them. In parallel; the
/// entries may be anything that is JSON. False when one is none. `done` gets each part of the text
/// that was read.
bool read_entries(std::span<const std::string_view> entries,
                  const std::function<void(size_t index, JsonNode entry)>& read,
                  const std::function<void(std::string_view text)>& done = {});

/// As many pieces as keep the threads of this machine busy to the end.
int64_t pieces_for(std::string_view content);

}  // namespace fovea
