#include "fovea/augment/options.h"

#include <utility>

namespace fovea {
namespace {

const Range kChance = between(0, 1);

void add_moves(OptionList& field, AugmentOptions& o) {
  field("flip", o.flip, kChance, "probability that left and right change places");
  field("flip_vertical", o.flip_vertical, kChance, "probability that top and bottom do");
  field("transpose", o.transpose, kChance, "probability that x and y do: quarter turns");
  field("zoom.p", o.zoom.p, kChance, "probability of a random size, proportion and place");
  field("zoom.min", o.zoom.min, between(0.05, 20), "smallest size, relative to the fitted image");
  field("zoom.max", o.zoom.max, between(0.05, 20), "largest size, relative to the fitted image");
  field("zoom.aspect", o.zoom.aspect, between(1, 4), "factor by which width : height changes");
  field("crop.p", o.crop.p, kChance, "probability that a random part fills the sample");
  field("crop.min", o.crop.min, between(0.001, 1), "smallest part, as a share of the area");
  field("crop.max", o.crop.max, between(0.001, 1), "largest part, as a share of the area");
  field("crop.aspect", o.crop.aspect, between(1, 4), "largest width : height, or its inverse");
  field("rotate.p", o.rotate.p, kChance, "probability of a turn");
  field("rotate.degrees", o.rotate.amount, between(0, 180), "largest turn, either way");
  field("shear.p", o.shear.p, kChance, "probability of a slant");
  field("shear.degrees", o.shear.amount, between(0, 60), "largest slant of each axis");
  field("perspective.p", o.perspective.p, kChance, "probability of a view from the side");
  field("perspective.amount", o.perspective.amount, between(0, 0.45),
        "share by which sizes change from the middle to an edge");
}

void add_mixes(OptionList& field, AugmentOptions& o) {
  field("mosaic.p", o.mosaic.p, kChance, "probability of four images in one");
  field("mosaic.near", o.mosaic.near, between(0, 1'000'000),
        "samples before and after from which the others are taken; 0: from all");
  field("mixup.p", o.mixup.p, kChance, "probability that a second sample shines through");
  field("mixup.alpha", o.mixup.alpha, between(0.05, 100), "its share is from Beta(alpha, alpha)");
  field("cutmix.p", o.cutmix.p, kChance, "probability that a rectangle is of a second sample");
  field("cutmix.alpha", o.cutmix.alpha, between(0.05, 100), "its area is from Beta(alpha, alpha)");
  field("copy_paste.p", o.copy_paste.p, kChance,
        "probability that objects with masks of another image are laid over");
  field("copy_paste.most", o.copy_paste.most, between(1, 1000), "objects at most");
  field("multi_scale.min", o.multi_scale.min, between(0.1, 4),
        "smallest samples of a step, relative to the recipe's");
  field("multi_scale.max", o.multi_scale.max, between(0.1, 4), "largest samples of a step");
  field("erase.p", o.erase.p, kChance, "probability that rectangles become noise");
  field("erase.count", o.erase.count, between(1, 100), "rectangles");
  field("erase.min", o.erase.min, between(0.0001, 1), "smallest, as a share of the area");
  field("erase.max", o.erase.max, between(0.0001, 1), "largest, as a share of the area");
}

void add_colours(OptionList& field, AugmentOptions& o) {
  field("brightness.p", o.brightness.p, kChance, "probability of other brightness");
  field("brightness.amount", o.brightness.amount, kChance, "largest change, as a fraction");
  field("contrast.p", o.contrast.p, kChance, "probability of other contrast");
  field("contrast.amount", o.contrast.amount, kChance, "largest change, as a fraction");
  field("saturation.p", o.saturation.p, kChance, "probability of other saturation");
  field("saturation.amount", o.saturation.amount, kChance, "largest change, as a fraction");
  field("hue.p", o.hue.p, kChance, "probability of other hues");
  field("hue.degrees", o.hue.amount, between(0, 180), "largest turn of the colour circle");
  field("grey", o.grey, kChance, "probability of no colours");
  field("blur.p", o.blur.p, kChance, "probability of a Gaussian blur");
  field("blur.sigma", o.blur.amount, between(0.1, 20), "largest standard deviation in pixels");
  field("noise.p", o.noise.p, kChance, "probability of Gaussian noise");
  field("noise.sigma", o.noise.amount, between(0, 128), "largest standard deviation in levels");
}

}  // namespace

AugmentOptions no_augmentation() {
  AugmentOptions none;
  none.flip = 0;
  none.zoom.p = 0;
  none.brightness.p = none.contrast.p = none.saturation.p = 0;
  return none;
}

bool uses_masks(const AugmentOptions& o) {
  return o.rotate.p > 0 || o.shear.p > 0 || o.perspective.p > 0 || o.cutmix.p > 0 ||
         o.copy_paste.p > 0 || o.policy != AugmentPolicy::none;
}

std::vector<NamedAugmentation> each_alone(const AugmentOptions& o) {
  std::vector<NamedAugmentation> all;
  const auto add = [&](const char* name, double p, const auto& take) {
    if (p <= 0) return;
    NamedAugmentation one = {name, no_augmentation()};
    one.options.antialias = o.antialias;
    one.options.min_visible = o.min_visible;
    take(one.options);
    all.push_back(std::move(one));
  };
  // A group of options as it is, with probability 1.
  const auto add_group = [&](const char* name, auto AugmentOptions::*group) {
    add(name, (o.*group).p, [&](AugmentOptions& alone) {
      alone.*group = o.*group;
      (alone.*group).p = 1;
    });
  };
  const auto add_chance = [&](const char* name, double AugmentOptions::*chance) {
    add(name, o.*chance, [&](AugmentOptions& alone) { alone.*chance = 1; });
  };
  add_chance("flip", &AugmentOptions::flip);
  add_chance("flip_vertical", &AugmentOptions::flip_vertical);
  add_chance("transpose", &AugmentOptions::transpose);
  add_group("zoom", &AugmentOptions::zoom);
  add_group("crop", &AugmentOptions::crop);
  add_group("rotate", &AugmentOptions::rotate);
  add_group("shear", &AugmentOptions::shear);
  add_group("perspective", &AugmentOptions::perspective);
  add_group("mosaic", &AugmentOptions::mosaic);
  add_group("mixup", &AugmentOptions::mixup);
  add_group("cutmix", &AugmentOptions::cutmix);
  add_group("copy_paste", &AugmentOptions::copy_paste);
  add_group("erase", &AugmentOptions::erase);
  add_group("brightness", &AugmentOptions::brightness);
  add_group("contrast", &AugmentOptions::contrast);
  add_group("saturation", &AugmentOptions::saturation);
  add_group("hue", &AugmentOptions::hue);
  add_chance("grey", &AugmentOptions::grey);
  add_group("blur", &AugmentOptions::blur);
  add_group("noise", &AugmentOptions::noise);
  add("policy", o.policy == AugmentPolicy::none ? 0 : 1, [&](AugmentOptions& alone) {
    alone.policy = o.policy;
    alone.policy_count = o.policy_count;
    alone.policy_strength = o.policy_strength;
  });
  return all;
}

void fields(OptionList& field, AugmentOptions& o) {
  add_moves(field, o);
  add_mixes(field, o);
  add_colours(field, o);
  field("policy", o.policy,
        {{"none", AugmentPolicy::none},
         {"rand", AugmentPolicy::rand},
         {"trivial", AugmentPolicy::trivial}},
        "random changes from a list: RandAugment's or TrivialAugment's");
  field("policy_count", o.policy_count, between(1, 14), "changes that `rand` makes");
  field("policy_strength", o.policy_strength, kChance, "of the changes that `rand` makes");
  field("min_visible", o.min_visible, kChance,
        "of a box that must remain for its object to count; less becomes a region to ignore");
  field("antialias", o.antialias, "average blocks of pixels where an image shrinks by 2 or more");
}

}  // namespace fovea
