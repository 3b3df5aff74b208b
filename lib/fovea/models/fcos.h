// FCOS (Tian et al. 2019) on ResNet and FPN, in torchvision's parameter names.
#pragma once

#include <memory>

#include "fovea/models/model.h"
#include "fovea/nn/fpn.h"
#include "fovea/nn/resnet.h"

namespace fovea {

/// A tower of 3x3 convolutions, group norm and ReLU, numbered as torchvision's Sequential is:
/// [B,C,H,W] -> the same. All levels of the pyramid pass through it, each with statistics of its
/// own; a batch norm's running ones would belong to none of them.
struct Tower : Module {
  Tower(int64_t channels, int64_t convolutions, at::Generator& generator);
  Tensor forward(const Tensor& x) const;
  std::vector<std::unique_ptr<Conv2d>> convs;
  std::vector<std::unique_ptr<Norm2d>> norms;
};

struct FcosClassificationHead : Module {
  FcosClassificationHead(const ModelOptions& options, int64_t classes, at::Generator& generator);
  Tower conv;
  Conv2d cls_logits;
};

struct FcosRegressionHead : Module {
  FcosRegressionHead(const ModelOptions& options, at::Generator& generator);
  Tower conv;
  Conv2d bbox_reg;
  Conv2d bbox_ctrness;
};

struct FcosHead : Module {
  FcosHead(const ModelOptions& options, int64_t classes, at::Generator& generator);
  FcosClassificationHead classification_head;
  FcosRegressionHead regression_head;
};

struct BackboneWithFpn : Module {
  BackboneWithFpn(const ModelOptions& options, at::Generator& generator);
  std::vector<Tensor> forward(const Tensor& x) const;  ///< P3 and up
  ResNet body;
  std::unique_ptr<FeaturePyramid> fpn;
};

/// Turns uint8 pixels into what torchvision's networks expect: (x / 255 - mean) / deviation.
struct Normalize : Module {
  Normalize();
  Tensor forward(const Tensor& images) const;  ///< [B,3,H,W] uint8 -> float
  Tensor mean;                                 // [1,3,1,1], of pixels in [0, 1]
  Tensor deviation;                            // [1,3,1,1]
};

/// Outputs: "cls_logits" [B,L,C], "bbox_regression" [B,L,4] distances to left, top, right, bottom
/// in strides, "bbox_ctrness" [B,L,1] logits, "locations" [L,3] x, y, stride in input pixels.
class Fcos final : public Model {
 public:
  Fcos(const ModelOptions& options, int64_t classes, at::Generator& generator);
  Outputs forward(const Tensor& images) const override;
  Losses loss(const Outputs& outputs, const Batch& batch,
              const SumOverProcesses& sum) const override;
  double lowest_loss(const Batch& batch) const override;
  Candidates decode(const Outputs& outputs) const override;
  int64_t size_divisor() const override { return 32; }

  Normalize normalize;
  BackboneWithFpn backbone;
  FcosHead head;

 private:
  int64_t classes_;
  int64_t levels_;
};

}  // namespace fovea
