// Memory that a GPU copies from by itself.
#pragma once

#include "fovea/image/pixel_buffer.h"

namespace fovea {

/// Page-locked blocks of LibTorch's caching allocator: a block that goes is given out again once
/// the copies from it are done. c10::Error without a GPU.
BlockSource pinned_blocks();

}  // namespace fovea
