// The text of a small COCO file that is right, for tests that spoil a part of it.
#pragma once

#include <fmt/format.h>

#include <string>

namespace fovea {

inline constexpr const char* kCocoImage =
    R"({"id": 5, "file_name": "1.jpg", "width": 100, "height": 80})";
inline constexpr const char* kCocoCategory = R"({"id": 3, "name": "cat"})";

/// A whole annotation of image 5 and category 3 with these fields besides; of a key given twice the
/// last one counts.
inline std::string coco_annotation(const std::string& fields = "", int id = 1) {
  return fmt::format(
      R"({{"id": {}, "image_id": 5, "category_id": 3, "bbox": [1, 2, 30, 40], "area": 900,
           "iscrowd": 0{}{}}})",
      id, fields.empty() ? "" : ", ", fields);
}

struct CocoContent {
  std::string annotations = coco_annotation();
  std::string images = kCocoImage;
  std::string categories = kCocoCategory;
  std::string text() const {
    return fmt::format(R"({{"images": [{}], "categories": [{}], "annotations": [{}]}})", images,
                       categories, annotations);
  }
};

}  // namespace fovea
