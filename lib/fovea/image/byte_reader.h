// Numbers at offsets of untrusted bytes: an offset beyond the end gives no number, never a crash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace fovea {

enum class ByteOrder { little, big };

class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, ByteOrder order) : bytes_(bytes), order_(order) {}

  std::optional<uint8_t> u8(uint64_t offset) const { return number<uint8_t>(offset); }
  std::optional<uint16_t> u16(uint64_t offset) const { return number<uint16_t>(offset); }
  std::optional<uint32_t> u32(uint64_t offset) const { return number<uint32_t>(offset); }
  /// True when the bytes at `offset` are exactly `text`.
  bool has(uint64_t offset, std::string_view text) const {
    return offset <= size() && text.size() <= size() - offset &&
           std::string_view(reinterpret_cast<const char*>(bytes_.data()) + offset, text.size()) ==
               text;
  }
  /// The bytes from `offset` on, at most `count` of them.
  std::span<const std::byte> slice(uint64_t offset, uint64_t count) const {
    if (offset >= size()) return {};
    const uint64_t rest = size() - offset;
    return bytes_.subspan(offset, count < rest ? count : rest);
  }
  uint64_t size() const { return bytes_.size(); }

 private:
  template <class T>
  std::optional<T> number(uint64_t offset) const {
    if (offset > size() || sizeof(T) > size() - offset) return std::nullopt;
    uint32_t value = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
      const size_t place = order_ == ByteOrder::big ? i : sizeof(T) - 1 - i;
      value = (value << 8) | std::to_integer<uint32_t>(bytes_[offset + place]);
    }
    return static_cast<T>(value);
  }
  std::span<const std::byte> bytes_;
  ByteOrder order_;
};

}  // namespace fovea
