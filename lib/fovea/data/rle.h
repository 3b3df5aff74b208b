// COCO's masks: run lengths, column-major, background first. Every function gives, to the bit, what
// pycocotools 2.0.11's mask API gives, for runs with zero lengths in odd places too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/data/vocabulary.h"

namespace fovea {

/// Which pixels belong to an object: height * width, row by row, 0 or not.
struct PixelMask {
  int64_t height = 0;
  int64_t width = 0;
  std::vector<uint8_t> on = {};
  int64_t area() const;
  Box bounds() const;  ///< the smallest box of whole pixels around it; all 0 when it is empty
};

/// A mask of `height` * `width` pixels by its runs, which somebody else holds.
struct RleView {
  int64_t height = 0;
  int64_t width = 0;
  std::span<const uint32_t> counts = {};
  RleView() = default;
  RleView(const Rle& rle)  // NOLINT: a view of anything that holds runs
      : height(rle.height), width(rle.width), counts(rle.counts) {}
  RleView(int64_t h, int64_t w, std::span<const uint32_t> runs)
      : height(h), width(w), counts(runs) {}
};

/// The counts in COCO's compressed text: numbers in groups of 5 bits, lowest first, each with a
/// continuation bit, as characters from '0' on; from the fourth number on the difference to the
/// one two before. They are added to `counts`; false when the text ends inside a number, has a
/// character outside '0'..'o', or a count that is negative or beyond 32 bits.
bool decode_counts(std::string_view text, std::vector<uint32_t>& counts);

/// The same text, added to `text`.
void encode_counts(std::span<const uint32_t> counts, std::string& text);

Rle runs_of(const PixelMask& mask);
PixelMask pixels_of(RleView rle);  ///< the counts must add up to height * width

int64_t area_of(RleView rle);  ///< pixels that are on
Box bounds_of(RleView rle);    ///< whole pixels; all 0 when nothing is on

enum class Merge { unite, intersect };
/// Error unless all have one size. An empty list gives an empty mask of size 0.
Rle merge(std::span<const Rle> rles, Merge how);

/// `runs` becomes the runs of what is on in either mask.
void unite(std::vector<uint32_t>& runs, std::span<const uint32_t> others);

/// Intersection over union of two masks of one size, of a crowd over `found` alone. 0 when the
/// boxes around them do not touch.
double overlap(RleView found, RleView truth, bool crowd);
/// The same where the boxes are known to touch.
double overlap_of_touching(RleView found, RleView truth, bool crowd);

/// Fills closed polygons [x0, y0, x1, y1, ...] (pixels; at least 3 corners) into a mask.
class PolygonFiller {
 public:
  /// The runs of one polygon, valid until the next call. Coordinates within kMaxCoordinate.
  std::span<const uint32_t> fill(std::span<const double> xy, int64_t height, int64_t width);

 private:
  std::vector<int64_t> corners_ = {};
  std::vector<uint32_t> turns_ = {};  // column-major places where the mask goes on or off
  std::vector<uint32_t> counts_ = {};
};
inline constexpr double kMaxCoordinate = 4e8;  // five times it still fits 32 bits

/// The union of the polygons.
Rle rle_of(const std::vector<std::vector<double>>& polygons, int64_t height, int64_t width);

/// A mask of that size as runs: its own, or those of its polygons.
Rle runs_of(const Segmentation& mask, int64_t height, int64_t width);

}  // namespace fovea
