#include "fovea/image/warp.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "fovea/image/pixel_kernels.h"

namespace fovea {
namespace {

/// One side of a line: the points with a x + b y + c >= 0, or those with less than 0.
struct HalfPlane {
  double a = 0;
  double b = 0;
  double c = 0;
  bool is_less = false;
};

constexpr int64_t kGroup = 4;  // pixels that the kernels take at a time
constexpr int64_t kSlack = 64;

/// By which whole factor an axis shrinks of which one step becomes (x, y).
int64_t shrink_factor(double x, double y, int64_t size) {
  const double shrink = 1 / std::sqrt(x * x + y * y) + 1e-9;  // 2 means 2, also after rounding
  return shrink < 2 ? 1 : static_cast<int64_t>(std::min(shrink, static_cast<double>(size)));
}

Blocks blocks_of(const Projection& map, int64_t height, int64_t width, Antialias antialias) {
  if (antialias == Antialias::none) return {};
  const double x = static_cast<double>(width) / 2;
  const double y = static_cast<double>(height) / 2;
  const auto& m = map.m;
  const Point at = map(x, y);
  const double d = m[6] * x + m[7] * y + m[8];  // derivatives of a quotient
  return {.width = shrink_factor((m[0] - m[6] * at.x) / d, (m[3] - m[6] * at.y) / d, width),
          .height = shrink_factor((m[1] - m[7] * at.x) / d, (m[4] - m[7] * at.y) / d, height)};
}

/// The mean of any block of pixels, slowly.
void average_block(const Image& image, const PixelRect& block, uint8_t* to) {
  const auto count = static_cast<uint64_t>(block.width * block.height);
  std::array<uint64_t, 3> sums = {count / 2, count / 2, count / 2};
  for (int64_t y = block.top; y < block.bottom(); ++y) {
    const uint8_t* from = image.at(block.left, y);
    for (int64_t i = 0; i < block.width * 3; ++i) sums[static_cast<size_t>(i % 3)] += from[i];
  }
  for (size_t c = 0; c < 3; ++c) to[c] = static_cast<uint8_t>(sums[c] / count);
}

/// Pixels to sample from, in units that the map leads to.
struct Source {
  const Image* part = nullptr;
  int64_t left = 0;  // of the part
  int64_t top = 0;
  int64_t height = 0;  // of the whole
  int64_t width = 0;
  double covered_height = 0;  // less than the height where the last blocks are cut
  double covered_width = 0;
};

/// Which pixels of a row: [begin, end).
struct Span {
  int64_t begin = 0;
  int64_t end = 0;
};

/// Narrows `span` to the pixels whose centres lie on the right side. The formula for the place of
/// the line rounds, so its neighbours are asked: two planes with one line share no pixel and leave
/// none out.
void narrow(const HalfPlane& plane, double y, Span& span) {
  const auto holds = [&](int64_t x) {
    const double f = plane.a * (static_cast<double>(x) + 0.5) + plane.b * y + plane.c;
    return (f < 0) == plane.is_less;
  };
  if (span.begin >= span.end) return;
  if (plane.a == 0) {
    if (!holds(span.begin)) span.end = span.begin;
    return;
  }
  const double crossing = -(plane.b * y + plane.c) / plane.a - 0.5;
  const double low = static_cast<double>(span.begin);
  const double high = static_cast<double>(span.end);
  auto at = static_cast<int64_t>(std::ceil(std::clamp(crossing, low, high)));
  if ((plane.a > 0) != plane.is_less) {  // it holds from `at` on
    while (at > span.begin && holds(at - 1)) --at;
    while (at < span.end && !holds(at)) ++at;
    span.begin = at;
  } else {
    while (at < span.end && holds(at)) ++at;
    while (at > span.begin && !holds(at - 1)) --at;
    span.end = at;
  }
}

/// The output pixels that show the picture.
class Shown {
 public:
  Shown(const Projection& to_source, double height, double width, const PixelRect& window)
      : window_(window) {
    const auto& m = to_source.m;
    planes_ = {{m[0], m[1], m[2]},
               {m[3], m[4], m[5]},
               {m[0] - width * m[6], m[1] - width * m[7], m[2] - width * m[8], true},
               {m[3] - height * m[6], m[4] - height * m[7], m[5] - height * m[8], true}};
    if (!to_source.is_affine()) planes_.push_back({m[6], m[7], m[8] - 1e-9});  // before the eye
  }
  const PixelRect& window() const { return window_; }
  Span span(int64_t y) const {
    Span span{.begin = window_.left, .end = window_.right()};
    for (const HalfPlane& plane : planes_) narrow(plane, static_cast<double>(y) + 0.5, span);
    return span;
  }

