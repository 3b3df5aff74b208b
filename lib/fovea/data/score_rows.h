// One annotation or detection of a file as a row of a table. The same code reads the pieces of a
// large file, where a fault only says that there is one, and the whole file once more, where it is
// named.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/core/json_node.h"
#include "fovea/data/id_index.h"
#include "fovea/data/row_values.h"
#include "fovea/data/score_tables.h"

namespace fovea {

/// What annotations and detections refer to.
struct ScoreContext {
  TableOptions options = {};
  const TruthTable& truth;  // its images and categories
  IdIndex images = {};      // of truth.image_ids
  IdIndex labels = {};      // of the ids of truth.categories
};

/// How often something odd was met, and in which row first.
struct RowWarnings {
  struct Count {
    std::string_view code = {};
    std::string_view key = {};  // of the row that has it; empty: the row lacks something
    std::string_view problem = {};
    int64_t times = 0;
    size_t first_row = 0;
  };
  void add(std::string_view code, std::string_view key, std::string_view problem, size_t row);
  std::vector<Count> counts = {};
};

/// Reads annotations into a piece of the truth.
class alignas(64) TruthRowReader {
 public:
  TruthRowReader(const ScoreContext& context, TablePiece<TruthRow>& piece)
      : context_(context), piece_(piece) {}
  void read(JsonNode annotation);  ///< RowFault
  const std::vector<int64_t>& ids() const { return ids_; }
  const RowWarnings& warnings() const { return warnings_; }

 private:
  const ScoreContext& context_;
  TablePiece<TruthRow>& piece_;
  std::vector<int64_t> ids_ = {};
  RowWarnings warnings_ = {};
  std::vector<uint32_t> counts_ = {};
  std::vector<double> points_ = {};
  PolygonFiller filler_ = {};
};

/// What pycocotools' loadRes takes area and box from, decided by the first entry of the file.
enum class FoundBasis { box, mask, keypoints };
FoundBasis basis_of(JsonNode first_entry);

/// Reads detections into a piece of a table.
class alignas(64) FoundRowReader {
 public:
  FoundRowReader(const ScoreContext& context, FoundBasis basis, TablePiece<FoundRow>& piece)
      : context_(context), basis_(basis), piece_(piece) {}
  void read(JsonNode detection);  ///< RowFault

 private:
  const ScoreContext& context_;
  FoundBasis basis_;
  TablePiece<FoundRow>& piece_;
  std::vector<uint32_t> counts_ = {};
  std::vector<double> points_ = {};
  PolygonFiller filler_ = {};
};

}  // namespace fovea
