// Overlaps of the detections and objects of one image and class, in the order of operations of
// pycocotools' mask API and computeOks, so that they are equal to the last bit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fovea/data/score_tables.h"

namespace fovea {

/// Intersection over union, of a crowd over the detection alone.
double box_overlap(const Box& found, const Box& truth, bool crowd);

/// Masks of one image and class, whose runs are decoded when they are first needed.
class MaskOverlap {
 public:
  /// Begins with other objects.
  void set_truths(size_t count);
  /// The overlap of a detection with object g, as of boxes. What is certain to lie below `least`,
  /// by the boxes and areas alone, may come out as 0.
  double operator()(const MaskColumn::View& found, size_t g, const MaskColumn::View& truth,
                    bool crowd, double least);
  /// Begins with another detection.
  void next_found() { found_.clear(); }

 private:
  std::vector<std::vector<uint32_t>> truths_ = {};  // runs, empty until they are needed
  std::vector<uint32_t> found_ = {};
};

/// Object keypoint similarity (cocodataset.org/#keypoints-eval): x, y and visibility of each
/// keypoint, as many as there are sigmas.
class KeypointOverlap {
 public:
  explicit KeypointOverlap(std::span<const double> sigmas);
  double operator()(std::span<const double> found, std::span<const double> truth, const Box& box,
                    double area, double least);

 private:
  std::vector<double> variances_ = {};
  std::vector<double> errors_ = {};
};

}  // namespace fovea
