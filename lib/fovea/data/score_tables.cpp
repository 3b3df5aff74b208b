#include "fovea/data/score_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/data/id_index.h"
#include "fovea/data/list_source.h"
#include "fovea/data/score_rows.h"

namespace fovea {
namespace {

/// An image as its entry states it.
struct ImageRow {
  int64_t id = 0;
  ImageSize size = {};
};

[[noreturn]] void refuse(JsonNode at, std::string_view code, std::string problem) {
  throw RowFault{.at = at, .code = code, .problem = std::move(problem)};
}

JsonNode need(JsonNode object, std::string_view key) {
  if (object.type() != '{') {
    throw RowFault{.at = object,
                   .code = defect::kWrongType,
                   .problem = "an object is needed",
                   .instead_of_value = true};
  }
  const std::optional<JsonNode> found = object.find(key);
  if (!found) refuse(object, defect::kMissingKey, fmt::format("has no `{}`", key));
  return *found;
}

int64_t id_of(JsonNode object) {
  const JsonNode node = need(object, "id");
  int64_t id = 0;
  if (!node.read(id)) {
    throw RowFault{.at = node,
                   .code = defect::kNotWhole,
                   .problem = "a whole number is needed",
                   .instead_of_value = true};
  }
  return id;
}

/// The size of an image whose masks are looked at.
ImageSize size_of(JsonNode image) {
  const auto side_of = [image](std::string_view key) {
    const JsonNode node = need(image, key);
    int64_t side = 0;
    if (!node.read(side) || side <= 0 || side > kMaxMaskSide) {
      throw RowFault{.at = node,
                     .code = defect::kWrongType,
                     .problem = fmt::format("1 to {} pixels are needed", kMaxMaskSide),
                     .instead_of_value = true};
    }
    return side;
  };
  return {.height = side_of("height"), .width = side_of("width")};
}

/// The same where it may be missing: then 0 x 0.
ImageSize size_if_known(JsonNode image) {
  ImageSize size;
  image.each_field([&](std::string_view key, JsonNode value) {
    int64_t* side = key == "height" ? &size.height : key == "width" ? &size.width : nullptr;
    if (side != nullptr && !(value.read(*side) && *side > 0 && *side <= kMaxMaskSide)) *side = 0;
    return true;
  });
  return size.height > 0 && size.width > 0 ? size : ImageSize();
}

Category category_of(JsonNode entry) {
  Category category{.id = id_of(entry)};
  category.name = std::to_string(category.id);
  entry.each_field([&](std::string_view key, JsonNode value) {
    std::string_view name;
    if (key == "name" && value.read(name)) category.name = name;
    return true;
  });
  return category;
}

/// The Error for a fault.
[[noreturn]] void name_fault(const RowFault& fault, const ListSource& source) {
  const JsonValue place = source.value_at(fault.at);
  std::string problem = problem_of(fault);
  if (!fault.code.empty()) problem = fmt::format("error {}: {}", fault.code, problem);
  const std::string_view remedy =
      fault.remedy.empty() ? defect_kind(fault.code).remedy : fault.remedy;
  place.fail(problem, remedy);
}

/// read(source), what is wrong with its rows named.
template <class Read>
auto read_file(const fs::path& file, const Read& read) {
  return read_lists(file, [&](const ListSource& source) {
    try {
      return read(source);
    } catch (const RowFault& fault) {
      name_fault(fault, source);
    }
  });
}

/// RowFault unless it is a list.
void expect_list(const ListSource& source, std::string_view key) {
  if (source.look(key) == ListSource::List::there) return;
  const JsonNode root = source.place("");
  if (key.empty()) {
    throw RowFault{.at = root,
                   .problem = "a list is needed",
                   .remedy = "give a COCO results list [{...}, ...]",
                   .instead_of_value = true};
  }
  if (root.type() != '{') {
    refuse(root, defect::kWrongType, "is no COCO annotation file, which is an object {...}");
  }
  throw RowFault{.at = need(root, key),
                 .code = defect::kWrongType,
                 .problem = "a list is needed",
                 .instead_of_value = true};
}

// ---- the truth ----

/// Error where an id comes twice; `entries` are the ids in the order of the list.
void expect_different_ids(const ListSource& source, std::string_view key, std::string_view code,
                          const std::vector<std::span<const int64_t>>& pieces) {
  std::vector<int64_t> ids;
  for (const auto piece : pieces) ids.insert(ids.end(), piece.begin(), piece.end());
  if (std::is_sorted(ids.begin(), ids.end(), std::less_equal<>())) return;
  std::vector<size_t> order(ids.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return ids[a] != ids[b] ? ids[a] < ids[b] : a < b; });
  size_t second = ids.size();
  size_t first = 0;
  for (size_t i = 1; i < order.size(); ++i) {
    if (ids[order[i]] != ids[order[i - 1]] || order[i] >= second) continue;
    second = order[i];
    first = order[i - 1];
  }
  if (second == ids.size()) return;
  std::optional<JsonNode> entry;
  size_t index = 0;
  source.place(key).each_item([&](JsonNode item) {
    if (index == second) entry = item;
    return index++ < second;
  });
  refuse(need(*entry, "id"), code,
         fmt::format("id {} was taken by entry {} of the same list", ids[second], first));
}

void note(ReadReport& report, const fs::path& file, std::string_view code, std::string place,
          std::string_view problem, int64_t times) {
  ReadReport::Count& count = report.warnings[std::string(code)];
  if (count.times == 0) {
    count.first = fmt::format("{}{}{}: {} {}; {}", file.string(), place.empty() ? "" : ":", place,
                              code, problem, defect_kind(code).remedy);
    count.place = std::move(place);
  }
  count.times += times;
}

void read_categories(const ListSource& source, TruthTable& truth, ReadReport& report) {
  std::vector<int64_t> ids;
  std::set<std::string> names;
  expect_list(source, "categories");
  source.read("categories", [&](size_t, JsonNode entry) {
    truth.categories.push_back(category_of(entry));
    const Category& category = truth.categories.back();
    if (!names.insert(category.name).second) {
      note(report, truth.file, defect::kSameName, fmt::format("/categories/{}", ids.size()),
           fmt::format("another category is called `{}` too", category.name), 1);
    }
    ids.push_back(category.id);
  });
  expect_different_ids(source, "categories", defect::kDuplicateCategory, {ids});
  if (ids.empty()) refuse(source.place("categories"), defect::kNoCategories, "lists no category");
  std::sort(truth.categories.begin(), truth.categories.end(),
            [](const Category& a, const Category& b) { return a.id < b.id; });
}

void read_images(const ListSource& source, const TableOptions& options, TruthTable& truth) {
  const bool with_sizes = options.iou_type == IouType::segm;
  expect_list(source, "images");
  std::vector<std::vector<ImageRow>> pieces(static_cast<size_t>(source.pieces("images")));
  source.read("images", [&](size_t piece, JsonNode entry) {
    pieces[piece].push_back(
        {.id = id_of(entry), .size = with_sizes ? size_of(entry) : size_if_known(entry)});
  });
  std::vector<ImageRow> rows;
  for (const auto& piece : pieces) rows.insert(rows.end(), piece.begin(), piece.end());
  std::vector<int64_t> ids;
  ids.reserve(rows.size());
  for (const ImageRow& row : rows) ids.push_back(row.id);
  expect_different_ids(source, "images", defect::kDuplicateImage, {ids});
  if (ids.empty()) refuse(source.place("images"), defect::kNoImages, "lists no image");
  std::sort(rows.begin(), rows.end(),
            [](const ImageRow& a, const ImageRow& b) { return a.id < b.id; });
  for (const ImageRow& row : rows) {
    truth.image_ids.push_back(row.id);
    truth.image_sizes.push_back(row.size);
  }
}

std::vector<int64_t> ids_of(const std::vector<Category>& categories) {
  std::vector<int64_t> ids;
  ids.reserve(categories.size());
  for (const Category& category : categories) ids.push_back(category.id);
  return ids;
}

ScoreContext context_of(const TruthTable& truth, const TableOptions& options) {
  return {.options = options,
          .truth = truth,
          .images = IdIndex(truth.image_ids),
          .labels = IdIndex(ids_of(truth.categories))};
}

TruthTable read_truth_from(const ListSource& source, const fs::path& file,
                           const TableOptions& options, ReadReport& report) {
  TruthTable truth{.file = file};
  if (source.has_byte_order_mark()) {
    note(report, file, defect::kByteOrderMark, "", "begins with a byte-order mark", 1);
  }
  read_categories(source, truth, report);
  read_images(source, options, truth);
  const ScoreContext context = context_of(truth, options);
  expect_list(source, "annotations");
  truth.pieces.resize(static_cast<size_t>(source.pieces("annotations")));
  std::vector<TruthRowReader> readers;
  readers.reserve(truth.pieces.size());
  for (auto& piece : truth.pieces) readers.emplace_back(context, piece);
  source.read("annotations", [&](size_t piece, JsonNode entry) { readers[piece].read(entry); });
  std::vector<std::span<const int64_t>> ids;
  size_t row = 0;
  for (const TruthRowReader& reader : readers) {
    ids.emplace_back(reader.ids());
    for (const RowWarnings::Count& count : reader.warnings().counts) {
      note(report, file, count.code,
           fmt::format("/annotations/{}{}{}", row + count.first_row, count.key.empty() ? "" : "/",
                       count.key),
           count.problem, count.times);
    }
    row += reader.ids().size();
  }
  expect_different_ids(source, "annotations", defect::kDuplicateAnnotation, ids);
  return truth;
}

// ---- what was found ----

FoundTable read_found_from(const ListSource& source, const TruthTable& truth,
                           const TableOptions& options) {
  FoundTable found;
  const ScoreContext context = context_of(truth, options);
  expect_list(source, "");
  std::optional<FoundBasis> basis;
  source.first("", [&](JsonNode entry) { basis = basis_of(entry); });
  if (!basis) return found;
  found.pieces.resize(static_cast<size_t>(source.pieces("")));
  std::vector<FoundRowReader> readers;
  readers.reserve(found.pieces.size());
  for (auto& piece : found.pieces) readers.emplace_back(context, *basis, piece);
  source.read("", [&](size_t piece, JsonNode entry) { readers[piece].read(entry); });
  return found;
}

}  // namespace

