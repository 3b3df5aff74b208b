#include "fovea/data/rle.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fovea/core/error.h"

namespace fovea {
namespace {

constexpr int64_t kBits = 5;       // of a number in each character
constexpr int64_t kMaxGroups = 7;  // 35 bits: a 32-bit count or a difference of two
constexpr uint32_t kDigits = 0x1F;
constexpr uint32_t kSign = 0x10;  // in the last group of a negative number
constexpr uint32_t kMore = 0x20;  // another group follows
constexpr uint32_t kLargest = 0x3F;
constexpr int64_t kFirstDifference = 3;

/// Goes through the runs of a mask. A run of length 0 is a step of its own: what pycocotools makes
/// of two of them at once decides some of its answers.
class Walk {
 public:
  explicit Walk(std::span<const uint32_t> counts) : counts_(counts) {
    if (!counts_.empty()) left_ = counts_[0];
  }
  uint32_t left() const { return left_; }  // of the current run
  bool on() const { return on_; }
  void advance(uint32_t pixels) {
    left_ -= pixels;
    if (left_ != 0 || next_ >= counts_.size()) return;
    left_ = counts_[next_++];
    on_ = !on_;
  }

 private:
  std::span<const uint32_t> counts_;
  size_t next_ = 1;
  uint32_t left_ = 0;
  bool on_ = false;
};

/// Calls visit(pixels, is on in a, is on in b) for the pieces in which neither changes.
template <class Visit>
void walk_both(std::span<const uint32_t> a, std::span<const uint32_t> b, const Visit& visit) {
  Walk in_a(a);
  Walk in_b(b);
  for (bool more = true; more;) {
    const uint32_t pixels = std::min(in_a.left(), in_b.left());
    visit(pixels, in_a.on(), in_b.on());
    in_a.advance(pixels);
    in_b.advance(pixels);
    more = in_a.left() != 0 || in_b.left() != 0;
  }
}

std::vector<uint32_t> merge_two(std::span<const uint32_t> a, std::span<const uint32_t> b,
                                Merge how) {
  std::vector<uint32_t> merged;
  uint32_t run = 0;
  bool was_on = false;
  walk_both(a, b, [&](uint32_t pixels, bool on_a, bool on_b) {
    const bool on = how == Merge::unite ? on_a || on_b : on_a && on_b;
    if (on != was_on) {
      merged.push_back(run);
      run = 0;
      was_on = on;
    }
    run += pixels;
  });
  merged.push_back(run);
  return merged;
}

/// Boxes as pycocotools overlaps them before it looks at masks.
bool touch(const Box& a, const Box& b) {
  return std::fmin(a.width + a.left, b.width + b.left) - std::fmax(a.left, b.left) > 0 &&
         std::fmin(a.height + a.top, b.height + b.top) - std::fmax(a.top, b.top) > 0;
}

}  // namespace

// ---- counts as text ----

bool decode_counts(std::string_view text, std::vector<uint32_t>& counts) {
  const size_t first = counts.size();
  counts.resize(first + text.size());  // a number takes at least one character
  uint32_t* const begin = counts.data() + first;
  uint32_t* next = begin;
  for (size_t at = 0; at < text.size();) {
    int64_t number = 0;
    int64_t group = 0;
    uint32_t bits = kMore;
    for (; (bits & kMore) != 0; ++group) {
      if (at == text.size() || group == kMaxGroups) return false;
      bits = static_cast<uint32_t>(static_cast<uint8_t>(text[at++])) - '0';
      if (bits > kLargest) return false;
      number |= static_cast<int64_t>(bits & kDigits) << (kBits * group);
    }
    if ((bits & kSign) != 0) number -= int64_t{1} << (kBits * group);
    if (next - begin >= kFirstDifference) number += *(next - 2);
    if (number < 0 || number > std::numeric_limits<uint32_t>::max()) return false;
    *next++ = static_cast<uint32_t>(number);
  }
  counts.resize(first + static_cast<size_t>(next - begin));
  return true;
}

void encode_counts(std::span<const uint32_t> counts, std::string& text) {
  for (size_t i = 0; i < counts.size(); ++i) {
    int64_t number = counts[i];
    if (static_cast<int64_t>(i) >= kFirstDifference) number -= counts[i - 2];
    for (bool more = true; more;) {
      auto bits = static_cast<uint32_t>(number & kDigits);
      number >>= kBits;
      more = (bits & kSign) != 0 ? number != -1 : number != 0;
      if (more) bits |= kMore;
      text += static_cast<char>(bits + '0');
    }
  }
}

// ---- masks of pixels ----

int64_t PixelMask::area() const {
  return static_cast<int64_t>(on.size()) - std::count(on.begin(), on.end(), uint8_t{0});
}

Box PixelMask::bounds() const {
  return bounds_of(runs_of(*this));
}

Rle runs_of(const PixelMask& mask) {
  Rle rle{.height = mask.height, .width = mask.width, .counts = {0}};
  bool inside = false;
  for (int64_t x = 0; x < mask.width; ++x) {
    for (int64_t y = 0; y < mask.height; ++y) {
      const bool on = mask.on[static_cast<size_t>(y * mask.width + x)] != 0;
      if (on != inside) rle.counts.push_back(0);
      inside = on;
      ++rle.counts.back();
    }
  }
  return rle;
}

PixelMask pixels_of(RleView rle) {
  PixelMask mask{.height = rle.height, .width = rle.width};
  mask.on.resize(static_cast<size_t>(rle.height * rle.width));
  int64_t x = 0;
  int64_t y = 0;
  bool on = false;
  for (const uint32_t count : rle.counts) {
    for (uint32_t i = 0; i < count; ++i) {
      mask.on[static_cast<size_t>(y * rle.width + x)] = on ? 1 : 0;
      if (++y == rle.height) {
        y = 0;
        ++x;
      }
    }
    on = !on;
  }
  return mask;
}

// ---- measures ----

int64_t area_of(RleView rle) {
  uint32_t area = 0;
  for (size_t i = 1; i < rle.counts.size(); i += 2) area += rle.counts[i];
  return area;
}

namespace {

/// The smallest box around pixels.
struct Bounds {
  uint32_t left = std::numeric_limits<uint32_t>::max();
  uint32_t top = std::numeric_limits<uint32_t>::max();
  uint32_t right = 0;
  uint32_t bottom = 0;
  void add(uint32_t x, uint32_t y) {
    left = std::min(left, x);
    right = std::max(right, x);
    top = std::min(top, y);
    bottom = std::max(bottom, y);
  }
  Box box() const {
    return {static_cast<double>(left), static_cast<double>(top),
            static_cast<double>(right - left + 1), static_cast<double>(bottom - top + 1)};
  }
};

/// Runs of which one has no pixels: pycocotools looks at the pixel before it too, and goes round
/// where there is none.
Box bounds_of_odd_runs(RleView rle, size_t pairs) {
  const auto height = static_cast<uint32_t>(rle.height);
  Bounds bounds;
  uint32_t place = 0;
  for (size_t i = 0; i < pairs; ++i) {
    place += rle.counts[2 * i];
    const uint32_t first = place;
    place += rle.counts[2 * i + 1];
    const uint32_t last = place - 1;
    bounds.add(first / height, first % height);
    bounds.add(last / height, last % height);
    if (first / height < last / height) {
      bounds.top = 0;
      bounds.bottom = height - 1;
    }
  }
  return bounds.box();
}

}  // namespace

Box bounds_of(RleView rle) {
  const auto height = static_cast<uint32_t>(rle.height);
  const size_t pairs = rle.counts.size() / 2;
  if (pairs == 0 || height == 0) return {};
  Bounds bounds;
  uint32_t place = 0;
  uint32_t x = 0;
  uint32_t column = 0;  // place of the first pixel of column x
  const auto go_to = [&](uint32_t to) {
    for (; to - column >= height; ++x) column += height;
  };
  for (size_t i = 0; i < pairs; ++i) {
    const uint32_t run = rle.counts[2 * i + 1];
    if (run == 0) return bounds_of_odd_runs(rle, pairs);
    place += rle.counts[2 * i];
    go_to(place);
    bounds.add(x, place - column);
    const uint32_t first_x = x;
    place += run;
    go_to(place - 1);
    bounds.add(x, place - 1 - column);
    if (first_x < x) {  // a run over several columns touches both edges
      bounds.top = 0;
      bounds.bottom = height - 1;
    }
  }
  return bounds.box();
}

Rle merge(std::span<const Rle> rles, Merge how) {
  if (rles.empty()) return {};
  Rle merged = rles.front();
  for (const Rle& rle : rles.subspan(1)) {
    if (rle.height != merged.height || rle.width != merged.width) {
      fail("masks of different sizes cannot be merged", "give masks of one image");
    }
    merged.counts = merge_two(merged.counts, rle.counts, how);
  }
  return merged;
}

void unite(std::vector<uint32_t>& runs, std::span<const uint32_t> others) {
  runs = merge_two(runs, others, Merge::unite);
}

double overlap(RleView found, RleView truth, bool crowd) {
  return touch(bounds_of(found), bounds_of(truth)) ? overlap_of_touching(found, truth, crowd) : 0;
}

double overlap_of_touching(RleView found, RleView truth, bool crowd) {
  uint32_t both = 0;
  uint32_t either = 0;
  walk_both(found.counts, truth.counts, [&](uint32_t pixels, bool on_a, bool on_b) {
    if (on_a || on_b) either += pixels;
    if (on_a && on_b) both += pixels;
  });
  if (both == 0) return 0;
  return static_cast<double>(both) /
         static_cast<double>(crowd ? static_cast<uint32_t>(area_of(found)) : either);
}

// ---- polygons ----

namespace {

// The outline is followed on a grid five times finer; where it crosses the middle of a column of
// pixels, from fine column 5x + 2 to the next, the mask goes on or off below that place.
constexpr int64_t kScale = 5;
constexpr int64_t kMiddle = 2;

int64_t to_grid(double coordinate) {
  return static_cast<int32_t>(static_cast<double>(kScale) * coordinate + 0.5);  // NOLINT: as in C
}

/// Rounds as C does: towards 0 after adding one half.
int64_t rounded(double start, double slope, int64_t steps) {
  return static_cast<int32_t>(start + slope * static_cast<double>(steps) + 0.5);  // NOLINT
}

struct Outline {
  int64_t height = 0;
  int64_t width = 0;
  std::vector<uint32_t>& turns;

