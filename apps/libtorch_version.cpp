#include <torch/version.h>

#include "commands.h"

namespace fovea {

extern "C" const char* fovea_libtorch_version() {
  return "LibTorch " TORCH_VERSION "\n";
}

}  // namespace fovea
