// Objects under the map that moved their picture.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fovea/core/options.h"
#include "fovea/data/vocabulary.h"
#include "fovea/image/image.h"
#include "fovea/image/projection.h"

namespace fovea {

/// Where a picture is shown: a part of a sample, or all of it.
struct Window {
  PixelRect part = {};
  ImageSize sample = {};
};

/// Runs in picture pixels -> runs in sample pixels: a pixel of the window belongs to the object
/// when the pixel of the picture does that its centre comes from.
Rle map_runs(const Rle& mask, const Projection& to_sample, const Window& window);

/// How keypoints change their names when a picture is mirrored: keypoint i becomes partner[i]. Of
/// names of which one is the other with left and right exchanged ("left_eye", "right_eye"; also
/// l_ and r_, and in capitals); the others keep theirs.
std::vector<size_t> mirror_partners(const std::vector<std::string>& names);

/// What objects of a data set become.
class ObjectMapper {
 public:
  explicit ObjectMapper(const std::vector<Category>& categories);

  /// Objects in file pixels -> objects in sample pixels, clipped to the window. One of which less
  /// than a pixel is left in height or width is dropped; one of whose box less than `min_visible`
  /// is left becomes a crowd region: neither to be found nor to be learned as background. Crowds
  /// stay crowds. Polygons and keypoints are not clipped, keypoints outside become not labelled,
  /// left and right ones change places when the map mirrors; runs become runs of the sample.
  std::vector<Instance> map(const InstanceList& instances, ImageSize file,
                            const Projection& to_sample, const Window& window,
                            double min_visible) const;

 private:
  void map_keypoints(Instance& instance, const Projection& to_sample, const Box& window,
                     bool mirrors) const;
  std::vector<std::vector<size_t>> partners_;  // of each category's keypoints
};

}  // namespace fovea
