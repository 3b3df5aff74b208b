// What the name of a file says of the picture in it. Only a search through folders and a remark on
// a wrong name go by it: decode.h goes by the content.
#pragma once

#include <filesystem>
#include <string_view>

namespace fovea {

/// The format that the end of a name stands for, in any case: "JPEG" of a.jpg, "HEIC" of a.HEIC;
/// empty where it stands for none.
std::string_view format_by_name(const std::filesystem::path& file);

/// Whether a name ends like that of a picture that is read: .jpg .jpeg .jpe .jfif .png .webp .tif
/// .tiff .bmp, in any case.
bool has_picture_name(const std::filesystem::path& file);

}  // namespace fovea
