// Pixels to files. The same pixels give the same bytes with the same versions of libjpeg-turbo,
// libspng and zlib.
#pragma once

#include <filesystem>
#include <string>

#include "fovea/image/image.h"

namespace fovea {

std::string encode_jpeg(const Image& image, int quality);  ///< quality 1..100, chroma at half size
std::string encode_png(const Image& image);                ///< 8-bit RGB

/// Writes .jpg or .jpeg (quality 92) or .png, by the extension; whole or absent.
void save_image(const std::filesystem::path& path, const Image& image);

}  // namespace fovea
