// Where the objects of a COCO file come from: large files in parallel pieces (core/json_lists.h), a
// file that is not plainly right as one document, value by value, so that its fault can be named.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/core/json_lists.h"

namespace fovea {

/// The lists of a file by their keys; "" is the file itself where it is one list.
class ListSource {
 public:
  enum class List { missing, other_value, there };
  virtual ~ListSource() = default;

  virtual List look(std::string_view key) const = 0;
  virtual int64_t pieces(std::string_view key) const = 0;
  /// About as much text has each of them; 0 where nobody knows.
  virtual size_t bytes_of_piece(std::string_view key) const = 0;
  /// Calls visit(piece, entry) for each entry of a list that is there: pieces in parallel, the
  /// entries of one in their order.
  virtual void read(std::string_view key,
                    const std::function<void(size_t piece, JsonNode entry)>& visit) const = 0;
  /// The same for the first entry alone, if there is one.
  virtual void first(std::string_view key,
                     const std::function<void(JsonNode entry)>& visit) const = 0;
  virtual bool has_byte_order_mark() const = 0;
  virtual bool is_object() const = 0;  ///< and not a list or a lone value
  /// For messages: where a list lies, and a node with its file and pointer.
  virtual JsonNode place(std::string_view key) const = 0;
  virtual JsonValue value_at(JsonNode node) const = 0;
};

/// Thrown by a source that reads in pieces where it meets anything unexpected, a RowFault of
/// `visit` (data/row_values.h) among it, or is asked for a place.
struct NotPlain {};

class PiecesSource final : public ListSource {
 public:
  explicit PiecesSource(const MappedFile& file);
  List look(std::string_view key) const override;
  int64_t pieces(std::string_view key) const override;
  size_t bytes_of_piece(std::string_view key) const override;
  void read(std::string_view key,
            const std::function<void(size_t, JsonNode)>& visit) const override;
  void first(std::string_view key, const std::function<void(JsonNode)>& visit) const override;
  bool has_byte_order_mark() const override { return false; }
  bool is_object() const override { return rest_->root().is(JsonValue::Kind::object); }
  JsonNode place(std::string_view) const override { throw NotPlain(); }
  JsonValue value_at(JsonNode) const override { throw NotPlain(); }

 private:
  const JsonList* plain_list(std::string_view key) const;

  const MappedFile& file_;
  JsonLists lists_ = {};
  std::unique_ptr<JsonDocument> rest_ = {};  // the file with its lists taken out
};

class DocumentSource final : public ListSource {
 public:
  explicit DocumentSource(const JsonDocument& document) : document_(document) {}
  List look(std::string_view key) const override;
  int64_t pieces(std::string_view) const override { return 1; }
  size_t bytes_of_piece(std::string_view) const override { return 0; }
  void read(std::string_view key,
            const std::function<void(size_t, JsonNode)>& visit) const override;
  void first(std::string_view key, const std::function<void(JsonNode)>& visit) const override;
  bool has_byte_order_mark() const override { return document_.has_byte_order_mark(); }
  bool is_object() const override { return document_.root().is(JsonValue::Kind::object); }
  JsonNode place(std::string_view key) const override;
  JsonValue value_at(JsonNode node) const override { return document_.value_at(node); }

 private:
  const JsonDocument& document_;
};

/// read(source), from pieces where the file allows that, else from the document.
template <class Read>
auto read_lists(const std::filesystem::path& file, const Read& read) {
  const MappedFile content(file);
  try {
    return read(PiecesSource(content));
  } catch (const NotPlain&) {
    const JsonDocument document = JsonDocument::read(file);
    return read(DocumentSource(document));
  }
}

}  // namespace fovea
