// Columns of text for a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fovea {

/// Cells lined up below each other, two spaces apart. Widths are counted in characters as a
/// terminal shows them: most are one column wide, those of East Asian scripts two, accents none.
class TextTable {
 public:
  enum class Side { left, right };
  /// How the first columns line up; those after them to the right.
  explicit TextTable(std::vector<Side> sides = {Side::left}) : sides_(std::move(sides)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string text() const;

 private:
  std::vector<Side> sides_;
  std::vector<std::vector<std::string>> rows_ = {};
};

/// Columns that UTF-8 text takes on a terminal.
int64_t columns_of(std::string_view text);

/// Text that takes at most `most` columns: the end gives way to an ellipsis. Control characters
/// become spaces.
std::string shortened(std::string_view text, int64_t most);

}  // namespace fovea
