// What changes the colours of a sample after its pixels are in place.
#pragma once

#include <cstdint>
#include <vector>

#include "fovea/augment/draws.h"
#include "fovea/augment/options.h"
#include "fovea/data/vocabulary.h"
#include "fovea/image/pixel_kernels.h"

namespace fovea {

/// RGB pixels of a sample, row by row.
struct SamplePixels {
  uint8_t* data = nullptr;
  int64_t height = 0;
  int64_t width = 0;
  size_t count() const { return static_cast<size_t>(height * width); }
};

/// Brightness, contrast, saturation and hue as factors and degrees: together one linear map.
struct ColourChange {
  double brightness = 1;
  double contrast = 1;
  double saturation = 1;  // 0: no colours
  double hue = 0;         // degrees
  bool operator==(const ColourChange&) const = default;
};
ColourChange draw_colour(const AugmentOptions& options, const Draws& draws);
/// `mean_grey` is that of the sample, which contrast leaves as it is.
ColourMap colour_map(const ColourChange& change, double mean_grey);
/// Of every fourth pixel.
double mean_grey(const SamplePixels& pixels);
/// The same change, for a device.
DeferredColour deferred(const ColourChange& change);
void change_colours(const ColourChange& change, const SamplePixels& pixels);

/// A Gaussian blur by whole weights of 1/32768, over 3 sigma either way, with the border repeated.
void blur(const SamplePixels& pixels, double sigma);
/// Adds normal noise of that deviation in grey levels to every value.
void add_noise(const SamplePixels& pixels, double sigma, Rng rng);

}  // namespace fovea
