#include "fovea/models/options.h"

namespace fovea {

void fields(OptionList& field, ModelOptions& o) {
  using Norm = ModelOptions::Norm;
  using Words = std::vector<std::string>;
  field("name", o.name, Words{"fcos"}, "kind of detector");
  field("backbone", o.backbone, Words{"resnet18", "resnet34", "resnet50"}, "network it stands on");
  field("width", o.width, between(0.0625, 4), "of the backbone, times its usual channels");
  field("size", o.size, between(32, 8192), "of the input: images are fitted into it");
  field("fpn_channels", o.fpn_channels, between(8, 2048), "channels of the feature pyramid");
  field("levels", o.levels, between(3, 5),
        "of the feature pyramid: 3 for strides 8 to 32, 5 for strides 8 to 128");
  field("head_convs", o.head_convs, between(0, 8), "convolutions in each tower of the head");
  field("backbone_norm", o.backbone_norm,
        {{"group", Norm::group}, {"batch", Norm::batch}, {"frozen", Norm::frozen}},
        "normalisation in the backbone; frozen keeps the statistics of the weights it starts from");
  field("weights", o.weights, "weights file to start from; none draws them from train.seed");
}

}  // namespace fovea