// ---- masks ----

void MaskColumn::add(RleView mask, std::string_view text) {
  constexpr size_t kBlock = 1 << 20;
  if (text.empty()) {
    own_text_.clear();
    encode_counts(mask.counts, own_text_);
    text = own_text_;
  }
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size()) {
    blocks_.emplace_back().reserve(std::max(kBlock, text.size()));
  }
  const Box bounds = bounds_of(mask);
  entries_.push_back(
      {.block = static_cast<uint32_t>(blocks_.size() - 1),
       .first = static_cast<uint32_t>(blocks_.back().size()),
       .length = static_cast<uint32_t>(text.size()),
       .height = static_cast<uint32_t>(mask.height),
       .width = static_cast<uint32_t>(mask.width),
       .area = static_cast<uint32_t>(area_of(mask)),
       .bounds = {static_cast<uint32_t>(bounds.left), static_cast<uint32_t>(bounds.top),
                  static_cast<uint32_t>(bounds.width), static_cast<uint32_t>(bounds.height)}});
  blocks_.back() += text;
}

MaskColumn::View MaskColumn::operator[](size_t row) const {
  const Entry& entry = entries_[row];
  const auto& [left, top, width, height] = entry.bounds;
  return {.bounds = {static_cast<double>(left), static_cast<double>(top),
                     static_cast<double>(width), static_cast<double>(height)},
          .area = static_cast<double>(entry.area),
          .height = entry.height,
          .width = entry.width,
          .text = std::string_view(blocks_[entry.block]).substr(entry.first, entry.length)};
}

