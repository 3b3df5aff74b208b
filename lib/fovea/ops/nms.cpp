#include "fovea/ops/nms.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace fovea {
namespace {

constexpr int64_t kBlock = 16;  // kept boxes that are compared at once: two to four SIMD registers

/// The largest T that is not above the threshold: overlap > threshold is then a question among Ts.
template <class T>
T rounded_down(double threshold) {
  const T nearest = static_cast<T>(threshold);
  if (static_cast<double>(nearest) <= threshold) return nearest;
  return std::nextafter(nearest, -std::numeric_limits<T>::infinity());
}

/// The boxes kept so far, column by column; columns are as long as a whole number of blocks.
template <class T>
class Kept {
 public:
  void clear() { count_ = 0; }

  bool overlaps(const T* box, T area, T threshold) const {
    for (int64_t first = 0; first < count_; first += kBlock) {
      if (block_overlaps(static_cast<size_t>(first), box, area, threshold)) return true;
    }
    return false;
  }

  void add(const T* box, T area) {
    if (count_ % kBlock == 0) open_block();
    const auto place = static_cast<size_t>(count_++);
    left_[place] = box[0];
    top_[place] = box[1];
    right_[place] = box[2];
    bottom_[place] = box[3];
    area_[place] = area;
  }

 private:
  bool block_overlaps(size_t first, const T* box, T area, T threshold) const {
    int found = 0;
    for (size_t i = first; i < first + kBlock; ++i) {
      const T width = std::max(T(0), std::min(right_[i], box[2]) - std::max(left_[i], box[0]));
      const T height = std::max(T(0), std::min(bottom_[i], box[3]) - std::max(top_[i], box[1]));
      const T both = width * height;
      found |= static_cast<int>(both / (area_[i] + area - both) > threshold);
    }
    return found != 0;
  }

  /// Room for kBlock more, each a place that overlaps nothing: 0 / infinity.
  void open_block() {
    const auto first = static_cast<size_t>(count_);
    for (auto* column : {&left_, &top_, &right_, &bottom_}) {
      column->resize(std::max(column->size(), first + kBlock));
      std::fill_n(column->begin() + count_, kBlock, T(0));
    }
    area_.resize(std::max(area_.size(), first + kBlock));
    std::fill_n(area_.begin() + count_, kBlock, std::numeric_limits<T>::infinity());
  }

  std::vector<T> left_, top_, right_, bottom_, area_;
  int64_t count_ = 0;
};

/// Indices by falling score, equal ones in their order; NaN counts as the largest, as in LibTorch.
template <class T>
std::vector<int64_t> by_falling_score(const T* scores, int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [scores](int64_t a, int64_t b) {
    return scores[a] > scores[b] || (std::isnan(scores[a]) && !std::isnan(scores[b]));
  });
  return order;
}

/// Which of `order` survive, in that order. `labels` may be null: then all have one label.
template <class T>
std::vector<int64_t> suppress(const T* boxes, const T* scores, const int64_t* labels, int64_t count,
                              double iou_threshold) {
  const std::vector<int64_t> order = by_falling_score(scores, count);
  std::vector<int64_t> visits = order;
  if (labels != nullptr) {
    std::stable_sort(visits.begin(), visits.end(),
                     [labels](int64_t a, int64_t b) { return labels[a] < labels[b]; });
  }
  const T threshold = rounded_down<T>(iou_threshold);
  std::vector<char> survives(static_cast<size_t>(count), 0);
  Kept<T> kept;
  for (size_t i = 0; i < visits.size(); ++i) {
    const int64_t now = visits[i];
    if (labels != nullptr && i > 0 && labels[now] != labels[visits[i - 1]]) kept.clear();
    const T* box = boxes + 4 * now;
    const T area = (box[2] - box[0]) * (box[3] - box[1]);
    if (kept.overlaps(box, area, threshold)) continue;
    kept.add(box, area);
    survives[static_cast<size_t>(now)] = 1;
  }
  std::vector<int64_t> result;
  for (const int64_t index : order) {
    if (survives[static_cast<size_t>(index)] != 0) result.push_back(index);
  }
  return result;
}

