#include "fovea/train/autocast.h"

#include <ATen/autocast_mode.h>

namespace fovea {

AutocastScope::AutocastScope(at::Device device, bool on)
    : type_(device.type()), on_(on), was_on_(at::autocast::is_autocast_enabled(type_)) {
  if (!on_) return;
  at::autocast::set_autocast_enabled(type_, true);
  at::autocast::set_autocast_dtype(type_, at::kBFloat16);
  at::autocast::increment_nesting();
}

AutocastScope::~AutocastScope() {
  if (!on_) return;
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(type_, was_on_);
}

bool use_bf16(TrainOptions::Precision precision, at::Device device) {
  if (precision == TrainOptions::Precision::automatic) return device.is_cuda();
  return precision == TrainOptions::Precision::bf16;
}

}  // namespace fovea
