// What a data set holds, in numbers: one pass over its annotations, no pixels.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "fovea/data/vocabulary.h"

namespace fovea {

/// How values are spread; all 0 when there are none. A percentile lies between the two nearest
/// values, as numpy's does by default.
struct Spread {
  int64_t count = 0;
  double mean = 0;
  double least = 0;
  double p5 = 0;
  double p25 = 0;
  double median = 0;
  double p75 = 0;
  double p95 = 0;
  double most = 0;
};
Spread spread_of(std::vector<double> values);

/// counts[i] values lie in edges[i] <= value < edges[i + 1], those of the last from its edge on.
struct Histogram {
  std::vector<double> edges = {};
  std::vector<int64_t> counts = {};  // as many as edges
};

/// Counts in cells of equal size over 0..1 in both directions, row by row from y = 0 on.
template <int64_t kSide>
struct CellCounts {
  static constexpr int64_t side = kSide;
  std::array<int64_t, static_cast<size_t>(kSide* kSide)> counts = {};
  int64_t at(int64_t x, int64_t y) const { return counts[static_cast<size_t>(y * kSide + x)]; }
};

/// Objects of one class; crowds are counted in `crowds` alone.
struct ClassStatistics {
  int64_t objects = 0;
  int64_t crowds = 0;
  int64_t images = 0;  // with at least one object
  int64_t small = 0;   // as COCO counts: area < 32 * 32 square pixels
  int64_t medium = 0;
  int64_t large = 0;       // area > 96 * 96
  double mean_area = 0;    // square pixels, of the mask where there is one
  double median_side = 0;  // pixels: square root of width * height of the box
};

/// How large objects are when pictures are shrunk or enlarged until the longer side has `side`
/// pixels.
struct InputSide {
  int64_t side = 0;
  double below_8 = 0;  // part of the objects with a side below 8 pixels, 0..1
  double below_16 = 0;
  double median = 0;  // side of an object, pixels
};

/// The input side at which nine of ten objects have `pixels` or more; a multiple of 32.
struct NeededSide {
  int64_t pixels = 0;
  int64_t side = 0;  // 0: there is no object
};

struct PictureSize {
  int64_t width = 0;
  int64_t height = 0;
  int64_t images = 0;
};

/// In how many images two classes occur together, for the classes that lie in most images.
struct Together {
  std::vector<int64_t> labels = {};  // most frequent first, at most kMostPaired
  std::vector<int64_t> images = {};  // [labels, labels]; on the diagonal those with the class
  int64_t at(size_t a, size_t b) const { return images[a * labels.size() + b]; }
};
inline constexpr size_t kMostPaired = 1'500;

/// One split, or all of them together. Objects are annotations that are no crowd.
struct PartStatistics {
  std::string name = {};  // "train"; "all"
  int64_t images = 0;
  int64_t empty_images = 0;    // without any annotation
  int64_t unsized_images = 0;  // whose size is not known: their objects count in no relative figure
  int64_t objects = 0;
  int64_t crowds = 0;
  int64_t masks = 0;             // objects with one
  int64_t keypoint_objects = 0;  // objects with a labelled keypoint
  int64_t keypoints = 0;         // labelled ones
  int64_t small = 0;             // as in ClassStatistics
  int64_t medium = 0;
  int64_t large = 0;
  int64_t at_edge = 0;   // objects whose box comes within a pixel of their picture's edge
  int64_t over_100 = 0;  // images with more than 100 objects
  Spread objects_an_image = {};
  Spread side = {};           // of objects: square root of width * height of the box, pixels
  Spread relative_side = {};  // the same over the square root of the picture's area
  Spread aspect = {};         // width / height of the box
  Spread picture_width = {};
  Spread picture_height = {};
  Spread picture_aspect = {};       // width / height
  Histogram image_histogram = {};   // of objects an image
  Histogram side_histogram = {};    // of side
  Histogram aspect_histogram = {};  // of aspect
  CellCounts<30> centres = {};      // of boxes, x / width and y / height of the picture
  CellCounts<40> extents = {};      // box width / picture width, box height / picture height
  std::vector<PictureSize> picture_sizes = {};  // most frequent first
  std::vector<ClassStatistics> classes = {};    // by label
  std::vector<InputSide> input_sides = {};      // rising
  std::vector<NeededSide> needed_sides = {};    // for 8, 16 and 32 pixels
  Together together = {};
};

struct DatasetStatistics {
  std::vector<Category> categories = {};    // of every split: what `classes` are
  std::vector<PartStatistics> splits = {};  // in the order given
  PartStatistics all = {};
};

/// A data set and how it is called.
struct NamedSplit {
  std::string name = {};
  Dataset dataset = {};
};

/// Classes of different splits are the same where id and name are.
DatasetStatistics statistics_of(const std::vector<NamedSplit>& splits);
/// Of one split.
DatasetStatistics statistics_of(const Dataset& dataset, const std::string& name);

}  // namespace fovea
