#include "fovea/curate/text_table.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace fovea {
namespace {

constexpr int64_t kMostColumns = 40;  // of a cell

/// The characters from `first` to `last`.
struct Range {
  uint32_t first;
  uint32_t last;
};

// The blocks of Unicode that matter for names: East Asian Wide and Fullwidth (UAX #11), and
// combining marks.
constexpr std::array<Range, 12> kWide = {{{0x1100, 0x115F},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0x33FF},
                                          {0x3400, 0x4DBF},
                                          {0x4E00, 0x9FFF},
                                          {0xA000, 0xA4CF},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0x1F300, 0x1FAFF},
                                          {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 6> kNoColumn = {{{0x0300, 0x036F},
                                             {0x200B, 0x200F},
                                             {0x1AB0, 0x1AFF},
                                             {0x20D0, 0x20FF},
                                             {0xFE00, 0xFE0F},
                                             {0xFE20, 0xFE2F}}};

template <size_t kCount>
bool is_in(const std::array<Range, kCount>& ranges, uint32_t character) {
  return std::any_of(ranges.begin(), ranges.end(), [character](const Range& range) {
    return character >= range.first && character <= range.last;
  });
}

/// The character at the start of `text` and how many bytes it takes; a byte that begins none is one
/// of its own.
std::pair<uint32_t, size_t> first_character(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  const size_t bytes = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes == 1 || bytes > text.size()) return {lead, 1};
  uint32_t character = lead & (0x7FU >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xC0U) != 0x80) return {lead, 1};
    character = character << 6U | (next & 0x3FU);
  }
  return {character, bytes};
}

int64_t width_of(uint32_t character) {
  return is_in(kWide, character) ? 2 : is_in(kNoColumn, character) ? 0 : 1;
}

}  // namespace

int64_t columns_of(std::string_view text) {
  int64_t columns = 0;
  while (!text.empty()) {
    const auto [character, bytes] = first_character(text);
    columns += width_of(character);
    text.remove_prefix(bytes);
  }
  return columns;
}

std::string shortened(std::string_view text, int64_t most) {
  const bool fits = columns_of(text) <= most;
  std::string kept;
  int64_t room = fits ? most : most - 1;
  while (!text.empty()) {
    const auto [character, bytes] = first_character(text);
    const int64_t width = width_of(character);
    if (width > room) break;
    room -= width;
    const bool is_control = character < 0x20 || (character >= 0x7F && character < 0xA0);
    is_control ? kept.append(" ") : kept.append(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return fits ? kept : kept + "\u2026";
}

std::string TextTable::text() const {
  std::vector<int64_t> widths;
  std::vector<std::vector<std::string>> rows = rows_;
  for (std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = shortened(row[i], kMostColumns);
      widths[i] = std::max(widths[i], columns_of(row[i]));
    }
  }
  std::string text;
  for (const std::vector<std::string>& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string gap(static_cast<size_t>(widths[i] - columns_of(row[i])), ' ');
      const bool is_left = i < sides_.size() && sides_[i] == Side::left;
      line += (i == 0 ? "" : "  ");
      line += is_left ? row[i] + gap : gap + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace fovea
