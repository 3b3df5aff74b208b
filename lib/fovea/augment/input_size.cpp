#include "fovea/augment/input_size.h"

#include <algorithm>
#include <cmath>

namespace fovea {
namespace {

int64_t rounded_up(double pixels, int64_t divisor) {
  const auto whole = static_cast<int64_t>(std::ceil(pixels - 1e-6));  // 240.0000001 is 240
  return std::max<int64_t>(1, (whole + divisor - 1) / divisor) * divisor;
}

}  // namespace

ImageSize input_for(ImageSize picture, ImageSize size, int64_t divisor) {
  const auto height = static_cast<double>(picture.height);
  const auto width = static_cast<double>(picture.width);
  const double scale =
      std::min(static_cast<double>(size.height) / height, static_cast<double>(size.width) / width);
  return {rounded_up(height * scale, divisor), rounded_up(width * scale, divisor)};
}

ImageSize training_input(const Dataset& dataset, ImageSize size, int64_t divisor,
                         const AugmentOptions& augment) {
  ImageSize input;
  for (const Record& record : dataset.records) {
    const bool known = record.height > 0 && record.width > 0;
    const ImageSize own =
        input_for(known ? ImageSize{record.height, record.width} : size, size, divisor);
    input = {std::max(input.height, own.height), std::max(input.width, own.width)};
  }
  if (augment.transpose > 0) input.height = input.width = std::max(input.height, input.width);
  return input;
}

}  // namespace fovea
