#include "fovea/deploy/archive.h"

#include <fmt/core.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <utility>

#include "fovea/core/error.h"

namespace fovea {
namespace {

// Sizes and signatures of zip's records (PKWARE's APPNOTE.TXT 6.3, sections 4.3.7 to 4.3.16).
constexpr size_t kEndSize = 22;
constexpr size_t kLocatorSize = 20;
constexpr uint64_t kEndMark = 0x06054b50;
constexpr uint64_t kEnd64Mark = 0x06064b50;
constexpr uint64_t kLocatorMark = 0x07064b50;
constexpr uint64_t kCentralMark = 0x02014b50;
constexpr uint64_t kLocalMark = 0x04034b50;
constexpr uint64_t kInZip64 = 0xFFFFFFFF;  // the value stands in a 64-bit field elsewhere

constexpr std::string_view kSealName = "fovea-xxh3-128:";
constexpr size_t kSealSize = kSealName.size() + 32;
constexpr std::string_view kRemedy = "name a file that `fovea export` wrote";
constexpr std::string_view kDamaged = "copy or export it again";

std::string checksum_of(std::string_view bytes) {
  return checksum(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

/// Little-endian numbers of a file; asking beyond its end is an Error.
class Numbers {
 public:
  Numbers(std::string_view bytes, const fs::path& file) : bytes_(bytes), file_(file) {}

  uint64_t at(uint64_t place, size_t size) const {
    uint64_t value = 0;
    std::memcpy(&value, text(place, size).data(), size);
    return value;
  }
  std::string_view text(uint64_t place, uint64_t size) const {
    if (place > bytes_.size() || size > bytes_.size() - place) broken();
    return bytes_.substr(place, size);
  }
  [[noreturn]] void broken() const {
    fail(file_, "", "the table of contents is damaged", kDamaged);
  }

 private:
  std::string_view bytes_;
  const fs::path& file_;
};

/// Where the table of contents lies.
struct Contents {
  uint64_t entries = 0;
  uint64_t place = 0;
};

Contents find_contents(const Numbers& file, uint64_t end) {
  if (file.at(end, 4) != kEndMark) file.broken();
  const Contents plain{.entries = file.at(end + 10, 2), .place = file.at(end + 16, 4)};
  if (plain.entries != 0xFFFF && plain.place != kInZip64) return plain;
  if (end < kLocatorSize || file.at(end - kLocatorSize, 4) != kLocatorMark) file.broken();
  const uint64_t end64 = file.at(end - kLocatorSize + 8, 8);
  if (file.at(end64, 4) != kEnd64Mark) file.broken();
  return {.entries = file.at(end64 + 32, 8), .place = file.at(end64 + 48, 8)};
}

/// One entry, from its record in the table of contents.
struct Listed {
  uint64_t size = 0;   // in the archive
  uint64_t place = 0;  // of its local header
  bool compressed = false;
};

/// Fields of 64 bits stand in the extra block of kind 1, those that are needed and in this order.
Listed listed_at(const Numbers& file, uint64_t record) {
  uint64_t unpacked = file.at(record + 24, 4);
  Listed entry{.size = file.at(record + 20, 4),
               .place = file.at(record + 42, 4),
               .compressed = file.at(record + 10, 2) != 0};
  const uint64_t extra = record + 46 + file.at(record + 28, 2);
  const uint64_t extra_end = extra + file.at(record + 30, 2);
  for (uint64_t block = extra; block + 4 <= extra_end;) {
    uint64_t field = block + 4;
    if (file.at(block, 2) == 1) {
      for (uint64_t* value : {&unpacked, &entry.size, &entry.place}) {
        if (*value != kInZip64) continue;
        *value = file.at(field, 8);
        field += 8;
      }
    }
    block += 4 + file.at(block + 2, 2);
  }
  if (!entry.compressed && unpacked != entry.size) file.broken();
  return entry;
}

std::string_view content_of(const Numbers& file, const Listed& entry) {
  if (file.at(entry.place, 4) != kLocalMark) file.broken();
  const uint64_t names = file.at(entry.place + 26, 2) + file.at(entry.place + 28, 2);
  return file.text(entry.place + 30 + names, entry.size);
}

/// The place of the digits of the seal. Error unless they are there and right.
void check_seal(std::string_view bytes, const fs::path& file) {
  if (!bytes.starts_with("PK")) fail(file, "", "is no model file", kRemedy);
  const bool long_enough = bytes.size() > kEndSize + kSealSize;
  if (!long_enough || bytes.substr(bytes.size() - kSealSize, kSealName.size()) != kSealName) {
    fail(file, "", "is cut short, or is an archive that Fovea did not write", kRemedy);
  }
  const std::string_view digits = bytes.substr(bytes.size() - 32);
  if (checksum_of(bytes.substr(0, bytes.size() - 32)) != digits) {
    fail(file, "", "is damaged: its checksum differs", kDamaged);
  }
}

}  // namespace

void seal(std::string& archive) {
  const size_t end = archive.size() - kEndSize;
  if (archive.size() < kEndSize || !std::string_view(archive).substr(end).starts_with("PK\5\6")) {
    throw std::logic_error("only a zip archive without a comment can be sealed");
  }
  archive[archive.size() - 2] = static_cast<char>(kSealSize);
  archive += kSealName;
  archive += checksum_of(archive);
}

Archive::Archive(const fs::path& file) : file_(file), mapped_(std::in_place, file) {
  find_entries();
}

Archive::Archive(const fs::path& file, std::string bytes) : file_(file), own_(std::move(bytes)) {
  find_entries();
}

void Archive::find_entries() {
  check_seal(bytes(), file_);
  const Numbers numbers(bytes(), file_);
  const Contents contents = find_contents(numbers, bytes().size() - kSealSize - kEndSize);
  uint64_t record = contents.place;
  for (uint64_t i = 0; i < contents.entries; ++i) {
    if (numbers.at(record, 4) != kCentralMark) numbers.broken();
    const uint64_t name_size = numbers.at(record + 28, 2);
    const std::string_view name = numbers.text(record + 46, name_size);
    const Listed listed = listed_at(numbers, record);
    const std::string_view content = content_of(numbers, listed);
    const std::string below_top(name.substr(name.find('/') + 1));
    if (!listed.compressed && !entries_.emplace(below_top, content).second) numbers.broken();
    record += 46 + name_size + numbers.at(record + 30, 2) + numbers.at(record + 32, 2);
  }
}

std::string_view Archive::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    fail(file_, "", fmt::format("has no entry `{}`", name), kRemedy);
  }
  return found->second;
}

}  // namespace fovea
