// What a network is made of.
#pragma once

#include <cstdint>
#include <string>

#include "fovea/core/options.h"

namespace fovea {

struct ModelOptions {
  std::string name = "fcos";
  std::string backbone = "resnet18";
  double width = 1.0;  // of the backbone, times torchvision's channels
  ImageSize size = {320, 320};
  int64_t fpn_channels = 256;
  int64_t levels = 5;  // 3: strides 8 to 32; 5: strides 8 to 128
  int64_t head_convs = 4;
  enum class Norm { group, batch, frozen };
  Norm backbone_norm = Norm::batch;
  std::string weights = {};  // file to start from
};

void fields(OptionList& field, ModelOptions& o);

}  // namespace fovea
