// Masks: what text decodes to is encoded and decoded again; runs and polygons against pixels one by
// one.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

#include "fovea/data/rle.h"
#include "fuzz/fuzz_file.h"

namespace {

void check_text(std::string_view text) {
  std::vector<uint32_t> counts;
  if (!fovea::decode_counts(text, counts)) return;
  std::string again;
  fovea::encode_counts(counts, again);
  std::vector<uint32_t> decoded;
  fovea::expect(fovea::decode_counts(again, decoded));
  fovea::expect(decoded == counts);
}

/// The first bytes are a size, the next two runs of two masks of it.
fovea::Rle runs_from(const uint8_t* data, size_t size, int64_t height, int64_t width) {
  fovea::Rle rle{.height = height, .width = width};
  auto left = static_cast<uint32_t>(height * width);
  for (size_t i = 0; i < size && left > 0; ++i) {
    const uint32_t run = std::min<uint32_t>(data[i] % 8, left);
    rle.counts.push_back(run);
    left -= run;
  }
  rle.counts.push_back(left);
  return rle;
}

void check_pair(const fovea::Rle& a, const fovea::Rle& b) {
  const fovea::PixelMask pixels_a = fovea::pixels_of(a);
  const fovea::PixelMask pixels_b = fovea::pixels_of(b);
  fovea::expect(fovea::area_of(a) == pixels_a.area());
  const double iou = fovea::overlap(a, b, false);
  fovea::expect(iou >= 0 && iou <= 1);
  std::vector<uint32_t> united = a.counts;
  fovea::unite(united, b.counts);
  fovea::bounds_of(a);
}

void check_polygon(const uint8_t* data, size_t size, int64_t height, int64_t width) {
  std::vector<double> points(size / sizeof(double) / 2 * 2);
  if (points.size() < 6) return;
  std::memcpy(points.data(), data, points.size() * sizeof(double));
  const bool fits = std::all_of(points.begin(), points.end(), [](double coordinate) {
    return std::abs(coordinate) <= fovea::kMaxCoordinate;
  });
  if (!fits) return;
  // Far out an outline takes long to follow, and nothing more happens than nearby.
  for (double& coordinate : points) coordinate = std::fmod(coordinate, 1000);
  fovea::PolygonFiller filler;
  const auto counts = filler.fill(points, height, width);
  uint64_t pixels = 0;
  for (const uint32_t count : counts) pixels += count;
  fovea::expect(pixels == static_cast<uint64_t>(height * width));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check_text({reinterpret_cast<const char*>(data), size});
  if (size < 4) return 0;
  const int64_t height = 1 + data[0] % 32;
  const int64_t width = 1 + data[1] % 32;
  const size_t half = (size - 2) / 2;
  check_pair(runs_from(data + 2, half, height, width),
             runs_from(data + 2 + half, size - 2 - half, height, width));
  check_polygon(data + 2, size - 2, height, width);
  return 0;
}
