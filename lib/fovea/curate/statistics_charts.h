// The numbers of a data set as one page of charts.
#pragma once

#include <filesystem>
#include <string>

#include "fovea/curate/statistics.h"

namespace fovea {

/// Six to nine charts under a heading with the name of the data set: classes, their balance between
/// splits (of one class the splits alone), objects an image, object sizes and shapes, where and how
/// large boxes are, pictures, classes seen together. Writes a PNG, whole or absent.
void draw_statistics(const std::filesystem::path& path, const DatasetStatistics& statistics,
                     const std::string& name);

}  // namespace fovea
