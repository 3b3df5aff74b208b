#include "fovea/ops/pinned_memory.h"

#include <ATen/ops/empty.h>

#include <memory>

namespace fovea {

BlockSource pinned_blocks() {
  return [](size_t size) {
    const auto options = at::TensorOptions(at::kByte).pinned_memory(true);
    const auto held =
        std::make_shared<at::Tensor>(at::empty({static_cast<int64_t>(size)}, options));
    return PixelBlock({held, held->mutable_data_ptr<uint8_t>()}, size);
  };
}

}  // namespace fovea
