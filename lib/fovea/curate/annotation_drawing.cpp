#include "fovea/curate/annotation_drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "fovea/data/rle.h"
#include "fovea/image/draw_shapes.h"
#include "fovea/image/draw_text.h"
#include "fovea/image/warp.h"

namespace fovea {
namespace {

constexpr int64_t kLeastSide = 640;  // pixels; smaller pictures are enlarged by a whole factor
constexpr double kMaskOpacity = 0.4;
constexpr int64_t kHatch = 8;  // pixels between the lines on a crowd
constexpr int64_t kGap = 4;    // pixels between two panels
constexpr Color kRight = {0, 158, 90};
constexpr Color kWrong = {225, 30, 45};
constexpr Color kMissed = {255, 140, 0};
constexpr Color kExcused = {128, 128, 128};

/// Draws on one panel.
class MarkDrawer {
 public:
  /// `scale` is how much larger than the file's picture `image` is.
  MarkDrawer(Image& image, int64_t scale, const Record& record, const MarkNames& names)
      : image_(image), scale_(scale), record_(record), names_(names) {}

  void draw(const std::vector<Mark>& marks) {
    std::vector<const Mark*> order;
    order.reserve(marks.size());
    for (const Mark& mark : marks) order.push_back(&mark);
    const auto area = [](const Mark* mark) { return mark->box.width * mark->box.height; };
    std::stable_sort(order.begin(), order.end(),
                     [&](const Mark* a, const Mark* b) { return area(a) > area(b); });
    for (const Mark* mark : order) draw_mask(*mark);
    for (const Mark* mark : order) draw_outline(*mark);
    for (const Mark* mark : order) draw_points(*mark);
    draw_names(order);
  }

 private:
  double at(double position) const { return position * static_cast<double>(scale_); }
  /// The drawn pixels of pixels of the file, which are whole numbers.
  int64_t first(double position) const { return static_cast<int64_t>(position) * scale_; }
  int64_t end(double position, int64_t size) const { return std::min(first(position), size); }

  /// Large objects have the choice where their names stand.
  void draw_names(const std::vector<const Mark*>& order) {
    std::vector<Tag> tags;
    tags.reserve(order.size());
    for (const Mark* mark : order) {
      const Box& box = mark->box;
      tags.push_back({.left = at(box.left),
                      .top = at(box.top),
                      .right = at(box.right()),
                      .bottom = at(box.bottom()),
                      .text = caption_of(*mark, names_.categories),
                      .short_text = names_.categories.at(static_cast<size_t>(mark->label)).name,
                      .color = color_of(*mark)});
    }
    draw_tags(image_, tags);
  }

  void draw_mask(const Mark& mark) {
    const Segmentation& mask = mark.segmentation;
    if (mask.empty() || record_.width <= 0 || record_.height <= 0) return;
    const Rle runs = runs_of(mask, record_.height, record_.width);
    const PixelMask pixels = pixels_of(runs);
    const Box on = bounds_of(runs);  // the others are left as they are
    const Color color = color_of(mark);
    for (int64_t y = first(on.top); y < end(on.bottom(), image_.height); ++y) {
      for (int64_t x = first(on.left); x < end(on.right(), image_.width); ++x) {
        const int64_t place = y / scale_ * pixels.width + x / scale_;
        if (pixels.on[static_cast<size_t>(place)] == 0) continue;
        if (mark.crowd && (x + y) % kHatch >= kHatch / 4) continue;
        blend(image_, x, y, color, mark.crowd ? 0.8 : kMaskOpacity);
      }
    }
  }

  void draw_outline(const Mark& mark) {
    const Box& box = mark.box;
    const bool is_dashed = mark.crowd || mark.verdict == Verdict::missed;
    const auto draw_it = is_dashed ? draw_dashed_box : draw_box;
    draw_it(image_, at(box.left), at(box.top), at(box.right()), at(box.bottom()), color_of(mark),
            line_thickness(image_));
  }

  void draw_points(const Mark& mark) {
    const std::vector<Keypoint>& points = mark.keypoints;
    const auto thickness = static_cast<double>(line_thickness(image_));
    const auto is_labelled = [&](size_t i) {
      return i < points.size() && points[i].visibility > 0;
    };
    const auto label = static_cast<size_t>(mark.label);
    if (label < names_.skeletons.size()) {
      for (const auto& [a, b] : names_.skeletons[label]) {
        if (!is_labelled(a) || !is_labelled(b)) continue;
        draw_line(image_, at(points[a].x), at(points[a].y), at(points[b].x), at(points[b].y),
                  color_of(mark), thickness);
      }
    }
    for (size_t i = 0; i < points.size(); ++i) {
      if (!is_labelled(i)) continue;
      draw_disc(image_, at(points[i].x), at(points[i].y), thickness + 2, {255, 255, 255});
      draw_disc(image_, at(points[i].x), at(points[i].y), thickness + 1,
                points[i].visibility == 1 ? kExcused : color_of(static_cast<int64_t>(i)));
    }
  }

  Image& image_;
  int64_t scale_;
  const Record& record_;
  const MarkNames& names_;
};

}  // namespace

Color color_of(const Mark& mark) {
  switch (mark.verdict) {
    case Verdict::right:
      return kRight;
    case Verdict::missed:
      return kMissed;
    case Verdict::wrong:
      return kWrong;
    case Verdict::excused:
      return kExcused;
    case Verdict::none:
      break;
  }
  return mark.crowd ? kExcused : color_of(mark.label);
}

std::string caption_of(const Mark& mark, const std::vector<Category>& categories) {
  const std::string& name = categories.at(static_cast<size_t>(mark.label)).name;
  if (mark.score > 0) return fmt::format("{} {:.2f}", name, mark.score);
  const std::string_view kind = mark.crowd                        ? " crowd"
                                : mark.verdict == Verdict::missed ? " missed"
                                                                  : "";
  return fmt::format("{}{} #{}", name, kind, mark.id);
}

Image draw_shown(const Image& picture, const ShownImage& image, const MarkNames& names,
                 Panels panels) {
  const int64_t scale =
      std::max<int64_t>(1, kLeastSide / std::max({picture.height, picture.width, int64_t{1}}));
  const auto factor = static_cast<double>(scale);
  Image truth = scale == 1 ? picture
                           : warp(picture, {factor, 0, 0, 0, factor, 0}, picture.height * scale,
                                  picture.width * scale);
  if (panels == Panels::truth) {
    MarkDrawer(truth, scale, *image.record, names).draw(image.truth);
    return truth;
  }
  Image found = truth;
  MarkDrawer(truth, scale, *image.record, names).draw(image.truth);
  MarkDrawer(found, scale, *image.record, names).draw(image.found);
  return tile({truth, found}, 2, kGap);
}

}  // namespace fovea
