#include "fovea/ops/cuda_plugin.h"

#include <ATen/Context.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include "fovea/core/driver.h"
#include "fovea/core/error.h"

namespace fovea {
namespace {

constexpr const char* kPlugin = "libfovea_cuda.so";
constexpr const char* kUseCpu = "use device=cpu";

void* open_plugin() {
  const std::filesystem::path path = cuda_plugin_path();
  if (!std::filesystem::exists(path)) {
    fail(path, "", "the CUDA plugin was not built",
         fmt::format("build Fovea where a CUDA toolkit is installed, or {}", kUseCpu));
  }
  // Global, so that dist/ finds its entry point and CUDA's libraries find each other.
  void* const plugin = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (plugin == nullptr) {
    fail(path, "", fmt::format("the CUDA plugin does not open ({})", dlerror()),
         fmt::format("put the folder of the missing library into LD_LIBRARY_PATH, or {}", kUseCpu));
  }
  return plugin;
}

void* plugin() {
  static void* const opened = open_plugin();  // a failed try is repeated at the next call
  return opened;
}

/// Why a GPU cannot be used, empty when it can.
std::string obstacle() {
  if (gpu_count() == 0) return fmt::format("the NVIDIA driver offers no GPU; {}", kUseCpu);
  try {
    load_cuda_plugin();
  } catch (const Error& error) {
    return error.what();
  }
  if (!at::hasCUDA() || at::getNumGPUs() == 0) {
    return fmt::format(
        "LibTorch cannot use the GPU that the driver offers; update the NVIDIA "
        "driver, or {}",
        kUseCpu);
  }
  return {};
}

}  // namespace

std::filesystem::path cuda_plugin_path() {
  Dl_info library = {};
  if (dladdr(reinterpret_cast<const void*>(&cuda_plugin_path), &library) == 0) return kPlugin;
  return std::filesystem::path(library.dli_fname).parent_path() / kPlugin;
}

void load_cuda_plugin() {
  plugin();
}

at::Device choose_device(std::string_view wanted, int64_t local_rank, Log& log) {
  if (wanted == "cpu") return at::kCPU;
  if (wanted != "auto" && wanted != "cuda") {
    fail(fmt::format("device is `{}`", wanted), "choose auto, cpu or cuda");
  }
  if (wanted == "auto" && gpu_count() == 0) return at::kCPU;
  const std::string problem = obstacle();
  if (!problem.empty()) {
    if (wanted == "cuda") throw Error("device=cuda: " + problem);
    log.warning("running on the CPU: " + problem);
    return at::kCPU;
  }
  const auto count = static_cast<int64_t>(at::getNumGPUs());
  if (local_rank >= count) {
    fail(fmt::format("process {} has no GPU of its own: this machine offers {}", local_rank + 1,
                     count),
         fmt::format("use --gpus {}, or device=cpu", count));
  }
  const at::Device device(at::kCUDA, static_cast<at::DeviceIndex>(local_rank));
  at::globalContext().lazyInitDevice(at::kCUDA);  // before anyone asks it about its memory
  c10::impl::getDeviceGuardImpl(at::kCUDA)->setDevice(device);
  // float32 means float32, so that the figures of a model do not depend on the device.
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  return device;
}

GpuReport gpu_report(at::Device device) {
  auto* const report_gpu = reinterpret_cast<ReportGpu*>(dlsym(plugin(), kReportGpu));
  TORCH_CHECK(report_gpu != nullptr, "the CUDA plugin lacks ", kReportGpu);
  GpuReport report;
  report_gpu(device.index(), &report);
  return report;
}

}  // namespace fovea
