#include "fovea/data/coco.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json_text.h"
#include "fovea/core/text_form.h"
#include "fovea/data/annotation_pieces.h"
#include "fovea/data/findings.h"
#include "fovea/data/list_source.h"
#include "fovea/data/picture_folder.h"

namespace fovea {
namespace {

struct CategoryRow {
  Category category = {};
  std::optional<size_t> keypoints = {};  // how many it names
  size_t entry = 0;                      // its place in the list
};

struct ImageRow {
  Record record = {};
  std::string name = {};  // as in the file
  size_t entry = 0;
};

/// A piece of a list other than the annotations'.
template <class Row>
struct alignas(64) Piece {
  EntryFindings findings;
  std::vector<Row> rows = {};
  std::vector<int64_t> ids = {};  // also of entries that were dropped
  std::optional<PictureFolder> pictures = {};
  std::vector<std::string> listed = {};  // while checking, the pictures that entries name
};

std::string text_of(const RowValues& values, JsonNode object, std::string_view key) {
  const JsonNode node = values.need(object.find(key), key);
  std::string_view text;
  if (!node.read(text)) values.refuse_value(node, defect::kWrongType, "text is needed");
  return std::string(text);
}

class Reader {
 public:
  /// `pictures` may be null: then names are taken as they stand.
  Reader(const ListSource& source, const fs::path& json, Findings findings,
         const PictureFolder* pictures, const PictureCheckOptions& looks, Log& log,
         Masks masks = Masks::keep)
      : source_(source),
        findings_(std::move(findings)),
        pictures_(pictures),
        looks_(looks),
        log_(log) {
    dataset_.file = json;
    context_.keeps_masks = masks == Masks::keep;
  }

  Dataset read() && {
    try {
      read_all();
    } catch (const StopReading&) {  // what there is so far
    }
    dataset_.records = std::move(context_.records);
    return std::move(dataset_);
  }

 private:
  void read_all() {
    if (!source_.is_object()) {
      stop(defect::kWrongType, "", "is no COCO annotation file, which is an object {...}");
    }
    if (source_.has_byte_order_mark()) {
      findings_.add(defect::kByteOrderMark, "", "begins with a byte-order mark");
    }
    const std::vector<size_t> category_entries = read_categories();
    read_images();
    read_annotations();
    if (!findings_.is_checking()) return;
    check_categories(category_entries);
  }

  /// An error of the file as a whole. It is named only where all of it is known to be JSON, which
  /// pieces that were not read yet are not: a source of pieces gives up here.
  [[noreturn]] void stop(std::string_view code, const std::string& pointer,
                         std::string_view problem) {
    static_cast<void>(source_.place(""));
    findings_.stop(code, pointer, problem);
  }

  void expect_list(std::string_view key) {
    const ListSource::List state = source_.look(key);
    if (state == ListSource::List::missing) {
      stop(defect::kMissingKey, "", fmt::format("has no `{}`", key));
    }
    if (state == ListSource::List::other_value) {
      stop(defect::kWrongType, fmt::format("/{}", key), "is no list");
    }
  }

