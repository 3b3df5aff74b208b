// Texts that look the same and are other bytes.
#pragma once

#include <string>
#include <string_view>

namespace fovea {

/// Unicode normalization form C: "e" with a combining accent becomes the one letter. What is no
/// UTF-8 stays as it is.
std::string composed(std::string_view text);

/// The same without the difference of upper and lower case: names that a file system of another
/// machine may take for one have the same folded form.
std::string folded(std::string_view text);

/// What follows the byte-order mark that some programs begin UTF-8 with; all of it where none does.
std::string_view without_byte_order_mark(std::string_view text);

}  // namespace fovea
