// The rows of a table by class and image, without moving them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fovea/data/score_tables.h"

namespace fovea {

/// A row of a table.
struct RowRef {
  uint32_t piece = 0;
  uint32_t row = 0;
};

template <class Row>
class Grouping {
 public:
  /// By class, then image, then order of the file; without classes by image, then class.
  Grouping(std::span<const TablePiece<Row>> pieces, size_t images, size_t classes, bool by_class)
      : pieces_(pieces) {
    std::vector<RowRef> rows;
    size_t count = 0;
    for (const auto& piece : pieces) count += piece.rows.size();
    rows.reserve(count);
    for (uint32_t p = 0; p < pieces.size(); ++p) {
      for (uint32_t r = 0; r < pieces[p].rows.size(); ++r) rows.push_back({p, r});
    }
    const auto image = [](const Row& row) { return static_cast<size_t>(row.image); };
    const auto label = [](const Row& row) { return static_cast<size_t>(row.label); };
    if (by_class) {
      order_ = sorted(sorted(rows, images, image), classes, label);
      starts_.assign(classes + 1, 0);
      for (const RowRef ref : order_) ++starts_[label(row(ref)) + 1];
      for (size_t k = 0; k < classes; ++k) starts_[k + 1] += starts_[k];
    } else {
      order_ = sorted(sorted(rows, classes, label), images, image);
      starts_ = {0, order_.size()};
    }
  }

  size_t classes() const { return starts_.size() - 1; }
  std::span<const RowRef> of_class(size_t k) const {
    return std::span(order_).subspan(starts_[k], starts_[k + 1] - starts_[k]);
  }
  const Row& row(RowRef ref) const { return pieces_[ref.piece].rows[ref.row]; }
  const TablePiece<Row>& piece(RowRef ref) const { return pieces_[ref.piece]; }

 private:
  /// Counting sort by a key below `keys`; equal keys keep their order.
  template <class Key>
  std::vector<RowRef> sorted(const std::vector<RowRef>& rows, size_t keys, const Key& key) const {
    std::vector<uint32_t> next(keys + 1, 0);
    for (const RowRef ref : rows) ++next[key(row(ref)) + 1];
    for (size_t k = 0; k < keys; ++k) next[k + 1] += next[k];
    std::vector<RowRef> result(rows.size());
    for (const RowRef ref : rows) result[next[key(row(ref))]++] = ref;
    return result;
  }

  std::span<const TablePiece<Row>> pieces_;
  std::vector<RowRef> order_ = {};
  std::vector<size_t> starts_ = {};
};

}  // namespace fovea
