// Which pictures are read, how they are varied, and who reads them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fovea/core/options.h"

namespace fovea {

/// One part of a data set: found by name inside the data set's folder, or named outright.
struct SplitOptions {
  std::string name = {};         // "train", "val"
  std::string images = {};       // folder of the pictures; set together with `annotations`
  std::string annotations = {};  // annotation file
};

struct DataOptions {
  std::string root = {};  // folder of the data set
  SplitOptions train = {.name = "train"};
  SplitOptions val = {.name = "val"};
  std::vector<std::string> allow = {};  // codes of data errors that do not stop training
};

/// How a training picture is varied before it is shown. All that moves pixels ends in one affine
/// map, so they are sampled once. With `no_augmentation()` a picture is fitted as in evaluation.
struct AugmentOptions {
  double flip = 0.5;          // probability: left and right change places
  double flip_vertical = 0;   // probability: top and bottom
  double transpose = 0;       // probability: x and y (quarter turns, together with the flips)
  double zoom = 1;            // probability of a random size, proportion and place
  double scale_min = 0.5;     // size relative to the fitted picture: below 1 leaves room around it,
  double scale_max = 2.0;     // above 1 cuts a part out of it
  double aspect = 1.25;       // width : height changes by up to this factor, either way
  double rotate = 0;          // degrees, either way
  double mosaic = 0;          // probability of four pictures in one
  double brightness = 0.2;    // factor 1 - b .. 1 + b
  double contrast = 0.2;      // factor 1 - c .. 1 + c, around the mean grey
  double saturation = 0.2;    // factor 1 - s .. 1 + s
  double hue = 0;             // degrees, either way
  double min_visible = 0.25;  // of a box, for the object to count; less becomes a crowd region
};
AugmentOptions no_augmentation();

struct LoaderOptions {
  int64_t workers = 2;   // threads; 0: the caller's own
  int64_t prefetch = 2;  // batches made ahead
  int64_t cache = 0;     // MB of decoded pictures to keep in memory
};

void fields(OptionList& field, SplitOptions& o);
void fields(OptionList& field, DataOptions& o);
void fields(OptionList& field, AugmentOptions& o);
void fields(OptionList& field, LoaderOptions& o);

}  // namespace fovea
