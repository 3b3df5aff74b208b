#include "fovea/image/module_library.h"

#include <dlfcn.h>
#include <fmt/core.h>

#include <filesystem>
#include <vector>

#include "fovea/core/error.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

/// Folders of the program and of the file that holds this code, which may be a shared library.
std::vector<fs::path> own_folders() {
  std::vector<fs::path> folders;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) folders.push_back(program.parent_path());
  Dl_info info = {};
  if (dladdr(reinterpret_cast<void*>(&module_symbol), &info) != 0 && info.dli_fname != nullptr) {
    const fs::path file = info.dli_fname;
    if (file.is_absolute()) folders.push_back(file.parent_path());
  }
  return folders;
}

void* open_library(const std::string& library) {
  for (const fs::path& folder : own_folders()) {
    for (const fs::path& place : {folder / "../lib" / library, folder / library}) {
      std::error_code error;
      if (!fs::exists(place, error)) continue;
      if (void* handle = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
      fail(place, "", fmt::format("could not be opened ({})", dlerror()),
           "run scripts/setup.sh, which installs what it needs");
    }
  }
  return dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
}

}  // namespace

void* module_symbol(const std::string& library, const char* symbol) {
  void* handle = open_library(library);
  if (handle == nullptr) {
    fail(fmt::format("{} was not found in ../lib beside the program", library),
         "copy the program together with its lib folder");
  }
  void* address = dlsym(handle, symbol);
  if (address == nullptr) {
    fail(library, "", fmt::format("has no `{}`: it belongs to another version", symbol),
         "copy the program together with its lib folder");
  }
  return address;
}

}  // namespace fovea