  /// Reads a list; make(piece, entry, id) gives the row of an entry. Ids of all entries are in
  /// `ids`, the rows' entries are their places in the list.
  template <class Row, class Make>
  std::vector<Row> rows_of(std::string_view key, std::vector<int64_t>& ids, const Make& make) {
    expect_list(key);
    std::vector<Piece<Row>> pieces(static_cast<size_t>(source_.pieces(key)),
                                   {.findings = EntryFindings(findings_)});
    for (auto& piece : pieces) {
      if (pictures_ != nullptr) piece.pictures = *pictures_;
    }
    source_.read(key, [&](size_t number, JsonNode entry) {
      Piece<Row>& piece = pieces[number];
      piece.findings.next(entry);
      if (piece.findings.stopped()) return;
      try {
        const RowValues values{entry};
        if (entry.type() != '{') {
          values.refuse(entry, defect::kWrongType, "is no object {...}", "");
        }
        const int64_t id = values.whole(values.need(entry.find("id"), "id"), defect::kNotWhole);
        piece.ids.push_back(id);
        Row row = make(piece, entry, id);
        row.entry = piece.findings.entry();
        piece.rows.push_back(std::move(row));
      } catch (const RowFault& fault) {
        piece.findings.error(fault);
      }
    });
    std::vector<const EntryFindings*> met;
    met.reserve(pieces.size());
    for (const auto& piece : pieces) met.push_back(&piece.findings);
    findings_.take(key, met);
    for (auto& piece : pieces) findings_.list_pictures(std::move(piece.listed));
    std::vector<Row> rows;
    size_t first = 0;
    for (auto& piece : pieces) {
      for (Row& row : piece.rows) {
        row.entry += first;
        rows.push_back(std::move(row));
      }
      ids.insert(ids.end(), piece.ids.begin(), piece.ids.end());
      first += piece.findings.entries();
    }
    return rows;
  }

  /// Drops the rows whose id an earlier one has; id_of(row).
  template <class Row, class Id>
  void drop_duplicates(std::vector<Row>& rows, std::string_view key, std::string_view code,
                       const Id& id_of) {
    std::unordered_map<int64_t, size_t> entry_of;
    std::erase_if(rows, [&](const Row& row) {
      const auto [earlier, is_new] = entry_of.try_emplace(id_of(row), row.entry);
      if (!is_new)
        findings_.add(code, entry_place(key, row.entry, "id"),
                      duplicate_id(earlier->first, earlier->second));
      return !is_new;
    });
  }

  // ---- categories ----

  /// The places of the categories in their list, by label.
  std::vector<size_t> read_categories() {
    std::vector<int64_t> ids;
    auto rows = rows_of<CategoryRow>(
        "categories", ids, [](const auto&, JsonNode entry, int64_t id) -> CategoryRow {
          CategoryRow row{.category = {.id = id, .name = text_of({entry}, entry, "name")}};
          const auto points = entry.find("keypoints");
          if (points && points->type() == '[') {
            points->each_item([&](JsonNode point) {
              std::string_view point_name;
              point.read(point_name);  // what is no text has no name
              row.category.keypoints.emplace_back(point_name);
              return true;
            });
            row.keypoints = row.category.keypoints.size();
          }
          return row;
        });
    drop_duplicates(rows, "categories", defect::kDuplicateCategory,
                    [](const CategoryRow& row) { return row.category.id; });
    std::unordered_set<std::string> names;
    for (const CategoryRow& row : rows) {
      if (names.insert(row.category.name).second) continue;
      findings_.add(defect::kSameName, entry_place("categories", row.entry),
                    fmt::format("another category is called `{}` too", row.category.name));
    }
    if (rows.empty()) stop(defect::kNoCategories, "/categories", "lists no category");
    std::sort(rows.begin(), rows.end(), [](const CategoryRow& a, const CategoryRow& b) {
      return a.category.id < b.category.id;
    });
    std::vector<int64_t> rising;
    std::vector<size_t> entries;
    for (CategoryRow& row : rows) {
      rising.push_back(row.category.id);
      entries.push_back(row.entry);
      context_.keypoints.push_back(row.keypoints);
      dataset_.categories.push_back(std::move(row.category));
    }
    context_.labels = IdIndex(rising);
    return entries;
  }

  /// Categories that nothing is annotated with.
  void check_categories(const std::vector<size_t>& entries) {
    std::vector<size_t> unused;  // labels
    for (size_t label = 0; label < entries.size(); ++label) {
      if (!used_[label]) unused.push_back(label);
    }
    std::sort(unused.begin(), unused.end(),
              [&](size_t a, size_t b) { return entries[a] < entries[b]; });
    for (const size_t label : unused) {
      findings_.add(defect::kUnusedCategory, entry_place("categories", entries[label]),
                    fmt::format("nothing is annotated as `{}`", dataset_.categories[label].name));
    }
  }

