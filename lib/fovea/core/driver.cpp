#include "fovea/core/driver.h"

#include <dlfcn.h>

namespace fovea {
namespace {

int64_t ask_driver() {
  void* const driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);  // stays open: it has threads
  if (driver == nullptr) return 0;
  auto* const init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  auto* const count = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDeviceGetCount"));
  int devices = 0;
  if (init == nullptr || count == nullptr || init(0) != 0 || count(&devices) != 0) return 0;
  return devices;
}

}  // namespace

int64_t gpu_count() {
  static const int64_t count = ask_driver();
  return count;
}

}  // namespace fovea
