// Memory of batches, used again.
#pragma once

#include <cstddef>
#include <memory>

#include "fovea/image/pixel_buffer.h"

namespace fovea {

/// Blocks that come back when their last holder lets go are handed out again, so that in a steady
/// run no memory is asked of the system. It keeps as many as were held at once. Any thread may use
/// it; blocks may outlive it.
class BlockPool {
 public:
  BlockPool();
  PixelBlock take(size_t size);

 private:
  struct Free;
  std::shared_ptr<Free> free_;
};

}  // namespace fovea
