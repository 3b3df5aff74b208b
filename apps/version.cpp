#include "version.h"

#include "fovea_commit.h"

namespace fovea {

std::string version() {
  return FOVEA_VERSION " (" FOVEA_COMMIT ")";
}

std::string version_text(std::string_view program, std::string_view more) {
  std::string text(program);
  text += " " FOVEA_VERSION "\ncommit " FOVEA_COMMIT "\n";
  text += more;
  return text += "OpenCV " FOVEA_OPENCV_VERSION "\n";
}

}  // namespace fovea
