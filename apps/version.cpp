#include "version.h"

#include "fovea_commit.h"

namespace fovea {

std::string version() {
  return FOVEA_VERSION " (" FOVEA_COMMIT ")";
}

std::string cuda_version(const std::filesystem::path& libraries) {
  return std::filesystem::exists(libraries / "libfovea_cuda.so") ? FOVEA_CUDA_VERSION : "none";
}

std::string version_text(std::string_view program, std::string_view libtorch,
                         std::string_view cuda) {
  std::string text(program);
  text += " " FOVEA_VERSION "\ncommit " FOVEA_COMMIT;
  text.append("\nLibTorch ").append(libtorch).append("\nCUDA ").append(cuda);
  return text += "\nOpenCV " FOVEA_OPENCV_VERSION "\n";
}

}  // namespace fovea
