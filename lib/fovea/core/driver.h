// What the machine has, asked without LibTorch.
#pragma once

#include <cstdint>

namespace fovea {

/// GPUs that the NVIDIA driver offers to this process (CUDA_VISIBLE_DEVICES counts); 0 without a
/// driver. Opens the driver's library at the first call, and nothing else of CUDA.
int64_t gpu_count();

}  // namespace fovea
