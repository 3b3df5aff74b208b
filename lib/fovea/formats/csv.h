// Boxes as comma-separated values: SPLIT.csv with the columns image, xmin, ymin, xmax, ymax, label,
// in any order and among others. The first line names them. A line is an object; a picture without
// objects has one with empty fields. Corners are places in pixels from the picture's upper left
// edge, with fractions: xmax - xmin is the width. Fields are quoted as RFC 4180 says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/formats/splits.h"
#include "fovea/formats/writing.h"

namespace fovea {

/// One line.
struct CsvObject {
  std::string image = {};       // as it stands
  std::optional<Box> box = {};  // absent: the picture has no objects
  std::string label = {};       // empty without a box
  int64_t line = 0;             // where it begins
};

/// Reads the text; `file` stands for it in messages. `filename` stands for `image` and `class` for
/// `label`, as some programs write them. Error with the line.
std::vector<CsvObject> parse_csv(std::string_view text, const std::filesystem::path& file,
                                 Passed& passed, Losses& lost);

/// Whether the first line of a file names the columns of boxes.
bool is_box_csv(const std::filesystem::path& file);

/// Reads SPLIT.csv or SPLIT/_annotations.csv for train, val and test, or the only .csv, or the file
/// that `root` is, as `train`. Pictures are named from the folder of the file, or from SPLIT/,
/// images/SPLIT/ or images/ in it. Error when all boxes of a file seem to be fractions. Classes
/// come in the order of classes.txt (splits.h), or sorted.
std::vector<Split> read_csv(const std::filesystem::path& root, Reading& reading);

/// The files that read_csv would read, with their splits' names.
std::vector<std::pair<std::string, std::filesystem::path>> find_csv(
    const std::filesystem::path& root);

/// SPLIT.csv, the pictures in SPLIT/ (named so in the file), classes.txt. Crowds are left out,
/// boxes clipped to their picture.
void write_csv(std::vector<Split> splits, Writing& writing);

}  // namespace fovea