 private:
  std::vector<HalfPlane> planes_;
  PixelRect window_;
};

/// The neighbours that one output place blends along an axis.
struct Tap {
  int64_t first = 0;
  int16_t weight = 0;  // of the next one, in 1/2^15; 0 at the end of the axis
};

/// `position` in source pixels, whose centres are at k + 0.5; the border is repeated.
Tap tap_at(double position, int64_t size) {
  const double place = std::clamp(position - 0.5, 0.0, static_cast<double>(size - 1));
  const auto first = static_cast<int64_t>(place);
  const double weight = (place - static_cast<double>(first)) * 32768 + 0.5;
  return {first, static_cast<int16_t>(std::min(weight, 32767.0))};
}

/// Writes what is shown: row(y, span, pixels) gives the pixels of a span, and may write kSlack
/// bytes more.
template <class Row>
void for_each_row(const Shown& shown, const Canvas& out, const Row& row) {
  PixelBuffer pixels(static_cast<size_t>(out.width * 3 + kSlack));
  for (int64_t y = shown.window().top; y < shown.window().bottom(); ++y) {
    const Span span = shown.span(y);
    if (span.begin >= span.end) continue;
    row(y, span, pixels.data());
    std::memcpy(out.pixels + (y * out.width + span.begin) * 3, pixels.data(),
                static_cast<size_t>(span.end - span.begin) * 3);
  }
}

/// The columns that an axis-aligned map blends, the same in every row.
struct Columns {
  std::vector<int32_t> first = {};    // words from the part's left end
  std::vector<int16_t> weights = {};  // four times the same
};

Columns columns_of(const Source& in, const Projection& to_source, int64_t width) {
  Columns columns;
  columns.first.reserve(static_cast<size_t>(width + kGroup));
  columns.weights.reserve(static_cast<size_t>(width + kGroup) * 4);
  const int64_t last = in.part->width - 1;
  for (int64_t x = 0; x < width + kGroup; ++x) {
    const double position = to_source.m[0] * (static_cast<double>(x) + 0.5) + to_source.m[2];
    const Tap tap = tap_at(position, in.width);
    const int64_t first = std::clamp<int64_t>(tap.first - in.left, 0, last);  // outside: unused
    columns.first.push_back(static_cast<int32_t>(first * 3));
    columns.weights.insert(columns.weights.end(), 4, tap.weight);
  }
  return columns;
}

/// Axis-aligned maps: two rows are blended, then neighbours in the blended row.
void sample_aligned(const Source& in, const Projection& to_source, const Shown& shown,
                    const Canvas& out) {
  const Columns columns = columns_of(in, to_source, out.width);
  std::vector<int16_t> blended(static_cast<size_t>(in.part->width * 3 + 2 * kSlack));
  for_each_row(shown, out, [&](int64_t y, const Span& span, uint8_t* pixels) {
    const double position = to_source.m[4] * (static_cast<double>(y) + 0.5) + to_source.m[5];
    const Tap line = tap_at(position, in.height);
    const uint8_t* above = in.part->at(0, line.first - in.top);
    const uint8_t* below = line.weight == 0 ? above : above + in.part->width * 3;
    const auto begin = static_cast<size_t>(span.begin);
    const int32_t ends[2] = {columns.first[begin],
                             columns.first[static_cast<size_t>(span.end) - 1]};
    const int32_t from = std::min(ends[0], ends[1]);
    const int32_t until = std::max(ends[0], ends[1]) + 6;
    blend_rows(above + from, below + from, line.weight, blended.data() + from,
               static_cast<size_t>(until - from));
    blend_columns(blended.data(), columns.first.data() + begin, columns.weights.data() + 4 * begin,
                  pixels, static_cast<size_t>(span.end - span.begin));
  });
}

/// Places along one axis of a row, in 1/2^32 of a source pixel.
struct Steps {
  int64_t first = 0;
  int64_t step = 0;
  int64_t last = 0;  // the centre of the axis' last pixel

