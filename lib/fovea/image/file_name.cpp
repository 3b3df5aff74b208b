#include "fovea/image/file_name.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace fovea {
namespace {

struct Ending {
  std::string_view text;
  std::string_view format;
  bool is_read = true;
};

constexpr auto kEndings = std::to_array<Ending>({
    {.text = ".jpg", .format = "JPEG"},
    {.text = ".jpeg", .format = "JPEG"},
    {.text = ".jpe", .format = "JPEG"},
    {.text = ".jfif", .format = "JPEG"},
    {.text = ".png", .format = "PNG"},
    {.text = ".webp", .format = "WebP"},
    {.text = ".tif", .format = "TIFF"},
    {.text = ".tiff", .format = "TIFF"},
    {.text = ".bmp", .format = "BMP"},
    {.text = ".gif", .format = "GIF", .is_read = false},
    {.text = ".heic", .format = "HEIC", .is_read = false},
    {.text = ".heif", .format = "HEIC", .is_read = false},
    {.text = ".avif", .format = "AVIF", .is_read = false},
    {.text = ".jp2", .format = "JPEG 2000", .is_read = false},
    {.text = ".jxl", .format = "JPEG XL", .is_read = false},
});

/// Null where the name has none of these.
const Ending* ending_of(const std::filesystem::path& file) {
  std::string text = file.extension().string();
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto found = std::find_if(kEndings.begin(), kEndings.end(),
                                  [&](const Ending& ending) { return ending.text == text; });
  return found == kEndings.end() ? nullptr : &*found;
}

}  // namespace

std::string_view format_by_name(const std::filesystem::path& file) {
  const Ending* ending = ending_of(file);
  return ending == nullptr ? std::string_view() : ending->format;
}

bool has_picture_name(const std::filesystem::path& file) {
  const Ending* ending = ending_of(file);
  return ending != nullptr && ending->is_read;
}

}  // namespace fovea
