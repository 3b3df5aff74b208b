// How a picture becomes a sample. Everything that moves pixels is composed into one affine map, so
// the picture is sampled once, and its objects move by the same numbers.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "fovea/core/options.h"
#include "fovea/core/random.h"
#include "fovea/data/options.h"
#include "fovea/data/vocabulary.h"
#include "fovea/image/affine.h"

namespace fovea {

/// The bounding box of the four mapped corners.
Box map_box(const Affine& map, const Box& box);
/// The part of `box` inside a picture, with sides of 0 when there is none.
Box clip(const Box& box, ImageSize picture);

/// What surrounds a picture that does not fill its sample; training and inference agree on it.
inline constexpr std::array<uint8_t, 3> kFill = {114, 114, 114};

/// The fixed geometry of evaluation and inference: as large as fits into `out` with the proportions
/// kept, in the upper left corner, so that one factor maps it back.
Frame fit(ImageSize file, ImageSize out);

/// Writes `image`, fitted into `out`, as the height * width * 3 bytes of `window` (out or a part of
/// it, data/input_size.h) at `pixels`: the picture that evaluation and inference show a network.
Frame fit_into(const Image& image, ImageSize out, ImageSize window, uint8_t* pixels);

/// A random geometry by `options`. A picture smaller than `out` goes to a random place in it; of a
/// larger one a random part is shown that holds the centre of an object, where there is any.
/// Needs the height, width and instances of `record`.
Frame draw_geometry(const AugmentOptions& options, const Record& record, ImageSize out, Rng& rng);

/// The side of a mosaic's largest quarter, relative to the sample's.
inline constexpr double kLargestQuarter = 0.7;

/// The most sample pixels that training makes of one file pixel, on either axis.
double largest_scale(const AugmentOptions& options, ImageSize file, ImageSize out);

/// Objects in file pixels -> objects in sample pixels, clipped to the sample. One of which less
/// than a pixel is left in height or width is dropped; one of whose box less than `min_visible` is
/// left becomes a crowd region: neither to be found nor to be learned as background. Crowds stay
/// crowds. Polygons and keypoints move along (unclipped), masks of runs are dropped.
std::vector<Instance> map_instances(const InstanceList& instances, const Frame& frame,
                                    ImageSize out, double min_visible);

/// Changes brightness, contrast, saturation and hue of RGB pixels at random, as one linear map.
void jitter_colour(std::span<uint8_t> pixels, const AugmentOptions& options, Rng& rng);

/// A box in sample pixels -> the box in file pixels, clipped to the file's picture.
Box to_file(const Frame& frame, const Box& box);

}  // namespace fovea