  Steps(double position, double step_length, int64_t size)
      : first(std::llround(std::ldexp(position - 0.5, 32))),
        step(std::llround(std::ldexp(step_length, 32))),
        last((size - 1) << 32) {}
  int64_t at(int64_t i) const { return std::clamp<int64_t>(first + i * step, 0, last); }
};

int16_t weight_of(int64_t place) {
  return static_cast<int16_t>((place >> (32 - kWeightBits)) & ((1 << kWeightBits) - 1));
}

/// The corners of the pixels of a span, of which the first one's centre is at (u, v).
class CornerRow {
 public:
  CornerRow(const Source& in, const Projection& to_source, int64_t width)
      : in_(in),
        map_(to_source),
        row_bytes_(static_cast<int32_t>(in.part->width * 3)),
        corners_(static_cast<size_t>(width + kGroup)) {}

  const Corner* read(double u, double v, int64_t count) {
    if (map_.is_affine()) {
      read_affine(u, v, count);
    } else {
      read_projective(u, v, count);
    }
    const auto end = corners_.begin() + count;
    std::fill_n(end, kGroup, *(end - 1));
    return corners_.data();
  }

 private:
  void read_affine(double u, double v, int64_t count) {
    const auto& m = map_.m;
    const Steps x(m[0] * u + m[1] * v + m[2], m[0], in_.width);
    const Steps y(m[3] * u + m[4] * v + m[5], m[3], in_.height);
    for (int64_t i = 0; i < count; ++i) set(i, x.at(i), y.at(i));
  }
  void read_projective(double u, double v, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      const Point place = map_(u + static_cast<double>(i), v);
      set(i, Steps(place.x, 0, in_.width).at(0), Steps(place.y, 0, in_.height).at(0));
    }
  }
  void set(int64_t i, int64_t x, int64_t y) {
    const auto column = static_cast<int32_t>((x >> 32) - in_.left);
    const auto line = static_cast<int32_t>((y >> 32) - in_.top);
    const int16_t weight_y = weight_of(y);
    corners_[static_cast<size_t>(i)] = {.first = line * row_bytes_ + column * 3,
                                        .below = weight_y == 0 ? 0 : row_bytes_,
                                        .weight_x = weight_of(x),
                                        .weight_y = weight_y};
  }

  const Source& in_;
  const Projection& map_;
  const int32_t row_bytes_;
  std::vector<Corner> corners_;
};

/// Any other map: each pixel has four neighbours of its own.
void sample_general(const Source& in, const Projection& to_source, const Shown& shown,
                    const Canvas& out) {
  CornerRow corners(in, to_source, out.width);
  for_each_row(shown, out, [&](int64_t y, const Span& span, uint8_t* pixels) {
    const int64_t count = span.end - span.begin;
    const Corner* row =
        corners.read(static_cast<double>(span.begin) + 0.5, static_cast<double>(y) + 0.5, count);
    blend_corners(in.part->pixels.data(), row, pixels, static_cast<size_t>(count));
  });
}

/// From output pixels into a source whose blocks are averaged.
Projection into_blocks(const Projection& to_picture, const Blocks& blocks) {
  return compose(Affine{1 / static_cast<double>(blocks.width), 0, 0, 0,
                        1 / static_cast<double>(blocks.height), 0},
                 to_picture);
}

/// Narrows a box to that around the window's corners in the picture, which holds whatever the
/// window shows; false when nothing is left. A window that reaches behind the eye narrows nothing.
bool limits(const Projection& to_picture, const PixelRect& window, double& left, double& top,
            double& right, double& bottom) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  double low_x = kFar, high_x = -kFar, low_y = kFar, high_y = -kFar;
  for (const int64_t x : {window.left, window.right()}) {
    for (const int64_t y : {window.top, window.bottom()}) {
      const auto u = static_cast<double>(x);
      const auto v = static_cast<double>(y);
      if (to_picture.m[6] * u + to_picture.m[7] * v + to_picture.m[8] <= 1e-9) return true;
      const Point at = to_picture(u, v);
      low_x = std::min(low_x, at.x);
      high_x = std::max(high_x, at.x);
      low_y = std::min(low_y, at.y);
      high_y = std::max(high_y, at.y);
    }
  }
  left = std::max(left, low_x);
  right = std::min(right, high_x);
  top = std::max(top, low_y);
  bottom = std::min(bottom, high_y);
  return left <= right && top <= bottom;
}

}  // namespace

