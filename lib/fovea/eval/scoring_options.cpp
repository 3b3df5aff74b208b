#include "fovea/eval/scoring_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "fovea/core/error.h"

namespace fovea {
namespace {

// The keypoints of persons, from pycocotools' Params: nose, eyes, ears, shoulders, elbows, wrists,
// hips, knees, ankles.
constexpr double kPersonSigmas[] = {.26, .25, .25,  .35,  .35, .79, .79, .72, .72,
                                    .62, .62, 1.07, 1.07, .87, .87, .89, .89};

void expect_count(std::string_view what, size_t count, size_t most) {
  if (count >= 1 && count <= most) return;
  fail(fmt::format("{} {} are given", count, what), fmt::format("give 1 to {}", most));
}

}  // namespace

std::vector<double> linspace(double first, double last, size_t count) {
  std::vector<double> values(count);
  const double step = (last - first) / static_cast<double>(count - 1);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<double>(i) * step + first;
  values[count - 1] = last;
  return values;
}

ScoringOptions coco_options(IouType type) {
  ScoringOptions options{.iou_type = type,
                         .iou_thresholds = linspace(0.5, 0.95, 10),
                         .recall_thresholds = linspace(0, 1, 101),
                         .areas = {{"all", 0, 1e10},
                                   {"small", 0, 32.0 * 32},
                                   {"medium", 32.0 * 32, 96.0 * 96},
                                   {"large", 96.0 * 96, 1e10}},
                         .max_detections = {1, 10, 100}};
  if (type != IouType::keypoints) return options;
  options.areas.erase(options.areas.begin() + 1);  // persons too small for keypoints have none
  options.max_detections = {20};
  for (const double sigma : kPersonSigmas) options.sigmas.push_back(sigma / 10);
  return options;
}

void check(const ScoringOptions& options) {
  constexpr size_t kMany = 10'000;
  expect_count("IoU thresholds", options.iou_thresholds.size(), kMaxIouThresholds);
  expect_count("recall thresholds", options.recall_thresholds.size(), kMany);
  expect_count("area ranges", options.areas.size(), kMaxAreas);
  expect_count("limits of detections", options.max_detections.size(), kMaxAreas);
  const auto& limits = options.max_detections;
  if (limits.front() < 1 || !std::is_sorted(limits.begin(), limits.end())) {
    fail("the limits of detections must rise from 1 or more", "sort them");
  }
  if (options.iou_type == IouType::keypoints) {
    expect_count("sigmas of keypoints", options.sigmas.size(), kMany);
  }
}

}  // namespace fovea
