// What scoring needs of an annotation file and of a result file, as rows in the order of the file.
// Large files are read in parallel pieces (core/json_lists.h); a file that is not plainly right is
// read again value by value, so that its fault is named.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/core/options.h"
#include "fovea/data/defects.h"
#include "fovea/data/rle.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// What is compared: boxes, masks or keypoints.
enum class IouType { bbox, segm, keypoints };

/// What is read besides boxes.
struct TableOptions {
  IouType iou_type = IouType::bbox;
  size_t keypoints = 17;  // of an object, where those are compared
};

/// The masks of many objects: the box around each and its area at hand, its runs as compressed
/// text.
class MaskColumn {
 public:
  struct View {
    Box bounds = {};  // whole pixels; all 0 when the mask is empty
    double area = 0;  // pixels
    int64_t height = 0;
    int64_t width = 0;
    std::string_view text = {};  // for decode_counts
  };
  /// `text` is that of its counts where they came as such, else empty.
  void add(RleView mask, std::string_view text);
  View operator[](size_t row) const;
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    uint32_t block = 0;
    uint32_t first = 0;  // of its text, in the block
    uint32_t length = 0;
    uint32_t height = 0;
    uint32_t width = 0;
    uint32_t area = 0;
    std::array<uint32_t, 4> bounds = {};  // left, top, width, height
  };
  std::string own_text_ = {};             // of a mask that came without
  std::vector<std::string> blocks_ = {};  // of texts; they do not move when one is added
  std::vector<Entry> entries_ = {};
};

struct TruthRow {
  Box box = {};
  double area = 0;
  int32_t image = 0;  // place by rising id
  int32_t label = 0;  // place of the category by rising id
  bool crowd = false;
  bool ignored = false;     // a crowd, or an object without labelled keypoints
  bool id_is_zero = false;  // pycocotools takes a match with annotation 0 for no match
};

struct FoundRow {
  Box box = {};
  double area = 0;  // that decides whether it is small or large
  double score = 0;
  int32_t image = 0;
  int32_t label = 0;
};

/// Neighbouring rows of a table. `masks` has one for each row where masks are compared, `keypoints`
/// x, y and visibility of each keypoint of each row where those are.
template <class RowType>
struct alignas(64) TablePiece {  // threads fill neighbours
  using Row = RowType;
  std::vector<Row> rows = {};
  MaskColumn masks = {};
  std::vector<double> keypoints = {};
};

/// The objects that are to be found.
struct TruthTable {
  std::filesystem::path file = {};
  std::vector<Category> categories = {};    // by rising id
  std::vector<int64_t> image_ids = {};      // rising
  std::vector<ImageSize> image_sizes = {};  // 0 x 0 where unknown, which masks do not allow
  std::vector<TablePiece<TruthRow>> pieces = {};
};

/// What was found.
struct FoundTable {
  std::vector<TablePiece<FoundRow>> pieces = {};
};

/// A ground truth as pycocotools sees it when it scores: boxes of any size, crowds by any `iscrowd`
/// but 0. Error with file, JSON pointer, code and remedy for duplicate and dangling ids, wrong
/// types and whatever else pycocotools would trip over; oddities are counted in `report`.
TruthTable read_truth(const std::filesystem::path& json, const TableOptions& options,
                      ReadReport* report = nullptr);

/// The boxes of a data set that was read, for scoring while a network runs.
TruthTable truth_of(const Dataset& dataset);

/// The boxes found in its images. Error for an image that it lacks.
FoundTable found_of(const std::vector<Predictions>& predictions, const TruthTable& truth);

/// A COCO results list, its areas and boxes as pycocotools' loadRes fills them in: by what the
/// first entry has ("bbox", else "segmentation", else "keypoints"). Error naming file and place for
/// ids that `truth` lacks, numbers that are none, and masks that are broken or not of their image's
/// size.
FoundTable read_found(const std::filesystem::path& json, const TruthTable& truth,
                      const TableOptions& options);

}  // namespace fovea
