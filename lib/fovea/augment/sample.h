// From a plan to pixels and objects.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fovea/augment/plan.h"
#include "fovea/image/image.h"
#include "fovea/image/warp.h"

namespace fovea {

/// What surrounds a picture that does not fill its sample; training and inference agree on it.
inline constexpr std::array<uint8_t, 3> kFill = {114, 114, 114};

/// Where pixels come from.
class PictureSource {
 public:
  virtual ~PictureSource() = default;
  /// Samples the picture of a placement into its window. For any thread.
  virtual void show(const Placement& placement, Antialias antialias, Canvas out) = 0;
};

/// Puts what the plan shows where it shows it: size.height * size.width * 3 bytes at `pixels`.
void paint(const SamplePlan& plan, const Dataset& dataset, Antialias antialias,
           PictureSource& pictures, uint8_t* pixels);

/// Then: what the plan says of colours, blur, noise and erased rectangles.
void vary_colours(const SamplePlan& plan, const Draws& draws, uint8_t* pixels);

/// The objects of the sample, in its pixels. What pasted objects hide is taken from the others, and
/// what a second layer covers.
std::vector<Instance> objects_of(const SamplePlan& plan, const Dataset& dataset,
                                 const ObjectMapper& mapper, double min_visible);

/// Writes `image`, fitted into `out`, as the height * width * 3 bytes of `window` (out or a part of
/// it, augment/input_size.h) at `pixels`: the picture that evaluation and inference show a network.
Frame fit_into(const Image& image, ImageSize out, ImageSize window, uint8_t* pixels);

}  // namespace fovea
