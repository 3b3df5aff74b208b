#include "part.h"

#include <dlfcn.h>
#include <fmt/core.h>

#include "console.h"
#include "fovea/core/error.h"

namespace fovea {

namespace fs = std::filesystem;

fs::path program_folder() {
  return fs::read_symlink("/proc/self/exe").parent_path();
}

fs::path library_folder() {
  return program_folder() / "../lib";
}

void* function_of(const char* library, const char* name) {
  settle_process();
  void* const opened = dlopen((library_folder() / library).c_str(), RTLD_NOW | RTLD_GLOBAL);
  void* const found = opened == nullptr ? nullptr : dlsym(opened, name);
  if (found == nullptr) {
    fail(
        fmt::format("the part of this program that holds LibTorch cannot be opened: {}", dlerror()),
        "run scripts/build.sh again");
  }
  return found;
}

}  // namespace fovea
