#include "fovea/image/image.h"

#include <cstddef>

namespace fovea {

Image Image::filled(int64_t height, int64_t width, uint8_t red, uint8_t green, uint8_t blue) {
  Image image{.height = height, .width = width};
  image.pixels.resize(static_cast<size_t>(height * width * 3));
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    image.pixels[i] = red;
    image.pixels[i + 1] = green;
    image.pixels[i + 2] = blue;
  }
  return image;
}

}  // namespace fovea
