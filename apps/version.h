// What `--version` prints.
#pragma once

#include <string>
#include <string_view>

namespace fovea {

/// "0.1.0 (commit ...)".
std::string version();

/// "fovea-data 0.1.0", "commit ...", then `more` (lines of other libraries, each with its line end)
/// and "OpenCV ...".
std::string version_text(std::string_view program, std::string_view more = {});

}  // namespace fovea
