// One annotated object. Boxes are stored as COCO stores them and in doubles, because scoring must
// reproduce pycocotools to the last bit.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

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

struct Instance {
  int64_t id = 0;  // annotation id in the file
  Box box = {};
  int64_t label = 0;   // 0..C-1, the place of its category in Dataset::categories
  bool crowd = false;  // a region to ignore: many objects, or none to be learned from
  double area = 0;     // of the mask, in square pixels of the file's image
  Segmentation segmentation = {};
  std::vector<Keypoint> keypoints = {};
};

}  // namespace fovea
