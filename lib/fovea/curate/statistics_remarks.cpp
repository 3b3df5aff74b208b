// What is remarkable about a data set. The limits are such that a balanced data set of usual
// photographs has nothing to be said about it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fovea/curate/statistics_report.h"
#include "fovea/curate/text_table.h"

namespace fovea {
namespace {

constexpr int64_t kFew = 30;           // objects of a class: too few to learn from or to score
constexpr double kUnbalanced = 20;     // times as many objects as the rarest class
constexpr double kOtherShare = 3;      // times a class's part of a split over that of another
constexpr double kManyEmpty = 0.3;     // part of the images
constexpr double kManyTiny = 0.1;      // part of the objects below 8 pixels, an FPN's finest stride
constexpr double kManyAtEdge = 0.4;    // part of the objects
constexpr double kCentred = 0.4;       // part of the centres in the middle ninth
constexpr double kManyThin = 0.05;     // part of the objects beyond 1 : 5
constexpr double kSizesApart = 4;      // times the narrowest picture (5 % and 95 %)
constexpr double kShapesApart = 2;     // times the flattest picture (5 % and 95 %)
constexpr double kInseparable = 0.95;  // part of the images with either class that have both
constexpr size_t kMostNames = 6;
constexpr int64_t kNameColumns = 40;

class Remarks {
 public:
  explicit Remarks(const DatasetStatistics& statistics)
      : statistics_(statistics), all_(statistics.all) {}

  std::vector<std::string> all() && {
    if (all_.objects == 0) {
      say("there is no object in it");
      return std::move(said_);
    }
    on_classes();
    on_splits();
    on_sizes();
    on_places();
    on_pictures();
    on_pairs();
    return std::move(said_);
  }

 private:
  void say(std::string remark) { said_.push_back(std::move(remark)); }

  static double part(int64_t some, int64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(some) / static_cast<double>(whole);
  }

  std::string name(size_t label) const {
    return fmt::format("`{}`", shortened(statistics_.categories[label].name, kNameColumns));
  }

  std::string names(const std::vector<size_t>& labels) const {
    std::string text;
    for (size_t i = 0; i < std::min(labels.size(), kMostNames); ++i) {
      text += fmt::format("{}{}", i == 0 ? "" : ", ", name(labels[i]));
    }
    if (labels.size() > kMostNames) {
      text += fmt::format(" and {} more",
                          with_commas(static_cast<int64_t>(labels.size() - kMostNames)));
    }
    return text;
  }

  /// Labels whose classes are such.
  template <class Is>
  std::vector<size_t> labels_where(const Is& is) const {
    std::vector<size_t> labels;
    for (size_t label = 0; label < all_.classes.size(); ++label) {
      if (is(label)) labels.push_back(label);
    }
    return labels;
  }

  static std::string classes(size_t count, std::string_view has, std::string_view have) {
    return count == 1
               ? fmt::format("1 class {}", has)
               : fmt::format("{} classes {}", with_commas(static_cast<int64_t>(count)), have);
  }

  void on_classes() {
    const auto objects = [&](size_t label) { return all_.classes[label].objects; };
    const auto none = labels_where([&](size_t label) { return objects(label) == 0; });
    if (!none.empty()) {
      say(fmt::format("{} no object: {}", classes(none.size(), "has", "have"), names(none)));
    }
    auto few = labels_where([&](size_t l) { return objects(l) > 0 && objects(l) < kFew; });
    std::stable_sort(few.begin(), few.end(),
                     [&](size_t a, size_t b) { return objects(a) < objects(b); });
    if (!few.empty()) {
      say(fmt::format("{} fewer than {} objects: {}", classes(few.size(), "has", "have"), kFew,
                      names(few)));
    }
    const auto used = labels_where([&](size_t label) { return objects(label) > 0; });
    const auto [rarest, commonest] = std::minmax_element(
        used.begin(), used.end(), [&](size_t a, size_t b) { return objects(a) < objects(b); });
    const double times = part(objects(*commonest), objects(*rarest));
    if (times < kUnbalanced) return;
    say(fmt::format("out of balance: {} has {} of the objects, {} times as many as {}",
                    name(*commonest), percent(objects(*commonest), all_.objects),
                    with_commas(std::llround(times)), name(*rarest)));
  }

  void on_splits() {
    const std::vector<PartStatistics>& splits = statistics_.splits;
    for (size_t s = 0; s < splits.size() && splits.size() > 1; ++s) {
      const auto lacking = labels_where([&](size_t label) {
        return splits[s].classes[label].objects == 0 && all_.classes[label].objects > 0;
      });
      if (!lacking.empty()) {
        say(fmt::format("{} no object in {}, but some elsewhere: {}",
                        classes(lacking.size(), "has", "have"), splits[s].name, names(lacking)));
      }
      if (s > 0) on_shares(splits[0], splits[s]);
    }
  }

