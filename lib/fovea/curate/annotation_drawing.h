// Annotations and predictions drawn on their pictures.
#pragma once

#include <string>
#include <vector>

#include "fovea/curate/shown_image.h"
#include "fovea/image/draw.h"
#include "fovea/image/image.h"

namespace fovea {

/// What is needed to draw the marks of a data set.
struct MarkNames {
  std::vector<Category> categories = {};
  std::vector<Skeleton> skeletons = {};  // by label, or empty
};

/// The colour of a mark: that of its class, or of what a comparison said of it.
Color color_of(const Mark& mark);

/// "person #17", "person 0.87", "person crowd", "person missed".
std::string caption_of(const Mark& mark, const std::vector<Category>& categories);

enum class Panels { truth, truth_and_found };

/// The picture of `image` with its objects: masks at 40 % (of crowds hatched), boxes (dashed of
/// crowds and of what was missed), keypoints and names, the smaller over the larger. No name hides
/// another: where there is no room it is short or left out. A picture below 640 pixels is enlarged
/// by a whole factor. A second panel, to the right, has the predictions.
Image draw_shown(const Image& picture, const ShownImage& image, const MarkNames& names,
                 Panels panels);

}  // namespace fovea
