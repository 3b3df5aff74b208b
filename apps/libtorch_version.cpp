#include <torch/version.h>

#include "commands.h"

namespace fovea {

extern "C" const char* fovea_libtorch_version() {
  return TORCH_VERSION;
}

}  // namespace fovea
