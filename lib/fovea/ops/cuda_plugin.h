// The GPU, behind a door that stays shut until it is wanted: libfovea_cuda.so brings LibTorch's
// CUDA libraries (2 GB) into the process, and a run on the CPU never opens it. LibTorch remembers
// its first answer to "is there CUDA?", so these functions come before any such question.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "fovea/core/log.h"

namespace fovea {

/// Where the plugin is looked for: beside the library that holds this function.
std::filesystem::path cuda_plugin_path();

/// Opens the plugin; from the second call on does nothing. Error when it was not built or one of
/// CUDA's libraries is missing.
void load_cuda_plugin();

/// The device for `wanted`, one of auto, cpu and cuda, and makes it the current one; process
/// `local_rank` of this machine gets the GPU of that number. `auto` takes the CPU where there is no
/// GPU, and with a warning where there is one that cannot be used; `cuda` is an Error then. On a
/// GPU TF32 is switched off.
at::Device choose_device(std::string_view wanted, int64_t local_rank, Log& log);

/// What the plugin knows about a GPU.
struct GpuReport {
  std::string name;      // "NVIDIA H100 80GB HBM3"
  std::string versions;  // "CUDA 13.0, cuDNN 9.15.1, NCCL 2.28.9"
  int64_t memory = 0;    // bytes
};

/// `device` must come from choose_device and be a GPU.
GpuReport gpu_report(at::Device device);

/// Entry point of the plugin that fills a report.
using ReportGpu = void(int64_t index, GpuReport* report);
inline constexpr const char* kReportGpu = "fovea_report_gpu";

}  // namespace fovea
