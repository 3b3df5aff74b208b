// Bytes of pixels.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace fovea {

/// Memory that is not set to zero first, because pixels are written anyway, and of which kSlack
/// bytes behind the end may be read: vector instructions take 16 bytes and more at a time.
template <class T>
struct PixelAllocator {
  using value_type = T;
  static constexpr size_t kSlack = 64;

  PixelAllocator() = default;
  template <class U>
  PixelAllocator(const PixelAllocator<U>&) {}

  T* allocate(size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T) + kSlack, std::align_val_t(64)));
  }
  void deallocate(T* memory, size_t) { ::operator delete(memory, std::align_val_t(64)); }
  template <class U>
  void construct(U* place) {
    ::new (static_cast<void*>(place)) U;  // not U(), which would be 0
  }
  template <class U, class... Values>
  void construct(U* place, Values&&... values) {
    ::new (static_cast<void*>(place)) U(static_cast<Values&&>(values)...);
  }
  bool operator==(const PixelAllocator&) const { return true; }
};

using PixelBuffer = std::vector<uint8_t, PixelAllocator<uint8_t>>;

/// Bytes in memory that goes back to where it came from when nobody holds them any more. Copies
/// share them.
class PixelBlock {
 public:
  PixelBlock() = default;
  explicit PixelBlock(PixelBuffer buffer) : size_(buffer.size()) {
    auto kept = std::make_shared<PixelBuffer>(std::move(buffer));
    bytes_ = {kept, kept->data()};
  }
  PixelBlock(std::shared_ptr<uint8_t> bytes, size_t size) : bytes_(std::move(bytes)), size_(size) {}

  uint8_t* data() const { return bytes_.get(); }
  size_t size() const { return size_; }
  uint8_t* begin() const { return data(); }
  uint8_t* end() const { return data() + size_; }
  void shrink(size_t size) { size_ = size; }  ///< to its first bytes
  const uint8_t& operator[](size_t i) const { return data()[i]; }
  bool operator==(const PixelBlock& other) const {
    return std::equal(begin(), end(), other.begin(), other.end());
  }

 private:
  std::shared_ptr<uint8_t> bytes_ = {};
  size_t size_ = 0;
};

/// Where the memory of a block comes from. Any thread may call it.
using BlockSource = std::function<PixelBlock(size_t size)>;

}  // namespace fovea