// ---- files ----

TruthTable read_truth(const fs::path& json, const TableOptions& options, ReadReport* report) {
  expect_file(json, "a COCO annotation file");
  ReadReport met;
  TruthTable truth = read_file(json, [&](const ListSource& source) {
    met = {};
    return read_truth_from(source, json, options, met);
  });
  if (report != nullptr) *report = std::move(met);
  return truth;
}

FoundTable read_found(const fs::path& json, const TruthTable& truth, const TableOptions& options) {
  expect_file(json, "a COCO results file");
  return read_file(
      json, [&](const ListSource& source) { return read_found_from(source, truth, options); });
}

FoundTable found_of(const std::vector<Predictions>& predictions, const TruthTable& truth) {
  const IdIndex images(truth.image_ids);
  FoundTable table;
  auto& rows = table.pieces.emplace_back().rows;
  for (const Predictions& image : predictions) {
    const int32_t place = images.find(image.image_id);
    if (place < 0) {
      fail(fmt::format("detections of image {}, which the data set lacks", image.image_id),
           "score against the annotations that the detections were made for");
    }
    for (const Prediction& found : image.found) {
      rows.push_back({.box = found.box,
                      .area = found.box.width * found.box.height,
                      .score = found.score,
                      .image = place,
                      .label = static_cast<int32_t>(found.label)});
    }
  }
  return table;
}

TruthTable truth_of(const Dataset& dataset) {
  TruthTable truth{.file = dataset.file, .categories = dataset.categories};
  for (const Record& record : dataset.records) truth.image_ids.push_back(record.id);
  std::sort(truth.image_ids.begin(), truth.image_ids.end());
  const IdIndex images(truth.image_ids);
  auto& rows = truth.pieces.emplace_back().rows;
  for (const Record& record : dataset.records) {
    for (const auto& instance : record.instances) {
      rows.push_back({.box = instance.box,
                      .area = instance.area,
                      .image = images.find(record.id),
                      .label = static_cast<int32_t>(instance.label),
                      .crowd = instance.crowd,
                      .ignored = instance.crowd,
                      .id_is_zero = instance.id == 0});
    }
  }
  return truth;
}

}  // namespace fovea
