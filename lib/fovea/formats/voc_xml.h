// Pascal VOC's annotation files: an XML file for each picture, a box for each object.
//
// Corners are those of pixels, counted from 1, and the last ones belong to the box: xmin 1, xmax 1
// is the leftmost column. So COCO's left = xmin - 1 and width = xmax - xmin + 1. Files of other
// programs count from 0 and take the far corner as the box's edge (left = xmin, width = xmax -
// xmin): VocCorners::from_zero. Fractions are read; VOC2012 has some itself.
//
// `difficult` objects are neither found nor missed in VOC's figures, like crowds in COCO's: they
// become crowds, and crowds become them. `pose`, `truncated`, `occluded` and `part` have no place
// in COCO and are counted as lost.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/formats/splits.h"

namespace fovea {

enum class VocCorners { from_one, from_zero };

struct VocAnnotation {
  std::string filename = {};  // of the picture, as it stands; may be empty
  int64_t width = 0;          // pixels; 0 when the file does not say
  int64_t height = 0;
  std::vector<Instance> instances = {};   // without labels
  std::vector<std::string> classes = {};  // their names
  std::vector<int64_t> lines = {};        // where they begin
};

/// Reads the text of an annotation file; `file` stands for it in messages. Error with the line.
VocAnnotation parse_voc(std::string_view text, const std::filesystem::path& file,
                        VocCorners corners, Passed& passed, Losses& lost);

/// An annotation file for the picture of that name. Corners from one; to whole pixels unless
/// `fractions`, since most readers take nothing else; boxes are clipped to the picture.
std::string voc_text(const Record& record, const std::string& filename,
                     const std::vector<Category>& categories, bool fractions, Losses& lost);

}  // namespace fovea
