// YOLO's label files: a line an object, `class x y width height` (of the box: its centre and its
// sides) or `class x0 y0 x1 y1 x2 y2 ...` (the corners of its outline), all in fractions of the
// picture's width and height. An empty file, or none, is a picture without objects. Where data.yaml
// has `kpt_shape`, keypoints follow the box: `class x y width height kx ky visibility ...`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/formats/splits.h"

namespace fovea {

struct YoloPicture {
  int64_t height = 0;  // pixels
  int64_t width = 0;
  int64_t classes = 0;           // that data.yaml names
  int64_t keypoints = 0;         // of each object; 0: lines are boxes and outlines
  int64_t keypoint_numbers = 3;  // 2: x y; 3: x y visibility
};

/// The objects of a label file; `file` stands for it in messages. Fractions may leave 0 to 1 by
/// kYoloSlack, for rounding. The box of an outline is the one around it. An outline that joins
/// several parts as write_yolo_labels does becomes several polygons again.
std::vector<Instance> parse_yolo_labels(std::string_view text, const std::filesystem::path& file,
                                        const YoloPicture& picture, Passed& passed);
inline constexpr double kYoloSlack = 1e-6;

enum class YoloLines { boxes, outlines };

/// The label file of a record, with all digits that doubles have. Crowds are left out, what reaches
/// out of the picture is clipped to it.
///
/// Outlines: RLE masks become polygons along the pixel edges; several polygons, and the edges of
/// holes, are joined into one through their first corners, by ways of no width there and back,
/// which leaves a hole open where polygons are filled by the even-odd rule, as COCO's are; an
/// object without a mask gets its box as the outline.
std::string yolo_labels_text(const Record& record, YoloLines lines, Losses& lost);

}  // namespace fovea
