#include "fovea/augment/boxes.h"

#include <algorithm>
#include <array>

#include "fovea/data/extent.h"

namespace fovea {

Box whole_of(ImageSize picture) {
  return {.width = static_cast<double>(picture.width),
          .height = static_cast<double>(picture.height)};
}

Box box_of(const PixelRect& rect) {
  return {.left = static_cast<double>(rect.left),
          .top = static_cast<double>(rect.top),
          .width = static_cast<double>(rect.width),
          .height = static_cast<double>(rect.height)};
}

double area_of(const Box& box) {
  return box.width * box.height;
}

Box common_part(const Box& a, const Box& b) {
  const double left = std::max(a.left, b.left);
  const double top = std::max(a.top, b.top);
  return {.left = left,
          .top = top,
          .width = std::max(0.0, std::min(a.right(), b.right()) - left),
          .height = std::max(0.0, std::min(a.bottom(), b.bottom()) - top)};
}

Box to_file(const Frame& frame, const Box& box) {
  return common_part(map_box(inverse(frame.a), box),
                     whole_of({frame.file_height, frame.file_width}));
}

Box map_box(const Projection& map, const Box& box) {
  Extent extent;
  for (const double x : {box.left, box.right()}) {
    for (const double y : {box.top, box.bottom()}) {
      const Point p = map(x, y);
      extent.add(std::array<double, 2>{p.x, p.y});
    }
  }
  return extent.box();
}

}  // namespace fovea
