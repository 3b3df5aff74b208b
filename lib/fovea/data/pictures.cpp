#include "fovea/data/pictures.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/image/decode.h"
#include "fovea/image/warp.h"

namespace fovea {

Image read_picture(const Dataset& dataset, const Record& record) {
  Image image = decode_image(record.path);
  const bool stated = record.width > 0 && record.height > 0;
  if (stated && (record.width != image.width || record.height != image.height)) {
    fail(record.path, "",
         fmt::format("is {} x {} pixels, but image {} of {} is stated to be {} x {}", image.width,
                     image.height, record.id, dataset.file.string(), record.width, record.height),
         "correct its width, height and boxes, or put the right picture there");
  }
  return image;
}

Pictures::Pictures(const Dataset& dataset, ImageSize out, const AugmentOptions& options,
                   int64_t cache_bytes)
    : dataset_(dataset),
      out_(out),
      options_(options),
      cache_(static_cast<int64_t>(dataset.records.size()), cache_bytes) {}

Picture Pictures::get(int64_t index) {
  if (const auto kept = cache_.find(index)) return *kept;
  Picture picture = read(index);
  const auto bytes = static_cast<int64_t>(picture.image->pixels.size());
  cache_.keep(index, std::make_shared<const Picture>(picture), bytes);
  return picture;
}

Picture Pictures::read(int64_t index) const {
  Image image = read_picture(dataset_, dataset_.records[static_cast<size_t>(index)]);
  const ImageSize file = {.height = image.height, .width = image.width};
  const auto factor = static_cast<int64_t>(1 / largest_scale(options_, file, out_));
  Affine from_file = {1, 0, 0, 0, 1, 0};
  if (factor > 1 && image.height >= factor && image.width >= factor) {
    const double scale = 1 / static_cast<double>(factor);
    from_file = {scale, 0, 0, 0, scale, 0};
    image = warp(image, from_file, image.height / factor, image.width / factor, kFill);
  }
  return {.image = std::make_shared<const Image>(std::move(image)),
          .file = file,
          .from_file = from_file};
}

}  // namespace fovea
