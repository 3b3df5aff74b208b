#include "fovea/augment/plan.h"

#include <algorithm>
#include <cmath>

#include "fovea/augment/boxes.h"
#include "fovea/augment/geometry.h"

namespace fovea {
namespace {

// Numbers of a sample's pictures for Draws: four of each layer, and the one objects are taken from.
constexpr int64_t kSecondLayer = 4;
constexpr int64_t kPasted = 8;
// The side of a mosaic's largest quarter, relative to the sample's.
constexpr double kLargestQuarter = 0.7;

/// From Gamma(alpha, 1) by Marsaglia and Tsang (2000).
double draw_gamma(double alpha, Rng& rng) {
  if (alpha < 1) return draw_gamma(alpha + 1, rng) * std::pow(1 - rng.uniform(), 1 / alpha);
  const double d = alpha - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = rng.normal();
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(1 - rng.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double draw_beta(double alpha, Rng& rng) {
  const double a = draw_gamma(alpha, rng);
  const double b = draw_gamma(alpha, rng);
  return a + b > 0 ? a / (a + b) : 0.5;
}

/// A rectangle of that share of the sample's area.
PixelRect draw_rect(double share, double aspect, ImageSize size, Rng& rng) {
  const auto side = [](double length, int64_t whole) {
    return std::clamp<int64_t>(std::llround(length), 1, whole);
  };
  const double area = share * static_cast<double>(size.height) * static_cast<double>(size.width);
  PixelRect rect;
  rect.width = side(std::sqrt(area * aspect), size.width);
  rect.height = side(std::sqrt(area / aspect), size.height);
  rect.left = rng.below(size.width - rect.width + 1);
  rect.top = rng.below(size.height - rect.height + 1);
  return rect;
}

/// For the pictures of a mosaic: sizes from the same range of pixels as without, but none leaves
/// room in its quarter.
AugmentOptions of_quarters(AugmentOptions options) {
  options.zoom.p = 1;
  options.zoom.min = std::max(1.0, 2 * options.zoom.min);
  options.zoom.max = std::max(1.0, 2 * options.zoom.max);
  return options;
}

class Planner {
 public:
  Planner(const PlanSource& source, ImageSize size, const Draws& draws)
      : source_(source), options_(source.options), size_(size), draws_(draws) {}

  SamplePlan plan(int64_t record) {
    SamplePlan plan{.size = size_, .first = layer(record, 0)};
    mix(plan);
    erase(plan);
    plan.colour = draw_colour(options_, draws_);
    plan.blur = drawn_sigma(options_.blur, Draw::blur, 0.1);
    plan.noise = drawn_sigma(options_.noise, Draw::noise, 0);
    change(plan);
    return plan;
  }

 private:
  /// The centre of a random object that is not a crowd.
  std::optional<Point> centre_of(const Record& record, ImageSize file, int64_t place) const {
    const auto& all = record.instances;
    const int64_t count =
        std::count_if(all.begin(), all.end(), [](const auto& object) { return !object.crowd; });
    if (count == 0) return {};
    Rng rng = draws_.of(Draw::orientation, 1000 + place);
    int64_t left = rng.below(count);
    for (const auto& object : all) {
      if (object.crowd || left-- > 0) continue;
      const Box box = common_part(object.box, whole_of(file));
      return Point{box.left + box.width / 2, box.top + box.height / 2};
    }
    return {};
  }

  Placement placed(int64_t record, const PixelRect& part, const AugmentOptions& options,
                   int64_t place) const {
    const ImageSize file = source_.size_of(record);
    const Subject subject = {
        .file = file,
        .centre = centre_of(source_.dataset.records[static_cast<size_t>(record)], file, place)};
    const Projection in_part =
        draw_map(options, subject, {.height = part.height, .width = part.width}, draws_, place);
    const Affine move = {1, 0, static_cast<double>(part.left), 0, 1, static_cast<double>(part.top)};
    return {.record = record,
            .file = file,
            .to_sample = compose(move, in_part),
            .window = {.part = part, .sample = size_}};
  }

  Layer layer(int64_t record, int64_t place) const {
    Layer layer;
    if (draws_.of(Draw::mosaic, place).chance(options_.mosaic.p)) {
      layer.pictures = four(record, place);
    } else {
      layer.pictures = {placed(record, {0, 0, size_.width, size_.height}, options_, place)};
    }
    layer.paste = paste(place);
    return layer;
  }

  /// Four pictures around a random point, the sample's own in the upper left.
  std::vector<Placement> four(int64_t record, int64_t place) const {
    const AugmentOptions options = of_quarters(options_);
    Rng rng = draws_.of(Draw::mosaic, place + 100);
    const auto split = [&rng](int64_t side) {
      const double share = rng.uniform(1 - kLargestQuarter, kLargestQuarter);
      return std::clamp<int64_t>(std::llround(share * static_cast<double>(side)), 1, side - 1);
    };
    const int64_t x = split(size_.width);
    const int64_t y = split(size_.height);
    std::vector<Placement> pictures;
    for (int64_t q = 0; q < 4; ++q) {
      const PixelRect part = {.left = q % 2 == 0 ? 0 : x,
                              .top = q / 2 == 0 ? 0 : y,
                              .width = q % 2 == 0 ? x : size_.width - x,
                              .height = q / 2 == 0 ? y : size_.height - y};
      pictures.push_back(placed(q == 0 ? record : source_.partner(rng), part, options, place + q));
    }
    return pictures;
  }

  std::optional<Paste> paste(int64_t place) const {
    Rng rng = draws_.of(Draw::copy_paste, place);
    if (!rng.chance(options_.copy_paste.p)) return {};
    const int64_t record = source_.partner(rng);
    const InstanceList& all = source_.dataset.records[static_cast<size_t>(record)].instances;
    Paste paste;
    for (const int64_t i : permutation(static_cast<int64_t>(all.size()), Rng(rng.bits()))) {
      const auto object = all[static_cast<size_t>(i)];
      if (object.crowd || !object.has_mask() || !rng.chance(0.5)) continue;
      paste.objects.push_back(static_cast<size_t>(i));
      if (static_cast<int64_t>(paste.objects.size()) == options_.copy_paste.most) break;
    }
    if (paste.objects.empty()) return {};
    std::sort(paste.objects.begin(), paste.objects.end());
    paste.from = placed(record, {0, 0, size_.width, size_.height}, options_, kPasted + place);
    return paste;
  }

  void mix(SamplePlan& plan) const {
    Rng mixup = draws_.of(Draw::mixup);
    Rng cutmix = draws_.of(Draw::cutmix);
    if (mixup.chance(options_.mixup.p)) {
      plan.second = layer(source_.partner(mixup), kSecondLayer);
      plan.second_share = draw_beta(options_.mixup.alpha, mixup);
    } else if (cutmix.chance(options_.cutmix.p)) {
      plan.second = layer(source_.partner(cutmix), kSecondLayer);
      const double aspect = static_cast<double>(size_.width) / static_cast<double>(size_.height);
      plan.cut = draw_rect(draw_beta(options_.cutmix.alpha, cutmix), aspect, size_, cutmix);
      plan.second_share = static_cast<double>(plan.cut->width * plan.cut->height) /
                          static_cast<double>(size_.width * size_.height);
    }
  }

  void erase(SamplePlan& plan) const {
    constexpr double kAspect = 0.3;  // the narrowest, as in RandomErasing
    Rng rng = draws_.of(Draw::erase);
    if (!rng.chance(options_.erase.p)) return;
    for (int64_t i = 0; i < options_.erase.count; ++i) {
      const double share = rng.uniform(options_.erase.min, options_.erase.max);
      const double aspect = std::exp(rng.uniform(std::log(kAspect), -std::log(kAspect)));
      plan.erased.push_back(draw_rect(share, aspect, size_, rng));
    }
  }

  double drawn_sigma(const Variation& variation, Draw what, double least) const {
    Rng rng = draws_.of(what);
    if (!rng.chance(variation.p)) return 0;
    return rng.uniform(std::min(least, variation.amount), variation.amount);
  }

  /// A policy moves all pictures of the sample alike.
  void change(SamplePlan& plan) const {
    PolicyDraw drawn = draw_policy(options_, size_, draws_);
    plan.changes = std::move(drawn.changes);
    if (plan.first.pictures.size() > 1) return;  // a quarter would leave its place
    Projection& map = plan.first.pictures.front().to_sample;
    map = compose(drawn.map, map);
  }

  const PlanSource& source_;
  const AugmentOptions& options_;
  const ImageSize size_;
  const Draws& draws_;
};

}  // namespace

double largest_sample_scale(const AugmentOptions& options, ImageSize file, ImageSize size) {
  const double alone = largest_scale(options, file, size);
  if (options.mosaic.p <= 0) return alone;
  const auto quarter = [](int64_t side) {
    return std::max<int64_t>(1, std::llround(kLargestQuarter * static_cast<double>(side)));
  };
  const ImageSize largest = {.height = quarter(size.height), .width = quarter(size.width)};
  return std::max(alone, largest_scale(of_quarters(options), file, largest));
}

SamplePlan draw_plan(const PlanSource& source, int64_t record, ImageSize size, const Draws& draws) {
  return Planner(source, size, draws).plan(record);
}

}  // namespace fovea