  /// The outline goes from fine column 5x + 2 to the next; `fine_y` is the upper of the two places.
  void cross(int64_t x, int64_t fine_y) const {
    double y = (static_cast<double>(fine_y) + 0.5) / static_cast<double>(kScale) - 0.5;
    y = std::ceil(std::clamp(y, 0.0, static_cast<double>(height)));
    turns.push_back(static_cast<uint32_t>(x * height) + static_cast<uint32_t>(y));
  }

  /// First and one past the last pixel column whose middle lies in fine columns [from, to).
  std::pair<int64_t, int64_t> columns(int64_t from, int64_t to) const {
    const auto first_from = [&](int64_t fine) {
      return fine <= kMiddle ? 0 : (fine - kMiddle + kScale - 1) / kScale;
    };
    return {first_from(from), std::min(first_from(to), width)};
  }

  void edge(int64_t x0, int64_t y0, int64_t x1, int64_t y1) const {
    const int64_t dx = std::abs(x1 - x0);
    const int64_t dy = std::abs(y1 - y0);
    if (dx >= dy) {
      if (x0 > x1) {
        std::swap(x0, x1);
        std::swap(y0, y1);
      }
      flat_edge(x0, y0, dx, static_cast<double>(y1 - y0) / static_cast<double>(dx));
    } else {
      if (y0 > y1) {
        std::swap(x0, x1);
        std::swap(y0, y1);
      }
      steep_edge(x0, y0, x1, dy, static_cast<double>(x1 - x0) / static_cast<double>(dy));
    }
  }

