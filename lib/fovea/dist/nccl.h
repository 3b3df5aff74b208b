// The entry point of the CUDA plugin that dist/ uses. It is looked up by name among the libraries
// that the process has opened, so that nothing here links CUDA.
#pragma once

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <cstdint>

namespace fovea {

struct NcclPlace {
  int64_t rank = 0;
  int64_t size = 1;
  c10::Device device = c10::Device(c10::kCUDA, 0);
  std::chrono::milliseconds timeout = {};
};

/// Makes *backend an NCCL backend that is connected. Throws as LibTorch does.
using MakeNccl = void(const c10::intrusive_ptr<c10d::Store>& store, const NcclPlace& place,
                      c10::intrusive_ptr<c10d::Backend>* backend);
inline constexpr const char* kMakeNccl = "fovea_make_nccl";

}  // namespace fovea
