#include "fovea/nn/module.h"

#include <ATen/core/grad_mode.h>

namespace fovea {
namespace {

void collect(const Module& module, const std::string& prefix, std::vector<NamedTensor>& found) {
  for (const Module::Own& own : module.own_tensors()) {
    found.push_back({prefix + own.name, own.tensor, own.is_buffer});
  }
  for (const auto& [name, child] : module.children()) collect(*child, prefix + name + ".", found);
}

}  // namespace

std::vector<NamedTensor> Module::named_tensors() const {
  std::vector<NamedTensor> found;
  collect(*this, "", found);
  return found;
}

std::vector<NamedTensor> Module::named_parameters() const {
  std::vector<NamedTensor> found = named_tensors();
  std::erase_if(found, [](const NamedTensor& entry) { return entry.is_buffer; });
  return found;
}

std::vector<Tensor> Module::parameters() const {
  std::vector<Tensor> found;
  for (const NamedTensor& entry : named_parameters()) found.push_back(*entry.tensor);
  return found;
}

void Module::train(bool on) {
  training_ = on;
  for (const auto& [name, child] : children_) child->train(on);
}

void Module::parameter(std::string name, Tensor& member) {
  member.requires_grad_(true);
  own_.push_back({std::move(name), &member, false});
}

void Module::buffer(std::string name, Tensor& member) {
  own_.push_back({std::move(name), &member, true});
}

void Module::child(std::string name, Module& member) {
  children_.emplace_back(std::move(name), &member);
}

int64_t parameter_count(const Module& module) {
  int64_t count = 0;
  for (const NamedTensor& entry : module.named_parameters()) count += entry.tensor->numel();
  return count;
}

void move_to(Module& module, at::Device device) {
  const at::NoGradGuard no_gradients;
  for (const NamedTensor& entry : module.named_tensors()) {
    const bool trained = entry.tensor->requires_grad();
    Tensor moved = entry.tensor->detach().to(device);
    if (moved.dim() == 4) moved = moved.contiguous(at::MemoryFormat::ChannelsLast);
    *entry.tensor = moved.requires_grad_(trained);
  }
}

EvalScope::EvalScope(Module& module)
    : module_(module),
      was_training_(module.is_training()),
      had_gradients_(at::GradMode::is_enabled()) {
  module_.eval();
  at::GradMode::set_enabled(false);
}

EvalScope::~EvalScope() {
  module_.train(was_training_);
  at::GradMode::set_enabled(had_gradients_);
}

}  // namespace fovea
