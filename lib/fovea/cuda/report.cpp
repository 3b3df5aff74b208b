#include <ATen/cuda/CUDAContext.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <torch/csrc/cuda/nccl.h>

#include "fovea/ops/cuda_plugin.h"

namespace fovea {
namespace {

std::string versions() {
  int runtime = 0;
  cudaRuntimeGetVersion(&runtime);                               // 13000 for 13.0
  const long cudnn = at::detail::getCUDAHooks().versionCuDNN();  // 91501 for 9.15.1
  const uint64_t nccl = torch::cuda::nccl::version();
  return fmt::format("CUDA {}.{}, cuDNN {}.{}.{}, NCCL {}.{}.{}", runtime / 1000,
                     runtime % 1000 / 10, cudnn / 10000, cudnn / 100 % 100, cudnn % 100, nccl >> 32,
                     (nccl >> 16) & 0xFFFF, nccl & 0xFFFF);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) void fovea_report_gpu(int64_t index,
                                                                        GpuReport* report) {
  static_assert(std::is_same_v<decltype(fovea_report_gpu), ReportGpu>);
  const auto device = static_cast<c10::DeviceIndex>(index);
  const cudaDeviceProp* const properties = at::cuda::getDeviceProperties(device);
  report->name = properties->name;
  report->versions = versions();
  report->memory = static_cast<int64_t>(properties->totalGlobalMem);
}

}  // namespace fovea
