#include "fovea/eval/overlaps.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "fovea/eval/mean.h"

namespace fovea {
namespace {

/// Square pixels that two boxes share; nothing where they are apart or only touch.
std::optional<double> shared_area(const Box& a, const Box& b) {
  const double width = std::fmin(a.width + a.left, b.width + b.left) - std::fmax(a.left, b.left);
  if (width <= 0) return {};
  const double height = std::fmin(a.height + a.top, b.height + b.top) - std::fmax(a.top, b.top);
  if (height <= 0) return {};
  return width * height;
}

}  // namespace

double box_overlap(const Box& found, const Box& truth, bool crowd) {
  const std::optional<double> shared = shared_area(found, truth);
  if (!shared) return 0;
  const double found_area = found.width * found.height;
  const double whole = crowd ? found_area : found_area + truth.width * truth.height - *shared;
  return *shared / whole;
}

void MaskOverlap::set_truths(size_t count) {
  if (truths_.size() < count) truths_.resize(count);
  for (size_t g = 0; g < count; ++g) truths_[g].clear();
  found_.clear();
}

double MaskOverlap::operator()(const MaskColumn::View& found, size_t g,
                               const MaskColumn::View& truth, bool crowd, double least) {
  const std::optional<double> shared = shared_area(found.bounds, truth.bounds);
  if (!shared) return 0;
  // A little below, for what rounding makes of the quotient.
  const double most = std::min({*shared, found.area, truth.area});
  const double whole = crowd ? found.area : std::max(found.area, truth.area);
  if (most < (least - 1e-9) * whole) return 0;
  if (found_.empty()) decode_counts(found.text, found_);
  if (truths_[g].empty()) decode_counts(truth.text, truths_[g]);
  return overlap_of_touching({found.height, found.width, found_},
                             {truth.height, truth.width, truths_[g]}, crowd);
}

KeypointOverlap::KeypointOverlap(std::span<const double> sigmas) {
  for (const double sigma : sigmas) variances_.push_back((sigma * 2) * (sigma * 2));
}

double KeypointOverlap::operator()(std::span<const double> found, std::span<const double> truth,
                                   const Box& box, double area, double least) {
  const size_t count = variances_.size();
  bool any_labelled = false;
  for (size_t i = 0; i < count; ++i) any_labelled = any_labelled || truth[3 * i + 2] > 0;
  errors_.clear();
  const double left = box.left - box.width;
  const double right = box.left + box.width * 2;
  const double top = box.top - box.height;
  const double bottom = box.top + box.height * 2;
  const double scale = area + std::numeric_limits<double>::epsilon();
  for (size_t i = 0; i < count; ++i) {
    const double x = found[3 * i];
    const double y = found[3 * i + 1];
    double dx = 0;
    double dy = 0;
    if (any_labelled) {
      if (!(truth[3 * i + 2] > 0)) continue;
      dx = x - truth[3 * i];
      dy = y - truth[3 * i + 1];
    } else {  // how far out of a box of twice the size around it
      dx = std::max(0.0, left - x) + std::max(0.0, x - right);
      dy = std::max(0.0, top - y) + std::max(0.0, y - bottom);
    }
    errors_.push_back((dx * dx + dy * dy) / variances_[i] / scale / 2);
  }
  // exp(-e) is at most 1: as soon as too few keypoints can be near, the rest need not be known.
  const auto total = static_cast<double>(errors_.size());
  double most = total;
  for (double& error : errors_) {
    error = std::exp(-error);
    most -= 1 - error;
    if (most < (least - 1e-6) * total) return 0;
  }
  return pairwise_sum(errors_) / total;
}

}  // namespace fovea