  // ---- images ----

  void read_images() {
    std::vector<int64_t> ids;
    auto rows = rows_of<ImageRow>("images", ids, [this](auto& piece, JsonNode entry, int64_t id) {
      const RowValues values{entry};
      if (findings_.is_checking()) list_picture(piece, entry);
      ImageRow row{.record = {.id = id}};
      row.record.width = side_of(values, entry, "width", piece.findings);
      row.record.height = side_of(values, entry, "height", piece.findings);
      row.name = text_of(values, entry, "file_name");
      row.record.path = picture_path(values, *entry.find("file_name"), row.name, piece.pictures);
      return row;
    });
    drop_duplicates(rows, "images", defect::kDuplicateImage,
                    [](const ImageRow& row) { return row.record.id; });
    if (findings_.is_checking()) check_names(rows);
    if (pictures_ != nullptr) look_at_pictures(rows);
    if (rows.empty()) stop(defect::kNoImages, "/images", "lists no image");
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    context_.images = IdIndex(ids);
    context_.record_of.assign(ids.size(), AnnotationContext::kPassedOver);
    context_.records.reserve(rows.size());
    for (ImageRow& row : rows) {
      context_.record_of[static_cast<size_t>(context_.images.find(row.record.id))] =
          static_cast<int32_t>(context_.records.size());
      context_.records.push_back(std::move(row.record));
    }
  }

  /// Pixels of one side of an image; 0 with a warning when the file does not say.
  static int64_t side_of(const RowValues& values, JsonNode image, std::string_view key,
                         EntryFindings& findings) {
    const auto node = image.find(key);
    if (is_null(node)) {
      findings.warn(defect::kNoSize, image, [key] { return fmt::format("has no `{}`", key); });
      return 0;
    }
    const int64_t side = values.whole(*node, defect::kWrongType);
    if (side <= 0) values.refuse_value(*node, defect::kWrongType, "sizes start at 1");
    return side;
  }

  static std::string picture_path(const RowValues& values, JsonNode node, const std::string& name,
                                  std::optional<PictureFolder>& pictures) {
    if (name.empty()) values.refuse(node, defect::kFileName, "the file name is empty", "");
    if (!pictures) return name;
    const std::string root = pictures->root().string();
    switch (pictures->look(name)) {
      case PictureFolder::Found::outside:
        values.refuse(node, defect::kFileOutside, fmt::format("{} leaves {}", raw_json(node), root),
                      "");
      case PictureFolder::Found::no:
        values.refuse(node, defect::kFileMissing,
                      fmt::format("there is no picture {} in {}", raw_json(node), root), "");
      case PictureFolder::Found::closed:
        values.refuse(node, defect::kNoPermission,
                      fmt::format("{} in {} lies behind a folder that may not be entered",
                                  raw_json(node), root),
                      "");
      case PictureFolder::Found::yes:
        break;
    }
    return (pictures->root() / name).string();
  }

  static void list_picture(Piece<ImageRow>& piece, JsonNode image) {
    const auto node = image.find("file_name");
    std::string_view name;
    if (!piece.pictures || !node || !node->read(name)) return;
    const fs::path inside = fs::path(name).lexically_normal();
    const bool leaves = inside.is_absolute() || inside.empty() || *inside.begin() == "..";
    if (!leaves) piece.listed.push_back((piece.pictures->root() / inside).string());
  }

