// COCO's run lengths: column-major, background first.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace fovea {

/// The counts in COCO's compressed text: numbers in groups of 5 bits, lowest first, each with a
/// continuation bit, as characters from '0' on; from the fourth number on the difference to the
/// one two before. Nothing when the text ends inside a number, has a character outside '0'..'o', or
/// a count that is negative or beyond 32 bits.
std::optional<std::vector<uint32_t>> decode_counts(std::string_view text);

}  // namespace fovea