at::Tensor to_tensor(const std::vector<int64_t>& values) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<int64_t>());
  return tensor;
}

void check_arguments(const at::Tensor& boxes, const at::Tensor& scores) {
  TORCH_CHECK(boxes.dim() == 2 && boxes.size(1) == 4, "boxes must be [N,4], not ", boxes.sizes());
  TORCH_CHECK(scores.dim() == 1 && scores.size(0) == boxes.size(0), "scores must be [",
              boxes.size(0), "], not ", scores.sizes());
}

template <class T>
at::Tensor kernel(const at::Tensor& boxes, const at::Tensor& scores, const int64_t* labels,
                  double iou_threshold) {
  constexpr auto type = c10::CppTypeToScalarType<T>::value;
  const at::Tensor b = boxes.to(type).contiguous();
  const at::Tensor s = scores.to(type).contiguous();
  return to_tensor(
      suppress(b.const_data_ptr<T>(), s.const_data_ptr<T>(), labels, boxes.size(0), iou_threshold));
}

at::Tensor any_type(const at::Tensor& boxes, const at::Tensor& scores, const int64_t* labels,
                    double iou_threshold) {
  const bool exact = boxes.scalar_type() == at::kDouble;
  return exact ? kernel<double>(boxes, scores, labels, iou_threshold)
               : kernel<float>(boxes, scores, labels, iou_threshold);
}

at::Tensor nms_on_host(const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold) {
  check_arguments(boxes, scores);
  return any_type(boxes, scores, nullptr, iou_threshold);
}

at::Tensor nms_by_class_on_host(const at::Tensor& boxes, const at::Tensor& scores,
                                const at::Tensor& labels, double iou_threshold) {
  check_arguments(boxes, scores);
  TORCH_CHECK(labels.dim() == 1 && labels.size(0) == boxes.size(0), "labels must be [",
              boxes.size(0), "], not ", labels.sizes());
  const at::Tensor whole = labels.to(at::kLong).contiguous();
  return any_type(boxes, scores, whole.const_data_ptr<int64_t>(), iou_threshold);
}

at::Tensor nms_on_device(const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold) {
  return nms_on_host(boxes.cpu(), scores.cpu(), iou_threshold).to(boxes.device());
}

at::Tensor nms_by_class_on_device(const at::Tensor& boxes, const at::Tensor& scores,
                                  const at::Tensor& labels, double iou_threshold) {
  return nms_by_class_on_host(boxes.cpu(), scores.cpu(), labels.cpu(), iou_threshold)
      .to(boxes.device());
}

TORCH_LIBRARY(fovea, m) {
  m.def("nms(Tensor boxes, Tensor scores, float iou_threshold) -> Tensor");
  m.def("nms_by_class(Tensor boxes, Tensor scores, Tensor labels, float iou_threshold) -> Tensor");
}

TORCH_LIBRARY_IMPL(fovea, CPU, m) {
  m.impl("nms", nms_on_host);
  m.impl("nms_by_class", nms_by_class_on_host);
}

TORCH_LIBRARY_IMPL(fovea, CUDA, m) {
  m.impl("nms", nms_on_device);
  m.impl("nms_by_class", nms_by_class_on_device);
}

}  // namespace

at::Tensor nms(const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("fovea::nms", "")
                             .typed<at::Tensor(const at::Tensor&, const at::Tensor&, double)>();
  return op.call(boxes, scores, iou_threshold);
}

at::Tensor nms_by_class(const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& labels,
                        double iou_threshold) {
  static const auto op =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("fovea::nms_by_class", "")
          .typed<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, double)>();
  return op.call(boxes, scores, labels, iou_threshold);
}

std::vector<int64_t> nms_by_class(const float* boxes, const float* scores, const int64_t* labels,
                                  int64_t count, double iou_threshold) {
  return suppress(boxes, scores, labels, count, iou_threshold);
}

}  // namespace fovea