  /// Names that another image has too, or has but for upper and lower case or its Unicode form.
  void check_names(const std::vector<ImageRow>& rows) {
    std::unordered_map<std::string, const std::string*> names;  // by folded name
    for (const ImageRow& row : rows) {
      const auto [earlier, is_new] = names.try_emplace(folded(row.name), &row.name);
      if (is_new) continue;
      const std::string where = entry_place("images", row.entry, "file_name");
      if (*earlier->second == row.name) {
        findings_.add(defect::kSameFile, where, quoted_text(row.name) + " is listed twice");
      } else if (composed(*earlier->second) == composed(row.name)) {
        findings_.add(
            defect::kNameForm, where,
            quoted_text(row.name) + " looks like another name in other bytes (Unicode form)");
      } else {
        findings_.add(defect::kNameCase, where,
                      fmt::format("{} and \"{}\" differ in case only", quoted_text(row.name),
                                  *earlier->second));
      }
    }
  }

  /// Takes sizes from the pictures, and drops those that are unfit where that is allowed.
  void look_at_pictures(std::vector<ImageRow>& rows) {
    std::vector<Record> records;
    records.reserve(rows.size());
    for (ImageRow& row : rows) records.push_back(std::move(row.record));
    const std::vector<PictureCheck> checks = check_pictures(records, looks_, log_);
    std::vector<ImageRow> kept;
    kept.reserve(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      const std::string place = entry_place("images", rows[i].entry, "file_name");
      for (const PictureFinding& remark : checks[i].remarks) {
        findings_.add(remark.code, place, remark.problem);
      }
      if (const auto& error = checks[i].error) {
        findings_.add(error->code, place, error->problem);
        continue;
      }
      records[i].width = checks[i].width;
      records[i].height = checks[i].height;
      rows[i].record = std::move(records[i]);
      kept.push_back(std::move(rows[i]));
    }
    rows = std::move(kept);
  }

  void read_annotations() {
    expect_list("annotations");
    AnnotationPieces pieces(source_, context_, findings_);
    used_ = pieces.used_labels();
    pieces.give_to(context_.records);
    if (findings_.is_checking()) pieces.check_boxes(context_.records);
  }

  const ListSource& source_;
  Findings findings_;
  const PictureFolder* pictures_;
  const PictureCheckOptions& looks_;
  Log& log_;
  Dataset dataset_ = {};
  AnnotationContext context_ = {};
  std::vector<bool> used_ = {};  // by label
};

Dataset read_sound(const fs::path& json, const PictureFolder* pictures, const Allowed& allow,
                   ReadReport* report, Masks masks) {
  return read_lists(json, [&](const ListSource& source) {
    if (report != nullptr) *report = {};
    NoLog log;
    return Reader(source, json, Findings(json, allow, report), pictures, {}, log, masks).read();
  });
}

}  // namespace

Dataset read_coco(const fs::path& json, const fs::path& image_root, const Allowed& allow,
                  ReadReport* report, Masks masks) {
  expect_file(json, "a COCO annotation file");
  const PictureFolder pictures(image_root);
  return read_sound(json, &pictures, allow, report, masks);
}

Dataset read_coco_annotations(const fs::path& json, const Allowed& allow, ReadReport* report) {
  expect_file(json, "a COCO annotation file");
  return read_sound(json, nullptr, allow, report, Masks::keep);
}

Dataset check_coco(const fs::path& json, const fs::path& image_root, CheckReport& report) {
  NoLog log;
  return check_coco(json, image_root, report, {}, log);
}

Dataset check_coco(const fs::path& json, const fs::path& image_root, CheckReport& report,
                   const PictureCheckOptions& looks, Log& log) {
  expect_file(json, "a COCO annotation file");
  std::optional<PictureFolder> pictures;
  if (!image_root.empty()) pictures.emplace(image_root);
  const CheckReport before = report;
  try {
    return read_lists(json, [&](const ListSource& source) {
      report = before;
      const PictureFolder* folder = pictures ? &*pictures : nullptr;
      return Reader(source, json, Findings(json, report), folder, looks, log).read();
    });
  } catch (const Error& no_json) {
    report.add(defect::kNoJson, [&]() -> Finding {
      return {.code = defect::kNoJson,
              .place = std::string(no_json.place()),
              .problem = std::string(no_json.problem())};
    });
    return {.file = json};
  }
}

}  // namespace fovea
