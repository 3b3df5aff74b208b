// The values of COCO's entries, each read or reported (data/findings.h) where it is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "fovea/core/json.h"
#include "fovea/data/findings.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

JsonValue need(Findings& findings, const JsonValue& object, std::string_view key);
int64_t id_of(Findings& findings, const JsonValue& object, std::string_view key);
std::string_view text_of(Findings& findings, const JsonValue& value);

/// Pixels of one side of an image; 0 with a warning when the file does not say.
int64_t side_of(Findings& findings, const JsonValue& image, std::string_view key);

Box box_of(Findings& findings, const JsonValue& annotation);

/// Error unless a detector can learn from the box; where the image has no size yet, what lies
/// outside it is not known.
void check_box(Findings& findings, const JsonValue& annotation, const Box& box,
               const Record& record);

bool crowd_of(Findings& findings, const JsonValue& annotation);
double area_of(Findings& findings, const JsonValue& annotation, const Box& box);
Segmentation segmentation_of(Findings& findings, const JsonValue& annotation, const Record& record);

/// `expected` is how many keypoints the category names, if it does.
std::vector<Keypoint> keypoints_of(Findings& findings, const JsonValue& annotation,
                                   std::optional<size_t> expected);

}  // namespace fovea
