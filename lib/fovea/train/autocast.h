// bf16 arithmetic while a scope lives.
#pragma once

#include <ATen/core/Tensor.h>

#include "fovea/train/options.h"

namespace fovea {

/// Matrix products and convolutions of this thread run in bfloat16 on `device` while this lives
/// (when `on`); what needs range stays float32. Backward is called outside.
class AutocastScope {
 public:
  AutocastScope(at::Device device, bool on);
  AutocastScope(const AutocastScope&) = delete;
  ~AutocastScope();

 private:
  at::DeviceType type_;
  bool on_;
  bool was_on_;
};

/// What a precision means on a device.
bool use_bf16(TrainOptions::Precision precision, at::Device device);

}  // namespace fovea
