// What lies beside the pictures of a data set.
#pragma once

#include "fovea/data/defects.h"

namespace fovea {

/// Picture files that no image entry of any split names (report.pictures), in the folders in which
/// named ones lie.
void check_folders(CheckReport& report);

}  // namespace fovea
