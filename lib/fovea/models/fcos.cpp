#include "fovea/models/fcos.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>

#include "fovea/models/assign.h"
#include "fovea/models/losses.h"

namespace fovea {
namespace {

NormKind kind_of(ModelOptions::Norm norm) {
  if (norm == ModelOptions::Norm::group) return NormKind::group;
  return norm == ModelOptions::Norm::batch ? NormKind::batch : NormKind::frozen;
}

constexpr ConvOptions kThree{.kernel = 3, .padding = 1, .bias = true};

/// [B,A,H,W] -> [B,H*W,A]; no copy where memory is channels last.
Tensor by_location(const Tensor& map) {
  return map.permute({0, 2, 3, 1}).flatten(1, 2);
}

/// The x, y and stride of every location of a level, [H*W,3]. Sizes are never asked for: a tracer
/// would bake them in, the running sum follows the input.
Tensor locations(const Tensor& map, double stride) {
  const Tensor plane = at::ones_like(map.select(0, 0).select(0, 0)).detach();  // [H,W]
  const Tensor x = (plane.cumsum(1) - 1) * stride;
  const Tensor y = (plane.cumsum(0) - 1) * stride;
  return at::stack({x, y, plane * stride}, 2).flatten(0, 1);
}

}  // namespace

Tower::Tower(int64_t channels, int64_t convolutions, at::Generator& generator) {
  for (int64_t i = 0; i < convolutions; ++i) {
    convs.push_back(std::make_unique<Conv2d>(channels, channels, kThree));
    norms.push_back(std::make_unique<Norm2d>(channels, NormKind::group));
    init_normal(*convs.back(), 0.01, 0, generator);
    child(std::to_string(3 * i), *convs.back());
    child(std::to_string(3 * i + 1), *norms.back());
  }
}

Tensor Tower::forward(const Tensor& x) const {
  Tensor y = x;
  for (size_t i = 0; i < convs.size(); ++i) {
    y = norms[i]->forward(convs[i]->forward(y));
    at::relu_(y);
  }
  return y;
}

FcosClassificationHead::FcosClassificationHead(const ModelOptions& o, int64_t classes,
                                               at::Generator& generator)
    : conv(o.fpn_channels, o.head_convs, generator), cls_logits(o.fpn_channels, classes, kThree) {
  child("conv", conv);
  child("cls_logits", cls_logits);
  constexpr double kPrior = 0.01;  // Lin et al. 2017, 4.1: at first everything is background
  init_normal(cls_logits, 0.01, -std::log((1 - kPrior) / kPrior), generator);
}

FcosRegressionHead::FcosRegressionHead(const ModelOptions& o, at::Generator& generator)
    : conv(o.fpn_channels, o.head_convs, generator),
      bbox_reg(o.fpn_channels, 4, kThree),
      bbox_ctrness(o.fpn_channels, 1, kThree) {
  child("conv", conv);
  child("bbox_reg", bbox_reg);
  child("bbox_ctrness", bbox_ctrness);
  init_normal(bbox_reg, 0.01, 0, generator);
  init_normal(bbox_ctrness, 0.01, 0, generator);
}

FcosHead::FcosHead(const ModelOptions& o, int64_t classes, at::Generator& generator)
    : classification_head(o, classes, generator), regression_head(o, generator) {
  child("classification_head", classification_head);
  child("regression_head", regression_head);
}

BackboneWithFpn::BackboneWithFpn(const ModelOptions& o, at::Generator& generator)
    : body(resnet_variant(o.backbone), o.width, kind_of(o.backbone_norm), generator) {
  child("body", body);
  const auto c = body.channels();
  fpn = std::make_unique<FeaturePyramid>(std::vector<int64_t>{c[1], c[2], c[3]}, o.fpn_channels,
                                         o.levels, generator);
  child("fpn", *fpn);
}

std::vector<Tensor> BackboneWithFpn::forward(const Tensor& x) const {
  std::vector<Tensor> stages = body.forward(x);
  stages.erase(stages.begin());  // C2 is too fine
  return fpn->forward(stages);
}

Normalize::Normalize() {
  mean = at::tensor({0.485, 0.456, 0.406}, at::kFloat).view({1, 3, 1, 1});
  deviation = at::tensor({0.229, 0.224, 0.225}, at::kFloat).view({1, 3, 1, 1});
  buffer("mean", mean);
  buffer("deviation", deviation);
}

Tensor Normalize::forward(const Tensor& images) const {
  return images.to(at::kFloat).div_(255).sub_(mean).div_(deviation);
}

Fcos::Fcos(const ModelOptions& o, int64_t classes, at::Generator& generator)
    : backbone(o, generator), head(o, classes, generator), classes_(classes), levels_(o.levels) {
  child("normalize", normalize);
  child("backbone", backbone);
  child("head", head);
}

Outputs Fcos::forward(const Tensor& images) const {
  const std::vector<Tensor> pyramid = backbone.forward(normalize.forward(images));
  std::vector<Tensor> logits, regressions, centreness, places;
  double stride = 8;
  for (const Tensor& level : pyramid) {
    const Tensor a = head.classification_head.conv.forward(level);
    const Tensor b = head.regression_head.conv.forward(level);
    logits.push_back(by_location(head.classification_head.cls_logits.forward(a)));
    regressions.push_back(by_location(at::relu(head.regression_head.bbox_reg.forward(b))));
    centreness.push_back(by_location(head.regression_head.bbox_ctrness.forward(b)));
    places.push_back(locations(level, stride));
    stride *= 2;
  }
  return {{"cls_logits", at::cat(logits, 1)},
          {"bbox_regression", at::cat(regressions, 1)},
          {"bbox_ctrness", at::cat(centreness, 1)},
          {"locations", at::cat(places, 0)}};
}

Candidates Fcos::decode(const Outputs& outputs) const {
  const Tensor distances = output(outputs, "bbox_regression").to(at::kFloat);
  const Tensor places = output(outputs, "locations").to(at::kFloat);
  const Tensor points = places.slice(1, 0, 2);             // [L,2]
  const Tensor reach = distances * places.slice(1, 2, 3);  // [B,L,4] pixels
  const Tensor boxes = at::cat({points - reach.slice(2, 0, 2), points + reach.slice(2, 2, 4)}, 2);
  const Tensor scores = (at::sigmoid(output(outputs, "cls_logits").to(at::kFloat)) *
                         at::sigmoid(output(outputs, "bbox_ctrness").to(at::kFloat)))
                            .sqrt();  // [B,L,C]
  return {boxes, scores};
}

namespace {

/// What the locations of a batch should say, ready for the device: P positives over all images.
struct Targets {
  Tensor positives;   // [P] int64 indices into B*L locations
  Tensor classes;     // [P] int64 indices into B*L*C logits
  Tensor ignored;     // [I] int64 indices into B*L locations
  Tensor boxes;       // [P,4] left, top, right, bottom
  Tensor points;      // [P,3] x, y, stride
  Tensor centreness;  // [P], equation 3 of the paper
};

/// sqrt(min(l,r) / max(l,r) * min(t,b) / max(t,b)).
float centreness_of(const Positive& p) {
  const float left = p.point[0] - p.box[0], right = p.box[2] - p.point[0];
  const float top = p.point[1] - p.box[1], bottom = p.box[3] - p.point[1];
  return std::sqrt(std::min(left, right) / std::max(left, right) * std::min(top, bottom) /
                   std::max(top, bottom));
}

Tensor numbers(const std::vector<float>& values, int64_t columns, at::Device device) {
  return at::tensor(values, at::kFloat).view({-1, columns}).to(device, /*non_blocking=*/true);
}

Tensor indices(const std::vector<int64_t>& values, at::Device device) {
  return at::tensor(values, at::kLong).to(device, /*non_blocking=*/true);
}

Targets make_targets(const Batch& batch, int64_t levels, int64_t classes, at::Device device) {
  const auto pyramid = pyramid_levels(batch.images.size(2), batch.images.size(3), levels);
  int64_t count = 0;
  for (const PyramidLevel& level : pyramid) count += level.height * level.width;
  std::vector<int64_t> positives, class_places, ignored;
  std::vector<float> boxes, points, centreness;
  for (size_t b = 0; b < batch.instances.size(); ++b) {
    const Assignment found = assign(batch.instances[b], pyramid);
    const int64_t first = static_cast<int64_t>(b) * count;
    for (const int64_t location : found.ignored) ignored.push_back(first + location);
    for (const Positive& p : found.positives) {
      positives.push_back(first + p.location);
      class_places.push_back((first + p.location) * classes + p.label);
      boxes.insert(boxes.end(), p.box.begin(), p.box.end());
      points.insert(points.end(), {p.point[0], p.point[1], p.stride});
      centreness.push_back(centreness_of(p));
    }
  }
  return {indices(positives, device), indices(class_places, device),
          indices(ignored, device),   numbers(boxes, 4, device),
          numbers(points, 3, device), numbers(centreness, 1, device)};
}

}  // namespace

Losses Fcos::loss(const Outputs& outputs, const Batch& batch, const SumOverProcesses& sum) const {
  const Tensor logits = output(outputs, "cls_logits").to(at::kFloat);          // [B,L,C]
  const Tensor distances = output(outputs, "bbox_regression").to(at::kFloat);  // [B,L,4]
  const Tensor centreness = output(outputs, "bbox_ctrness").to(at::kFloat);    // [B,L,1]
  const Targets targets = make_targets(batch, levels_, classes_, logits.device());

  Tensor labels = at::zeros_like(logits, at::MemoryFormat::Contiguous);
  labels.view({-1}).index_fill_(0, targets.classes, 1);
  Tensor weights;  // [B,L,1], 0 where a crowd covers
  if (targets.ignored.numel() > 0) {
    weights = at::ones({logits.size(0), logits.size(1), 1}, logits.options());
    weights.view({-1}).index_fill_(0, targets.ignored, 0);
  }
  const Tensor reach = distances.reshape({-1, 4}).index_select(0, targets.positives) *
                       targets.points.slice(1, 2, 3);  // [P,4] pixels
  const Tensor points = targets.points.slice(1, 0, 2);
  const Tensor boxes = at::cat({points - reach.slice(1, 0, 2), points + reach.slice(1, 2, 4)}, 1);
  const Tensor positive_centreness =
      centreness.reshape({-1, 1}).index_select(0, targets.positives);  // [P,1]

  // Mean over the positives of all processes; gradients are averaged over processes later.
  std::vector<double> counts = {static_cast<double>(targets.positives.size(0)), 1.0};
  sum(counts);
  const double scale = counts[1] / std::max(1.0, counts[0]);
  return {
      {{"classification", focal_loss(logits, labels, weights) * scale},
       {"bbox_regression", giou_loss(boxes, targets.boxes) * scale},
       {"bbox_ctrness", at::binary_cross_entropy_with_logits(
                            positive_centreness, targets.centreness, {}, {}, at::Reduction::Sum) *
                            scale}}};
}

double Fcos::lowest_loss(const Batch& batch) const {
  const Targets targets = make_targets(batch, levels_, classes_, at::kCPU);
  if (targets.centreness.numel() == 0) return 0;
  const Tensor c = targets.centreness.to(at::kDouble).clamp(1e-12, 1 - 1e-12);
  return (-(c * c.log() + (1 - c) * (1 - c).log())).mean().item<double>();
}

}  // namespace fovea
