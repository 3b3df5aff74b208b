// What a run was made with: env.json of its folder.
#pragma once

#include <string>

#include "fovea/data/vocabulary.h"
#include "fovea/dist/world.h"

namespace fovea {

/// Versions, processor, threads, device, command line, time of the start, and of each data set the
/// file, its checksum and what it holds: JSON.
std::string environment_json(const std::string& arguments, const Dataset& train, const Dataset& val,
                             const World& world);

}  // namespace fovea
