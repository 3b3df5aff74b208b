#include "fovea/data/options.h"

namespace fovea {

AugmentOptions no_augmentation() {
  return {.flip = 0,
          .zoom = 0,
          .scale_min = 1,
          .scale_max = 1,
          .aspect = 1,
          .brightness = 0,
          .contrast = 0,
          .saturation = 0};
}

void fields(OptionList& field, SplitOptions& o) {
  field("images", o.images, "folder of its images, in place of a search in data.root");
  field("annotations", o.annotations, "its COCO file, given together with the folder of images");
}

void fields(OptionList& field, DataOptions& o) {
  field("root", o.root, "folder of the data set");
  field("train", o.train.name, "name of the split that is learned from");
  field.group("train", o.train);
  field("val", o.val.name, "name of the split that is evaluated");
  field.group("val", o.val);
  field("allow", o.allow,
        "codes of data errors, as D503, that do not stop training: what has them is passed over");
}

void fields(OptionList& field, AugmentOptions& o) {
  const Range chance = between(0, 1);
  field("flip", o.flip, chance, "probability that left and right change places");
  field("flip_vertical", o.flip_vertical, chance, "probability that top and bottom change places");
  field("transpose", o.transpose, chance, "probability that x and y change places");
  field("zoom", o.zoom, chance, "probability of a random size, proportion and place");
  field("scale_min", o.scale_min, between(0.05, 20), "smallest size, relative to the fitted image");
  field("scale_max", o.scale_max, between(0.05, 20), "largest size, relative to the fitted image");
  field("aspect", o.aspect, between(1, 4), "largest factor by which width : height changes");
  field("rotate", o.rotate, between(0, 180), "largest turn in degrees, either way");
  field("mosaic", o.mosaic, chance, "probability of four images in one");
  field("brightness", o.brightness, chance, "largest change of brightness, as a fraction");
  field("contrast", o.contrast, chance, "largest change of contrast, as a fraction");
  field("saturation", o.saturation, chance, "largest change of saturation, as a fraction");
  field("hue", o.hue, between(0, 180), "largest turn of the colour circle in degrees, either way");
  field("min_visible", o.min_visible, chance,
        "of a box that must remain for its object to count; less becomes a region to ignore");
}

void fields(OptionList& field, LoaderOptions& o) {
  field("workers", o.workers, between(0, 256),
        "threads that read images; 0 reads in between steps");
  field("prefetch", o.prefetch, between(1, 64), "batches made ahead");
  field("cache", o.cache, between(0, 100'000'000),
        "MB of decoded images to keep in memory, a process");
}

}  // namespace fovea