  /// Classes that are a much larger or smaller part of one split than of another.
  void on_shares(const PartStatistics& first, const PartStatistics& other) {
    const auto differing = labels_where([&](size_t label) {
      const int64_t a = first.classes[label].objects;
      const int64_t b = other.classes[label].objects;
      if (a == 0 || b == 0 || std::max(a, b) < kFew) return false;
      const double times = part(a, first.objects) / part(b, other.objects);
      // Of few objects chance alone makes such a difference.
      const bool is_chance = std::min(part(a, first.objects) * static_cast<double>(other.objects),
                                      static_cast<double>(a)) < kUnbalanced;
      return !is_chance && (times > kOtherShare || times < 1 / kOtherShare);
    });
    if (differing.empty()) return;
    say(fmt::format("much more or much less frequent in {} than in {}: {}", other.name, first.name,
                    names(differing)));
  }

  void on_sizes() {
    if (all_.side.p5 > 0 && all_.side_histogram.counts[0] + all_.side_histogram.counts[1] > 0) {
      const int64_t tiny = all_.side_histogram.counts[0] + all_.side_histogram.counts[1];
      if (part(tiny, all_.objects) > kManyTiny) {
        say(
            fmt::format("{} of the objects have a side below 8 pixels in the file already: no "
                        "input side helps, only larger pictures do",
                        percent(tiny, all_.objects)));
      }
    }
    for (const InputSide& side : all_.input_sides) {
      if (side.side != 640 || side.below_8 <= kManyTiny) continue;
      say(
          fmt::format("{:.0f} % of the objects have a side below 8 pixels when pictures are "
                      "fitted into 640; nine of ten have more from an input side of {} on, or cut "
                      "the pictures into tiles",
                      100 * side.below_8, with_commas(all_.needed_sides.front().side)));
    }
    if (all_.over_100 > 0) {
      say(
          fmt::format("{} {} more than 100 objects ({} at most), but COCO's figures count only "
                      "100 detections an image",
                      with_commas(all_.over_100), all_.over_100 == 1 ? "image has" : "images have",
                      with_commas(static_cast<int64_t>(all_.objects_an_image.most))));
    }
    const std::vector<int64_t>& shapes = all_.aspect_histogram.counts;
    const int64_t thin = shapes[0] + shapes[1] + shapes[shapes.size() - 2] + shapes.back();
    if (part(thin, all_.objects) > kManyThin) {
      say(fmt::format("{} of the boxes are more than five times as long as wide",
                      percent(thin, all_.objects)));
    }
  }

  void on_places() {
    if (part(all_.empty_images, all_.images) > kManyEmpty) {
      say(fmt::format("{} of the images have no annotation",
                      percent(all_.empty_images, all_.images)));
    }
    const int64_t placed = all_.relative_side.count;
    if (part(all_.at_edge, placed) > kManyAtEdge) {
      say(fmt::format("{} of the objects reach to the edge of their picture, probably cut by it",
                      percent(all_.at_edge, placed)));
    }
    constexpr int64_t third = decltype(all_.centres)::side / 3;
    int64_t middle = 0;
    for (int64_t y = third; y < 2 * third; ++y) {
      for (int64_t x = third; x < 2 * third; ++x) middle += all_.centres.at(x, y);
    }
    if (part(middle, placed) > kCentred) {
      say(
          fmt::format("{} of the objects have their centre in the middle ninth of the picture: a "
                      "network may learn the place; crop or shift when training",
                      percent(middle, placed)));
    }
    if (all_.masks > 0 && all_.masks < all_.objects) {
      say(fmt::format("only {} of the objects have a mask", percent(all_.masks, all_.objects)));
    }
  }

  void on_pictures() {
    const Spread& width = all_.picture_width;
    if (width.p5 > 0 && width.p95 / width.p5 > kSizesApart) {
      say(fmt::format("pictures of very different size: {:.0f} to {:.0f} pixels wide", width.least,
                      width.most));
    }
    const Spread& shape = all_.picture_aspect;
    if (shape.p5 > 0 && shape.p95 / shape.p5 > kShapesApart) {
      say(
          fmt::format("pictures of very different shape, {:.2f} to {:.2f} times as wide as high: a "
                      "fixed input shape is partly empty for many",
                      shape.least, shape.most));
    }
  }

  /// Classes that hardly occur without each other.
  void on_pairs() {
    const Together& together = all_.together;
    size_t said = 0;
    for (size_t a = 0; a < together.labels.size(); ++a) {
      for (size_t b = a + 1; b < together.labels.size() && said < 3; ++b) {
        const int64_t most = together.at(a, a);  // labels come by falling count of images
        const int64_t both = together.at(a, b);
        if (both < kFew || part(both, most) < kInseparable) continue;
        if (part(most, all_.images) > 0.9) continue;  // in nearly every picture anyhow
        ++said;
        say(
            fmt::format("{} and {} lie in the same pictures ({} of them): one may be learned for "
                        "the other",
                        name(static_cast<size_t>(together.labels[a])),
                        name(static_cast<size_t>(together.labels[b])), percent(both, most)));
      }
    }
  }

  const DatasetStatistics& statistics_;
  const PartStatistics& all_;
  std::vector<std::string> said_ = {};
};

}  // namespace

std::vector<std::string> remarks_on(const DatasetStatistics& statistics) {
  return Remarks(statistics).all();
}

}  // namespace fovea
