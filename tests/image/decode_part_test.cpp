#include "fovea/image/decode_part.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fovea/core/files.h"
#include "fovea/core/random.h"
#include "fovea/image/encode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// A part of `whole`.
Image cut(const Image& whole, const PixelRect& part) {
  Image image{.height = part.height, .width = part.width};
  for (int64_t y = part.top; y < part.bottom(); ++y) {
    image.pixels.insert(image.pixels.end(), whole.at(part.left, y),
                        whole.at(part.left, y) + part.width * 3);
  }
  return image;
}

PixelRect random_part(int64_t height, int64_t width, Rng& rng) {
  PixelRect part;
  part.width = 1 + rng.below(width);
  part.height = 1 + rng.below(height);
  part.left = rng.below(width - part.width + 1);
  part.top = rng.below(height - part.height + 1);
  return part;
}

bool holds(const PixelRect& outer, const PixelRect& inner) {
  return outer.left <= inner.left && outer.top <= inner.top && outer.right() >= inner.right() &&
         outer.bottom() >= inner.bottom();
}

class DecodePart : public testing::TestWithParam<std::string> {};

TEST_P(DecodePart, GivesThePixelsOfTheWhole) {
  const std::string file = read_whole(source_folder() / "tests/golden/image" / GetParam());
  Rng rng(1);
  for (const int64_t shrink : {1, 2, 4, 8}) {
    const DecodedPart none = decode_part(bytes_of(file), "x", {0, 0, 1, 1}, shrink);
    const PixelRect all = {0, 0, none.whole_width, none.whole_height};
    const DecodedPart whole = decode_part(bytes_of(file), "x", all, shrink);
    ASSERT_EQ(whole.place, all);
    if (shrink == 1) {
      EXPECT_EQ(whole.pixels, decode_image(bytes_of(file), "x"));
    }
    for (int i = 0; i < 40; ++i) {
      const PixelRect wanted = random_part(all.height, all.width, rng);
      const DecodedPart part = decode_part(bytes_of(file), "x", wanted, shrink);
      ASSERT_TRUE(holds(part.place, wanted));
      const PixelRect inside = {wanted.left - part.place.left, wanted.top - part.place.top,
                                wanted.width, wanted.height};
      ASSERT_EQ(cut(part.pixels, inside), cut(whole.pixels, wanted))
          << fmt::format("{} x {} at {}, {} in 1/{}", wanted.width, wanted.height, wanted.left,
                         wanted.top, shrink);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, DecodePart,
                         testing::Values("parts_444.jpg", "parts_422.jpg", "parts_420.jpg",
                                         "parts_restart.jpg", "parts_progressive.jpg",
                                         "parts_turned7.jpg", "parts_grey.jpg", "parts_cmyk.jpg",
                                         "baseline.jpg", "rgba.png", "turned6.webp", "rgb.bmp"));

TEST(DecodePart, NamesDamageAndALostEnd) {
  const std::string file = read_whole(source_folder() / "tests/golden/image/parts_420.jpg");
  const PixelRect top = {0, 0, 20, 8};
  std::string damaged = file;
  std::fill_n(damaged.begin() + static_cast<long>(file.size() / 2), 40, '\xFF');
  const auto problem = [&](const std::string& text, const PixelRect& part) {
    return error_of([&] { decode_part(bytes_of(text), "a.jpg", part, 1); });
  };
  EXPECT_THAT(problem(damaged, {0, 60, 20, 17}), HasSubstr("a.jpg: the JPEG data is damaged"));
  EXPECT_EQ(decode_part(bytes_of(damaged), "a.jpg", top, 1).pixels,
            decode_part(bytes_of(file), "a.jpg", top, 1).pixels);
  EXPECT_THAT(problem(file.substr(0, file.size() / 2), top),
              HasSubstr("a.jpg: the JPEG data ends"));
}

}  // namespace
}  // namespace fovea