Image block_means(const Image& image, const Blocks& blocks) {
  Image small{.height = (image.height + blocks.height - 1) / blocks.height,
              .width = (image.width + blocks.width - 1) / blocks.width};
  small.pixels.resize(static_cast<size_t>(small.height * small.width * 3));
  const int64_t whole = image.width / blocks.width;  // blocks that are not cut
  std::vector<uint16_t> sums(static_cast<size_t>(image.width) * 6);
  for (int64_t y = 0; y < small.height; ++y) {
    const int64_t top = y * blocks.height;
    const int64_t height = std::min(blocks.height, image.height - top);
    int64_t done = 0;
    if (blocks.width * height < 256 && whole > 0) {
      mean_blocks(image.at(0, top), static_cast<size_t>(image.width) * 3,
                  {.blocks = static_cast<size_t>(whole),
                   .width = static_cast<size_t>(blocks.width),
                   .height = static_cast<size_t>(height)},
                  sums.data(), small.at(0, y));
      done = whole;
    }
    for (int64_t x = done; x < small.width; ++x) {
      const int64_t left = x * blocks.width;
      const int64_t width = std::min(blocks.width, image.width - left);
      average_block(image, {left, top, width, height}, small.at(x, y));
    }
  }
  return small;
}

void warp_into(const PicturePart& picture, const Projection& to_sample, Antialias antialias,
               const PixelRect& window, Canvas out) {
  if (picture.pixels->pixels.empty()) throw std::invalid_argument("warp: the image has no pixels");
  const int64_t height = picture.whole_height;
  const int64_t width = picture.whole_width;
  const Blocks blocks = blocks_of(to_sample, height, width, antialias);
  const Projection to_source = into_blocks(inverse(to_sample), blocks);
  Source in{.part = picture.pixels,
            .left = picture.left / blocks.width,
            .top = picture.top / blocks.height,
            .height = (height + blocks.height - 1) / blocks.height,
            .width = (width + blocks.width - 1) / blocks.width,
            .covered_height = static_cast<double>(height) / static_cast<double>(blocks.height),
            .covered_width = static_cast<double>(width) / static_cast<double>(blocks.width)};
  Image small;
  if (blocks.width > 1 || blocks.height > 1) {
    small = block_means(*picture.pixels, blocks);
    in.part = &small;
  }
  const Shown shown(to_source, in.covered_height, in.covered_width, window);
  const auto& m = to_source.m;
  if (to_source.is_affine() && m[1] == 0 && m[3] == 0) {
    sample_aligned(in, to_source, shown, out);
  } else {
    sample_general(in, to_source, shown, out);
  }
}

PixelRect needed_part(int64_t height, int64_t width, const Projection& to_sample,
                      Antialias antialias, const PixelRect& window) {
  if (window.width <= 0 || window.height <= 0) return {};
  const Blocks blocks = blocks_of(to_sample, height, width, antialias);
  const Projection to_picture = inverse(to_sample);
  double left = 0;
  double top = 0;
  double right = static_cast<double>(width);
  double bottom = static_cast<double>(height);
  if (!limits(to_picture, window, left, top, right, bottom)) return {};
  // Its own block and the neighbours on both sides.
  const auto from = [](double position, int64_t block) {
    const auto place = static_cast<int64_t>(std::floor(position)) / block - 1;
    return std::max<int64_t>(0, place) * block;
  };
  const auto until = [](double position, int64_t block, int64_t size) {
    const auto place = static_cast<int64_t>(std::floor(position)) / block + 2;
    return std::min(place * block, size);
  };
  PixelRect part{.left = from(left, blocks.width), .top = from(top, blocks.height)};
  part.width = until(right, blocks.width, width) - part.left;
  part.height = until(bottom, blocks.height, height) - part.top;
  return part;
}

Image warp(const Image& image, const Projection& to_sample, int64_t height, int64_t width,
           std::array<uint8_t, 3> fill, Antialias antialias) {
  Image out{.height = height, .width = width};
  out.pixels.resize(static_cast<size_t>(height * width * 3));
  fill_pixels(out.pixels.data(), fill, static_cast<size_t>(height * width));
  warp_into(image, to_sample, antialias, {0, 0, width, height}, {out.pixels.data(), height, width});
  return out;
}

}  // namespace fovea
