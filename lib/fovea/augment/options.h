// How training pictures are varied. With `no_augmentation()` a picture is fitted as in evaluation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fovea/core/options.h"

namespace fovea {

/// With a probability, by up to an amount either way.
struct Variation {
  double p = 0;
  double amount = 0;
};

/// Scale jitter: a random size, proportion and place. A wide range is large-scale jitter.
struct ZoomOptions {
  double p = 1;
  double min = 0.5;      // size relative to the fitted picture: below 1 leaves room around it,
  double max = 2.0;      // above 1 cuts a part out of it
  double aspect = 1.25;  // width : height changes by up to this factor, either way
};

/// A random part of the picture fills the sample, as torchvision's RandomResizedCrop.
struct CropOptions {
  double p = 0;
  double min = 0.08;  // share of the picture's area
  double max = 1.0;
  double aspect = 4.0 / 3;  // of the part, width : height, up to this factor either way
};

/// Four pictures in one, around a random point.
struct MosaicOptions {
  double p = 0;
  int64_t near = 0;  // the other three come from so many samples before and after; 0: from anywhere
};

/// Two samples in one. The share of the second is drawn from Beta(alpha, alpha).
struct MixOptions {
  double p = 0;
  double alpha = 1;
};

/// Objects with masks, cut out of another picture and laid over this one.
struct PasteOptions {
  double p = 0;
  int64_t most = 10;  // objects
};

/// Rectangles of noise, as torchvision's RandomErasing.
struct EraseOptions {
  double p = 0;
  int64_t count = 1;  // rectangles
  double min = 0.02;  // share of the sample's area
  double max = 0.33;
};

/// The sides of a step's samples, relative to those of the recipe. Above 1 also memory grows.
struct MultiScaleOptions {
  double min = 1;
  double max = 1;
};

enum class AugmentPolicy { none, rand, trivial };

struct AugmentOptions {
  double flip = 0.5;         // probability: left and right change places
  double flip_vertical = 0;  // probability: top and bottom
  double transpose = 0;      // probability: x and y (quarter turns, together with the flips)
  ZoomOptions zoom = {};
  CropOptions crop = {};             // where it is drawn, there is no zoom
  Variation rotate = {0, 10};        // degrees
  Variation shear = {0, 5};          // degrees, of each axis
  Variation perspective = {0, 0.2};  // by which share sizes change towards the edges
  MosaicOptions mosaic = {};
  MixOptions mixup = {0, 8};
  MixOptions cutmix = {0, 1};
  PasteOptions copy_paste = {};
  MultiScaleOptions multi_scale = {};
  EraseOptions erase = {};
  Variation brightness = {1, 0.2};  // factor 1 - amount .. 1 + amount
  Variation contrast = {1, 0.2};    // the same, around the mean grey
  Variation saturation = {1, 0.2};  // the same, around each pixel's grey
  Variation hue = {0, 10};          // degrees
  double grey = 0;                  // probability: no colours
  Variation blur = {0, 2};          // standard deviation in pixels, up to
  Variation noise = {0, 20};        // standard deviation in grey levels, up to
  AugmentPolicy policy = AugmentPolicy::none;
  int64_t policy_count = 2;      // of `rand`: changes one after the other
  double policy_strength = 0.3;  // of `rand`: 0 to 1
  double min_visible = 0.25;     // of a box, for the object to count; less becomes a crowd region
  bool antialias = true;         // average blocks of pixels where a picture shrinks by 2 or more
};
AugmentOptions no_augmentation();

/// Whether masks of objects change what is shown or where objects are: where boxes are turned, and
/// where parts of objects are covered or cut out.
bool uses_masks(const AugmentOptions& options);

/// What of `options` varies pictures, each thing alone and always, with its name in a recipe.
struct NamedAugmentation {
  std::string name;
  AugmentOptions options;
};
std::vector<NamedAugmentation> each_alone(const AugmentOptions& options);

void fields(OptionList& field, AugmentOptions& o);

}  // namespace fovea
