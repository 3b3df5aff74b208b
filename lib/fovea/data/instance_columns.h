// Many annotated objects in little memory: a row of numbers for each, and the corners of all
// polygons, the runs of all masks and all keypoints one after the other in one array.
//
// Numbers with at most two decimals, as nearly all coordinates in COCO's files are, take 4 bytes:
// x is kept as the whole number nearest to 100 x where dividing that by 100 gives x back to the
// last bit. A list that has any other number is kept in doubles.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fovea/data/instance.h"

namespace fovea {

class InstanceColumns {
 public:
  /// What an object is without its mask and keypoints.
  struct Row {
    int64_t id = 0;
    Box box = {};
    double area = 0;
    int32_t label = 0;
    bool crowd = false;
  };

  // The parts of the next object, in this order, then `add`. What was begun and is not to be added
  // after all is forgotten by `discard`.
  void polygon(std::span<const double> xy);  ///< one of its polygons
  void runs(int64_t height, int64_t width, std::span<const uint32_t> counts);
  void keypoints(std::span<const double> numbers);  ///< x, y, visibility of each
  void add(const Row& row);
  void discard();

  void add(const Instance& instance);

  /// Sets address space aside for what so much JSON may hold; no memory until it is used.
  void expect_text(size_t bytes);

  size_t size() const { return rows_.size(); }
  const Row& row(size_t i) const { return rows_[i].row; }
  bool has_mask(size_t i) const { return rows_[i].polygons > 0 || rows_[i].has_runs; }
  Segmentation segmentation(size_t i) const;
  std::vector<Keypoint> keypoints(size_t i) const;
  Instance instance(size_t i) const;

 private:
  struct Entry {
    Row row = {};
    uint32_t polygons = 0;  // at the beginning of its words
    bool has_runs = false;
    bool has_keypoints = false;
    uint64_t words = 0;  // where they begin
  };
  void add_list(std::span<const double> numbers);
  /// Reads the list at `word` and moves it behind.
  std::vector<double> list(uint64_t& word) const;
  uint64_t after_polygons(const Entry& entry) const;

  std::vector<Entry> rows_ = {};
  Entry next_ = {};
  // A list of n numbers: 2 n, and n words of hundredths; or 2 n + 1, and n doubles. Runs: height,
  // width, their number and as many words.
  std::vector<uint32_t> words_ = {};
};

}  // namespace fovea
