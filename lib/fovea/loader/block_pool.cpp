#include "fovea/loader/block_pool.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace fovea {

struct BlockPool::Free {
  std::mutex mutex = {};
  std::vector<PixelBuffer> buffers = {};

  /// The smallest buffer that is large enough; otherwise the largest goes, for its place to be
  /// taken by a new one.
  PixelBuffer take(size_t size) {
    PixelBuffer taken;
    {
      const std::lock_guard lock(mutex);
      const auto by_capacity = [](const PixelBuffer& a, const PixelBuffer& b) {
        return a.capacity() < b.capacity();
      };
      std::sort(buffers.begin(), buffers.end(), by_capacity);
      const auto fits = std::find_if(buffers.begin(), buffers.end(), [&](const PixelBuffer& one) {
        return one.capacity() >= size;
      });
      if (fits != buffers.end()) {
        taken = std::move(*fits);
        buffers.erase(fits);
      } else if (!buffers.empty()) {
        buffers.pop_back();
      }
    }
    if (taken.capacity() < size) return PixelBuffer(size);
    taken.resize(size);
    return taken;
  }

  void give_back(PixelBuffer buffer) {
    const std::lock_guard lock(mutex);
    buffers.push_back(std::move(buffer));
  }
};

BlockPool::BlockPool() : free_(std::make_shared<Free>()) {}

PixelBlock BlockPool::take(size_t size) {
  auto* buffer = new PixelBuffer(free_->take(size));
  const std::shared_ptr<PixelBuffer> held(buffer, [free = free_](PixelBuffer* done) {
    free->give_back(std::move(*done));
    delete done;
  });
  return {{held, held->data()}, size};
}

}  // namespace fovea
