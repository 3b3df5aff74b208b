#include "fovea/image/draw_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "fovea/image/draw_shapes.h"
#include "fovea/image/module_library.h"
#include "fovea/image/text.h"

namespace fovea {
namespace {

constexpr double kTagMargin = 0.25;  // of the text size, left and right of the text
constexpr double kSmaller = 0.8;     // of the size, where names are crowded
constexpr double kLeastSize = 9;     // pixels
constexpr double kLaterPlace = 0.1;  // cost of a place for each one that is liked better

constexpr size_t kAlwaysNamed = 8;    // boxes, where there is room
constexpr double kMostCovered = 0.2;  // part of the picture, by the names of more boxes

struct Area {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
  double size() const { return (right - left) * (bottom - top); }
};

double common(const Area& a, const Area& b) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/// Black or white, whichever is read better on `ground` (ITU-R BT.601 luma).
Color ink_on(Color ground) {
  const int luma = 299 * ground.red + 587 * ground.green + 114 * ground.blue;
  return luma > 140'000 ? Color{0, 0, 0} : Color{255, 255, 255};
}

TextMask text_mask(std::string_view text, const TextRoom& room) {
  static const auto draw =
      reinterpret_cast<DrawText*>(module_symbol("libfovea_text.so", kDrawTextName));
  TextMask mask;
  draw(text, room, mask);
  return mask;
}

void draw_mask(Image& image, int64_t left, int64_t top, const TextMask& mask, Color ink) {
  for (int64_t row = 0; row < mask.height; ++row) {
    for (int64_t column = 0; column < mask.width; ++column) {
      const uint8_t cover = mask.coverage[static_cast<size_t>(row * mask.width + column)];
      if (cover > 0) blend(image, left + column, top + row, ink, cover / 255.0);
    }
  }
}

double text_size(const Image& image) {
  const auto side = static_cast<double>(std::min(image.height, image.width));
  return std::clamp(8 + side / 100, kLeastSize, 32.0);
}

/// Finds room for names, one after the other.
class TagDrawer {
 public:
  TagDrawer(Image& image, const std::vector<Tag>& tags) : image_(image), tags_(tags) {
    const auto inside = [](double position, int64_t size) {
      return position > 0 ? std::min(position, static_cast<double>(size)) : 0;  // also no number
    };
    boxes_.reserve(tags.size());
    for (const Tag& tag : tags) {
      const double left = inside(tag.left, image.width);
      const double top = inside(tag.top, image.height);
      boxes_.push_back({left, top, std::max(left, inside(tag.right, image.width)),
                        std::max(top, inside(tag.bottom, image.height))});
    }
  }

  void draw() {
    const double size = text_size(image_);
    const double smaller = std::max(kLeastSize, size * kSmaller);
    for (size_t i = 0; i < tags_.size() && !is_full(); ++i) {
      const Tag& tag = tags_[i];
      if (draw_at(i, tag.text, size) || draw_at(i, tag.text, smaller)) continue;
      draw_at(i, tag.short_text, smaller);
    }
  }

 private:
  /// Whether more names would cover too much of the picture.
  bool is_full() const {
    double covered = 0;
    for (const Area& area : taken_) covered += area.size();
    const auto whole = static_cast<double>(image_.height * image_.width);
    return taken_.size() >= kAlwaysNamed && covered > kMostCovered * whole;
  }

  /// False where there is no room.
  bool draw_at(size_t i, const std::string& text, double size) {
    if (text.empty()) return false;
    const auto margin = static_cast<int64_t>(std::ceil(size * kTagMargin));
    const int64_t room = image_.width - 2 * margin;
    if (room < 1) return false;
    const TextMask mask = text_mask(text, {.size = size, .max_width = room});
    const auto place = best_place(i, static_cast<double>(mask.width + 2 * margin),
                                  static_cast<double>(mask.height));
    if (!place) return false;
    fill_rectangle(image_, place->left, place->top, place->right, place->bottom, tags_[i].color);
    draw_mask(image_, static_cast<int64_t>(place->left) + margin, static_cast<int64_t>(place->top),
              mask, ink_on(tags_[i].color));
    taken_.push_back(*place);
    return true;
  }

  /// Around box `i`, the places that are liked best first, moved into the picture.
  std::array<Area, 8> places(size_t i, double width, double height) const {
    const Area& box = boxes_[i];
    const std::array<std::array<double, 2>, 8> corners = {{{box.left, box.top - height},
                                                           {box.right - width, box.top - height},
                                                           {box.left, box.bottom},
                                                           {box.right - width, box.bottom},
                                                           {box.left, box.top},
                                                           {box.left, box.bottom - height},
                                                           {box.right, box.top},
                                                           {box.left - width, box.top}}};
    const auto moved = [](double position, double length, int64_t size) {
      return std::clamp(std::round(position), 0.0,
                        std::max(0.0, static_cast<double>(size) - length));
    };
    std::array<Area, 8> areas;
    for (size_t k = 0; k < corners.size(); ++k) {
      const double left = moved(corners[k][0], width, image_.width);
      const double top = moved(corners[k][1], height, image_.height);
      areas[k] = {left, top, left + width, top + height};
    }
    return areas;
  }

  std::optional<Area> best_place(size_t i, double width, double height) const {
    std::optional<Area> best;
    double least = std::numeric_limits<double>::infinity();
    double cost = 0;
    for (const Area& place : places(i, width, height)) {
      const double own = cost;
      cost += kLaterPlace;
      const bool is_taken = std::any_of(taken_.begin(), taken_.end(), [&](const Area& other) {
        return common(place, other) > 0;
      });
      if (is_taken || own >= least) continue;
      const double whole = own + hidden(place);
      if (whole >= least) continue;
      least = whole;
      best = place;
    }
    return best;
  }

  /// The parts of boxes under a name, added up.
  double hidden(const Area& place) const {
    double sum = 0;
    for (const Area& box : boxes_) {
      const double part = common(place, box);
      if (part > 0) sum += part / box.size();
    }
    return sum;
  }

  Image& image_;
  const std::vector<Tag>& tags_;
  std::vector<Area> boxes_ = {};  // inside the picture
  std::vector<Area> taken_ = {};
};

}  // namespace

void draw_tags(Image& image, const std::vector<Tag>& tags) {
  TagDrawer(image, tags).draw();
}

int64_t draw_text(Image& image, int64_t x, int64_t y, std::string_view text,
                  const TextBlock& block) {
  const TextMask mask = text_mask(
      text, {.size = block.size, .max_width = block.max_width, .max_lines = block.max_lines});
  draw_mask(image, x, y, mask, block.ink);
  return mask.height;
}

bool can_be_drawn(std::string_view text) {
  constexpr TextRoom kAny = {.max_width = 1'000'000};
  return text_mask(text, kAny).unknown_letters == 0;
}

}  // namespace fovea
