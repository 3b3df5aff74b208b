#include "fovea/train/optimizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

namespace fovea {
namespace {

constexpr double kEpsilon = 1e-8;

}  // namespace

Optimizer::Optimizer(const std::vector<NamedTensor>& parameters, const OptimizerOptions& options)
    : options_(options), groups_(2) {
  groups_[0].weight_decay = options.weight_decay;
  for (const NamedTensor& entry : parameters) {
    const Tensor& parameter = *entry.tensor;
    Group& group = groups_[parameter.dim() > 1 ? 0 : 1];  // norms and biases do not decay
    const Tensor like = parameter.detach();
    group.names.push_back(entry.name);
    group.parameters.push_back(parameter);
    group.first_moments.push_back(at::zeros_like(like));
    if (options.kind == OptimizerOptions::Kind::adamw) {
      group.second_moments.push_back(at::zeros_like(like));
    }
    group.steps.push_back(at::zeros({}, like.options().dtype(at::kFloat)));
  }
}

void Optimizer::step(double learning_rate, const Tensor& loss) {
  const at::NoGradGuard no_gradients;
  std::vector<Tensor> gradients;
  for (const Group& group : groups_) {
    for (const Tensor& parameter : group.parameters) {
      if (parameter.grad().defined()) gradients.push_back(parameter.grad());
    }
  }
  norm_ = at::stack(at::_foreach_norm(gradients)).norm();
  skipped_ = at::isfinite(norm_ + loss.detach()).logical_not().to(at::kFloat);
  const Tensor divisor = options_.max_gradient_norm > 0
                             ? (norm_ / options_.max_gradient_norm).clamp_min(1)
                             : at::ones({}, norm_.options());
  for (Group& group : groups_) step_group(group, learning_rate, divisor);
}

void Optimizer::step_group(Group& group, double learning_rate, const Tensor& divisor) {
  std::vector<Tensor> parameters, gradients, first, second, steps;
  for (size_t i = 0; i < group.parameters.size(); ++i) {
    if (!group.parameters[i].grad().defined()) continue;
    parameters.push_back(group.parameters[i]);
    gradients.push_back(group.parameters[i].grad());
    first.push_back(group.first_moments[i]);
    if (!group.second_moments.empty()) second.push_back(group.second_moments[i]);
    steps.push_back(group.steps[i]);
  }
  if (parameters.empty()) return;
  at::_foreach_add_(steps, 1 - skipped_);
  if (options_.kind == OptimizerOptions::Kind::adamw) {
    at::_fused_adamw_(parameters, gradients, first, second, /*max_exp_avg_sqs=*/{}, steps,
                      learning_rate, options_.momentum, options_.beta2, group.weight_decay,
                      kEpsilon, /*amsgrad=*/false, /*maximize=*/false, divisor, skipped_);
  } else {
    if (options_.momentum == 0) first.clear();  // the kernel insists
    // A zero momentum buffer makes the first step what torch's "first step" flag makes it.
    at::_fused_sgd_(parameters, gradients, first, group.weight_decay, options_.momentum,
                    learning_rate, /*dampening=*/0, /*nesterov=*/options_.momentum > 0,
                    /*maximize=*/false, /*is_first_step=*/false, divisor, skipped_);
  }
}

std::vector<std::pair<std::string, Tensor>> Optimizer::state() const {
  std::vector<std::pair<std::string, Tensor>> entries;
  for (const Group& group : groups_) {
    for (size_t i = 0; i < group.names.size(); ++i) {
      entries.emplace_back(group.names[i] + ".first_moment", group.first_moments[i]);
      if (!group.second_moments.empty()) {
        entries.emplace_back(group.names[i] + ".second_moment", group.second_moments[i]);
      }
      entries.emplace_back(group.names[i] + ".steps", group.steps[i]);
    }
  }
  return entries;
}

}  // namespace fovea
