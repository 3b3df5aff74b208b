#include "fovea/data/read_picture.h"

#include <fmt/core.h>

#include "fovea/core/error.h"

namespace fovea {

Image read_picture(const Dataset& dataset, const Record& record) {
  Image image = decode_image(record.path);
  expect_stated_size(dataset, record, image.height, image.width);
  return image;
}

void expect_stated_size(const Dataset& dataset, const Record& record, int64_t height,
                        int64_t width) {
  const bool stated = record.width > 0 && record.height > 0;
  if (!stated || (record.width == width && record.height == height)) return;
  fail(record.path, "",
       fmt::format("is {} x {} pixels, but image {} of {} is stated to be {} x {}", width, height,
                   record.id, dataset.file.string(), record.width, record.height),
       "correct its width, height and boxes, or put the right picture there");
}

}  // namespace fovea
