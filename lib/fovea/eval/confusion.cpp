#include "fovea/eval/confusion.h"

#include <algorithm>
#include <unordered_map>

namespace fovea {
namespace {

double intersection(const Box& a, const Box& b) {
  const double width = std::min(a.right(), b.right()) - std::max(a.left, b.left);
  const double height = std::min(a.bottom(), b.bottom()) - std::max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

double iou(const Box& a, const Box& b) {
  const double common = intersection(a, b);
  return common > 0 ? common / (a.width * a.height + b.width * b.height - common) : 0;
}

struct Pair {
  size_t truth = 0;
  size_t found = 0;
  double overlap = 0;
};

/// Pairs that overlap enough, best first; equal ones in the order of the lists.
std::vector<Pair> overlapping(const std::vector<const Instance*>& truths,
                              const std::vector<const Prediction*>& found, double threshold) {
  std::vector<Pair> pairs;
  for (size_t i = 0; i < truths.size(); ++i) {
    for (size_t j = 0; j < found.size(); ++j) {
      const double overlap = iou(truths[i]->box, found[j]->box);
      if (overlap >= threshold && overlap > 0) pairs.push_back({i, j, overlap});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.overlap > b.overlap; });
  return pairs;
}

bool lies_in_a_crowd(const Prediction& found, const Record& record, double threshold) {
  return std::any_of(record.instances.begin(), record.instances.end(), [&](const Instance& crowd) {
    return crowd.crowd && crowd.label == found.label &&
           intersection(crowd.box, found.box) >= threshold * found.box.width * found.box.height;
  });
}

void count_image(const Record& record, const Predictions* predictions,
                 const ConfusionOptions& options, ConfusionMatrix& matrix) {
  const auto count = [&](int64_t truth, int64_t predicted) {
    ++matrix.counts[static_cast<size_t>(truth * (matrix.classes + 1) + predicted)];
  };
  std::vector<const Instance*> truths;
  for (const Instance& instance : record.instances) {
    if (!instance.crowd) truths.push_back(&instance);
  }
  std::vector<const Prediction*> found;
  if (predictions != nullptr) {
    for (const Prediction& prediction : predictions->found) {
      if (prediction.score >= options.score) found.push_back(&prediction);
    }
  }
  std::vector<bool> truth_is_paired(truths.size());
  std::vector<bool> found_is_paired(found.size());
  for (const Pair& pair : overlapping(truths, found, options.iou)) {
    if (truth_is_paired[pair.truth] || found_is_paired[pair.found]) continue;
    truth_is_paired[pair.truth] = true;
    found_is_paired[pair.found] = true;
    count(truths[pair.truth]->label, found[pair.found]->label);
  }
  for (size_t i = 0; i < truths.size(); ++i) {
    if (!truth_is_paired[i]) count(truths[i]->label, matrix.classes);
  }
  for (size_t j = 0; j < found.size(); ++j) {
    if (!found_is_paired[j] && !lies_in_a_crowd(*found[j], record, options.iou)) {
      count(matrix.classes, found[j]->label);
    }
  }
}

}  // namespace

ConfusionMatrix confusion_matrix(const Dataset& truth, const std::vector<Predictions>& predictions,
                                 const ConfusionOptions& options) {
  const auto classes = static_cast<int64_t>(truth.categories.size());
  ConfusionMatrix matrix{
      .classes = classes,
      .counts = std::vector<int64_t>(static_cast<size_t>((classes + 1) * (classes + 1)))};
  std::unordered_map<int64_t, const Predictions*> of_image;
  for (const Predictions& image : predictions) of_image[image.image_id] = &image;
  for (const Record& record : truth.records) {
    const auto found = of_image.find(record.id);
    count_image(record, found == of_image.end() ? nullptr : found->second, options, matrix);
  }
  return matrix;
}

}  // namespace fovea