 private:
  /// A point for each fine column.
  void flat_edge(int64_t x0, int64_t y0, int64_t dx, double slope) const {
    const auto start = static_cast<double>(y0);
    const auto [first, end] = columns(x0, x0 + dx);
    for (int64_t x = first; x < end; ++x) {
      const int64_t step = x * kScale + kMiddle - x0;
      cross(x, std::min(rounded(start, slope, step), rounded(start, slope, step + 1)));
    }
  }

  /// A point for each fine row; the one before the outline leaves the fine column is the upper one.
  void steep_edge(int64_t x0, int64_t y0, int64_t x1, int64_t dy, double slope) const {
    const auto start = static_cast<double>(x0);
    const auto [first, end] = columns(std::min(x0, x1), std::max(x0, x1));
    for (int64_t x = first; x < end; ++x) {
      const int64_t fine = x * kScale + kMiddle;
      const auto has_left = [&](int64_t step) {
        const int64_t at = rounded(start, slope, step);
        return slope > 0 ? at > fine : at <= fine;
      };
      auto step =
          static_cast<int64_t>(std::ceil((static_cast<double>(fine) + 0.5 - start) / slope));
      step = std::clamp<int64_t>(step, 1, dy);
      while (step > 1 && has_left(step - 1)) --step;
      while (step < dy && !has_left(step)) ++step;
      cross(x, y0 + step - 1);
    }
  }
};

}  // namespace

std::span<const uint32_t> PolygonFiller::fill(std::span<const double> xy, int64_t height,
                                              int64_t width) {
  const size_t corners = xy.size() / 2;
  corners_.clear();
  for (size_t i = 0; i < 2 * corners; ++i) corners_.push_back(to_grid(xy[i]));
  turns_.clear();
  const Outline outline{height, width, turns_};
  for (size_t i = 0; i < corners; ++i) {
    const size_t j = i + 1 < corners ? i + 1 : 0;
    outline.edge(corners_[2 * i], corners_[2 * i + 1], corners_[2 * j], corners_[2 * j + 1]);
  }
  turns_.push_back(static_cast<uint32_t>(height * width));
  std::sort(turns_.begin(), turns_.end());
  // Two turns at one place undo each other.
  counts_.assign(1, turns_[0]);
  for (size_t i = 1; i < turns_.size(); ++i) {
    if (turns_[i] != turns_[i - 1]) {
      counts_.push_back(turns_[i] - turns_[i - 1]);
    } else if (++i < turns_.size()) {
      counts_.back() += turns_[i] - turns_[i - 1];
    }
  }
  return counts_;
}

Rle rle_of(const std::vector<std::vector<double>>& polygons, int64_t height, int64_t width) {
  PolygonFiller filler;
  Rle all{.height = height, .width = width};
  for (const std::vector<double>& polygon : polygons) {
    const auto counts = filler.fill(polygon, height, width);
    all.counts = all.counts.empty() ? std::vector(counts.begin(), counts.end())
                                    : merge_two(all.counts, counts, Merge::unite);
  }
  return all;
}

Rle runs_of(const Segmentation& mask, int64_t height, int64_t width) {
  return mask.rle ? *mask.rle : rle_of(mask.polygons, height, width);
}

}  // namespace fovea
