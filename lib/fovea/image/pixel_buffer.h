// Bytes of pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
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

}  // namespace fovea
