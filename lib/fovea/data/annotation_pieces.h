// The annotations of a file, read in parallel pieces, brought together.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/data/annotation_reader.h"
#include "fovea/data/list_source.h"

namespace fovea {

std::string entry_place(std::string_view list, size_t entry, std::string_view key = {});
std::string duplicate_id(int64_t id, size_t first);

class AnnotationPieces {
 public:
  /// Reads the list, which is there. Entries whose id an earlier one has are dropped.
  AnnotationPieces(const ListSource& source, const AnnotationContext& context, Findings& findings);

  const std::vector<bool>& used_labels() const { return used_; }

  /// Gives each record, those of the context, its objects in the order of the file.
  void give_to(std::vector<Record>& records);

  /// After that, while checking: reports objects that an image has twice.
  void check_boxes(const std::vector<Record>& records);

 private:
  void drop_duplicates();
  bool ids_differ() const;
  void drop(size_t entry);
  template <class Visit>
  void each_row(const Visit& visit) const;

  Findings& findings_;
  std::vector<AnnotationReader> readers_ = {};
  std::vector<size_t> first_entries_ = {};       // of each piece in the list
  std::vector<std::vector<bool>> dropped_ = {};  // rows of each piece; empty: none
  std::vector<bool> used_ = {};                  // by label
  std::shared_ptr<const InstanceStore> store_ = {};
};

}  // namespace fovea
