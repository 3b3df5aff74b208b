// The nouns on the plain side of the library, where no tensor exists yet. Boxes are stored as COCO
// stores them and in doubles, because scoring must reproduce pycocotools to the last bit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fovea/image/affine.h"
#include "fovea/image/image.h"

namespace fovea {

/// Left, top, width, height in pixels. x grows to the right, y downwards; the left edge of the
/// leftmost pixel is x = 0.
struct Box {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;
  double right() const { return left + width; }
  double bottom() const { return top + height; }
  bool operator==(const Box&) const = default;
};

/// A mask as runs of column-major pixels, background first (COCO's RLE).
struct Rle {
  int64_t height = 0;
  int64_t width = 0;
  std::vector<uint32_t> counts = {};
};

/// A mask: either closed polygons [x0, y0, x1, y1, ...] in pixels, or runs.
struct Segmentation {
  std::vector<std::vector<double>> polygons = {};
  std::optional<Rle> rle = {};
  bool empty() const { return polygons.empty() && !rle; }
};

/// One keypoint: pixels, and COCO's visibility 0 (not labelled), 1 (hidden), 2 (visible).
struct Keypoint {
  double x = 0;
  double y = 0;
  int64_t visibility = 0;
};

/// One annotated object.
struct Instance {
  int64_t id = 0;  // annotation id in the file
  Box box = {};
  int64_t label = 0;   // 0..C-1, the place of its category in Dataset::categories
  bool crowd = false;  // a region to ignore: many objects, or none to be learned from
  double area = 0;     // of the mask, in square pixels of the file's image
  Segmentation segmentation = {};
  std::vector<Keypoint> keypoints = {};
};

/// One image of a data set: its annotations, no pixels.
struct Record {
  int64_t id = 0;                   // image id in the file
  std::filesystem::path path = {};  // of the image file
  int64_t height = 0;               // pixels, after the EXIF turn
  int64_t width = 0;
  std::vector<Instance> instances = {};
};

struct Category {
  int64_t id = 0;  // as in the file: sparse and possibly 0
  std::string name = {};
  bool operator==(const Category&) const = default;
};

struct Dataset {
  std::filesystem::path file = {};        // the annotation file, for messages
  std::vector<Category> categories = {};  // by rising id; an Instance's label is an index here
  std::vector<Record> records = {};       // in the order of the file
};

/// Where a sample's pixels came from.
struct Frame {
  Affine a = {1, 0, 0, 0, 1, 0};  // file -> sample
  int64_t file_height = 0;        // pixels of the file's image, to clip predictions to
  int64_t file_width = 0;
};

/// Samples side by side, before they become tensors: what `collate` (ops/vocabulary.h) wraps
/// without copying.
struct SampleBatch {
  int64_t height = 0;  // common to all, pixels
  int64_t width = 0;
  std::vector<uint8_t> pixels = {};                   // [B, height, width, 3] RGB
  std::vector<std::vector<Instance>> instances = {};  // boxes in sample pixels, crowds included
  std::vector<Frame> frames = {};
  std::vector<int64_t> image_ids = {};
  int64_t size() const { return static_cast<int64_t>(image_ids.size()); }
};

/// One found object, in file pixels.
struct Prediction {
  Box box = {};
  double score = 0;   // [0, 1]
  int64_t label = 0;  // 0..C-1
};

/// What was found in one image, best first.
struct Predictions {
  int64_t image_id = 0;
  std::vector<Prediction> found = {};
};

/// Named figures in the order in which they should be shown.
using Metrics = std::vector<std::pair<std::string, double>>;

}  // namespace fovea
