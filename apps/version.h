// What `--version` prints.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace fovea {

/// "0.1.0 (commit ...)".
std::string version();

/// Of the CUDA toolkit that the plugin in the folder `libraries` was built with, such as "13.0";
/// "none" where no plugin lies.
std::string cuda_version(const std::filesystem::path& libraries);

/// A line each: "fovea-data 0.1.0", then commit, LibTorch, CUDA and OpenCV.
std::string version_text(std::string_view program, std::string_view libtorch = "none",
                         std::string_view cuda = "none");

}  // namespace fovea
