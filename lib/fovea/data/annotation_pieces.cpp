#include "fovea/data/annotation_pieces.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace fovea {

std::string entry_place(std::string_view list, size_t entry, std::string_view key) {
  return fmt::format("/{}/{}{}{}", list, entry, key.empty() ? "" : "/", key);
}

std::string duplicate_id(int64_t id, size_t first) {
  return fmt::format("id {} was taken by entry {} of the same list", id, first);
}

AnnotationPieces::AnnotationPieces(const ListSource& source, const AnnotationContext& context,
                                   Findings& findings)
    : findings_(findings) {
  constexpr std::string_view kList = "annotations";
  const auto pieces = static_cast<size_t>(source.pieces(kList));
  readers_ = std::vector<AnnotationReader>(pieces, AnnotationReader(context, findings));
  for (AnnotationReader& reader : readers_) {
    reader.columns().expect_text(source.bytes_of_piece(kList));
  }
  source.read(kList, [this](size_t piece, JsonNode entry) { readers_[piece].read(entry); });
  std::vector<const EntryFindings*> met;
  size_t entries = 0;
  for (const AnnotationReader& reader : readers_) {
    met.push_back(&reader.findings());
    first_entries_.push_back(entries);
    entries += met.back()->entries();
  }
  findings_.take(kList, met);
  dropped_.resize(pieces);
  drop_duplicates();
  used_.resize(context.keypoints.size());
  each_row([this](size_t piece, size_t row, uint32_t) {
    used_[static_cast<size_t>(readers_[piece].columns().row(row).label)] = true;
  });
}

/// Calls visit(piece, row, record) for each row that was not dropped.
template <class Visit>
void AnnotationPieces::each_row(const Visit& visit) const {
  for (size_t piece = 0; piece < readers_.size(); ++piece) {
    const auto& records = readers_[piece].records();
    for (size_t row = 0; row < records.size(); ++row) {
      if (dropped_[piece].empty() || !dropped_[piece][row]) visit(piece, row, records[row]);
    }
  }
}

// ---- ids ----

bool AnnotationPieces::ids_differ() const {
  std::vector<int64_t> ids;
  for (const AnnotationReader& reader : readers_) {
    ids.insert(ids.end(), reader.ids().begin(), reader.ids().end());
  }
  std::sort(ids.begin(), ids.end());
  return std::adjacent_find(ids.begin(), ids.end()) == ids.end();
}

void AnnotationPieces::drop_duplicates() {
  if (ids_differ()) return;
  struct Id {
    int64_t id;
    size_t entry;
  };
  std::vector<Id> ids;
  for (size_t piece = 0; piece < readers_.size(); ++piece) {
    for (size_t i = 0; i < readers_[piece].ids().size(); ++i) {
      ids.push_back({.id = readers_[piece].ids()[i],
                     .entry = first_entries_[piece] + readers_[piece].id_entries()[i]});
    }
  }
  std::sort(ids.begin(), ids.end(), [](const Id& a, const Id& b) {
    return std::tie(a.id, a.entry) < std::tie(b.id, b.entry);
  });
  std::vector<std::pair<size_t, Id>> later;  // entries, and the first that has the id
  for (size_t i = 1, first = 0; i < ids.size(); ++i) {
    if (ids[i].id != ids[first].id) {
      first = i;
    } else {
      later.emplace_back(ids[i].entry, ids[first]);
    }
  }
  std::sort(later.begin(), later.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [entry, first] : later) {
    findings_.add(defect::kDuplicateAnnotation, entry_place("annotations", entry, "id"),
                  duplicate_id(first.id, first.entry));
    drop(entry);
  }
}

/// Drops the row of an entry, if it became one.
void AnnotationPieces::drop(size_t entry) {
  const auto after = std::upper_bound(first_entries_.begin(), first_entries_.end(), entry);
  const auto piece = static_cast<size_t>(after - first_entries_.begin()) - 1;
  const std::vector<uint32_t>& entries = readers_[piece].entries();
  const auto inside = static_cast<uint32_t>(entry - first_entries_[piece]);
  const auto row = std::lower_bound(entries.begin(), entries.end(), inside);
  if (row == entries.end() || *row != inside) return;
  dropped_[piece].resize(entries.size());
  dropped_[piece][static_cast<size_t>(row - entries.begin())] = true;
}

// ---- objects ----

void AnnotationPieces::give_to(std::vector<Record>& records) {
  std::vector<uint32_t> first(records.size() + 1, 0);
  each_row([&](size_t, size_t, uint32_t record) { ++first[record + 1]; });
  std::partial_sum(first.begin(), first.end(), first.begin());
  auto store = std::make_shared<InstanceStore>();
  store->order.resize(first.back());
  std::vector<uint32_t> next(first.begin(), first.end() - 1);
  each_row([&](size_t piece, size_t row, uint32_t record) {
    store->order[next[record]++] = {.piece = static_cast<uint32_t>(piece),
                                    .row = static_cast<uint32_t>(row)};
  });
  for (AnnotationReader& reader : readers_) store->pieces.push_back(std::move(reader.columns()));
  for (size_t i = 0; i < records.size(); ++i) {
    records[i].instances = InstanceList(store, first[i], first[i + 1] - first[i]);
  }
  store_ = std::move(store);
}

void AnnotationPieces::check_boxes(const std::vector<Record>& records) {
  struct Object {
    InstanceColumns::Row row;
    size_t entry;
  };
  const auto key = [](const Object& object) {
    const Box& box = object.row.box;
    return std::tuple(object.row.label, object.row.crowd, box.left, box.top, box.width, box.height);
  };
  std::vector<Object> objects;
  std::vector<size_t> twice;  // entries
  size_t first = 0;
  for (const Record& record : records) {
    objects.clear();
    for (size_t i = 0; i < record.instances.size(); ++i) {
      const auto [piece, row] = store_->order[first + i];
      objects.push_back({.row = store_->pieces[piece].row(row),
                         .entry = first_entries_[piece] + readers_[piece].entries()[row]});
    }
    first += record.instances.size();
    std::stable_sort(objects.begin(), objects.end(),
                     [&](const Object& a, const Object& b) { return key(a) < key(b); });
    for (size_t i = 1; i < objects.size(); ++i) {
      if (key(objects[i]) == key(objects[i - 1])) twice.push_back(objects[i].entry);
    }
  }
  std::sort(twice.begin(), twice.end());
  for (const size_t entry : twice) {
    findings_.add(defect::kBoxTwice, entry_place("annotations", entry, "bbox"),
                  "the image has the same box already");
  }
}

}  // namespace fovea
