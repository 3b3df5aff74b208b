// Annotations of a COCO file, one after the other, into columns.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "fovea/data/findings.h"
#include "fovea/data/id_index.h"
#include "fovea/data/instance_columns.h"
#include "fovea/data/row_values.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// What annotations refer to.
struct AnnotationContext {
  bool keeps_masks = true;
  static constexpr int32_t kPassedOver = -1;
  std::vector<Record> records = {};
  IdIndex images = {};                                // of all ids in the file
  std::vector<int32_t> record_of = {};                // by place in `images`, or kPassedOver
  IdIndex labels = {};                                // of the categories' ids
  std::vector<std::optional<size_t>> keypoints = {};  // of a category, by label, where it says
};

/// Reads a piece of the list of annotations.
class alignas(64) AnnotationReader {
 public:
  AnnotationReader(const AnnotationContext& context, const Findings& findings)
      : findings_(findings), context_(context), checking_(findings.is_checking()) {}

  void read(JsonNode annotation);

  const EntryFindings& findings() const { return findings_; }
  InstanceColumns& columns() { return columns_; }
  /// Of each row of the columns: its record, and which entry of the piece it was.
  const std::vector<uint32_t>& records() const { return records_; }
  const std::vector<uint32_t>& entries() const { return entries_; }
  /// The ids of all entries that have one, and which entries these are.
  const std::vector<int64_t>& ids() const { return ids_; }
  const std::vector<uint32_t>& id_entries() const { return id_entries_; }

 private:
  using Row = InstanceColumns::Row;
  void read_row(JsonNode annotation);
  void check_box(JsonNode node, const Box& box, const Record& record);
  bool crowd_of(const RowFields& fields, const RowValues& values);
  double area_of(const RowFields& fields, const RowValues& values, const Box& box);
  void read_mask(JsonNode node, const RowFields& fields, const RowValues& values, const Row& row,
                 const Record& record);
  void check_mask(JsonNode node, JsonNode box_node, const Box& mask, const Box& box);
  void read_keypoints(const RowFields& fields, const RowValues& values,
                      std::optional<size_t> expected);

  EntryFindings findings_;
  const AnnotationContext& context_;
  InstanceColumns columns_ = {};
  std::vector<uint32_t> records_ = {};
  std::vector<uint32_t> entries_ = {};
  std::vector<int64_t> ids_ = {};
  std::vector<uint32_t> id_entries_ = {};
  std::vector<double> numbers_ = {};   // of a polygon or of keypoints
  std::vector<uint32_t> counts_ = {};  // of a mask
  bool checking_;
};

}  // namespace fovea
