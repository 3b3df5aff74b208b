#include "fovea/deploy/picks.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/topk.h>

#include <algorithm>

namespace fovea {
namespace {

bool better(const Pick& a, const Pick& b) {
  return a.score != b.score ? a.score > b.score : a.index < b.index;
}

/// The best `top_k`, in order.
void keep_best(std::vector<Pick>& picks, int64_t top_k) {
  if (static_cast<int64_t>(picks.size()) > top_k) {
    std::nth_element(picks.begin(), picks.begin() + top_k, picks.end(), better);
    picks.resize(static_cast<size_t>(top_k));
  }
  std::sort(picks.begin(), picks.end(), better);
}

/// Which scores of one image pass, with their boxes. The threshold is a float like the scores, as
/// in LibTorch's comparison on the device.
std::vector<Pick> picks_of(const float* boxes, const float* scores, int64_t locations,
                           int64_t classes, const SelectOptions& options) {
  constexpr int64_t kBlock = 64;  // most blocks hold nothing and are passed over at once
  const auto threshold = static_cast<float>(options.score_threshold);
  const int64_t count = locations * classes;
  std::vector<Pick> picks;
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t end = std::min(first + kBlock, count);
    int any = 0;
    for (int64_t i = first; i < end; ++i) any |= static_cast<int>(scores[i] > threshold);
    for (int64_t i = first; any != 0 && i < end; ++i) {
      if (scores[i] > threshold) picks.push_back({.score = scores[i], .index = i});
    }
  }
  keep_best(picks, options.top_k);
  for (Pick& pick : picks) std::copy_n(boxes + pick.index / classes * 4, 4, pick.box.begin());
  return picks;
}

}  // namespace

std::vector<std::vector<Pick>> picks_on_host(const Candidates& candidates,
                                             const SelectOptions& options) {
  const Tensor boxes = candidates.boxes.to(at::kFloat).contiguous();
  const Tensor scores = candidates.scores.to(at::kFloat).contiguous();
  const int64_t locations = scores.size(1);
  const int64_t classes = scores.size(2);
  std::vector<std::vector<Pick>> picks;
  for (int64_t b = 0; b < scores.size(0); ++b) {
    picks.push_back(picks_of(boxes.const_data_ptr<float>() + b * locations * 4,
                             scores.const_data_ptr<float>() + b * locations * classes, locations,
                             classes, options));
  }
  return picks;
}

std::vector<std::vector<Pick>> picks_on_device(const Candidates& candidates,
                                               const SelectOptions& options) {
  const Tensor scores = candidates.scores.to(at::kFloat).flatten(1);  // [B,N*C]
  const int64_t classes = candidates.scores.size(2);
  std::vector<std::vector<Pick>> picks(static_cast<size_t>(scores.size(0)));
  const int64_t wanted = std::min(options.top_k, scores.size(1));
  if (wanted == 0) return picks;
  const Tensor last = std::get<0>(scores.topk(wanted, 1)).select(1, wanted - 1).unsqueeze(1);
  const Tensor passed = scores.gt(options.score_threshold).logical_and(scores.ge(last));
  const Tensor places = passed.nonzero();  // [K,2] image, index
  const Tensor image = places.select(1, 0);
  const Tensor index = places.select(1, 1);
  const Tensor boxes =
      candidates.boxes.to(at::kFloat).index({image, index.div(classes, "floor")});  // [K,4]
  const Tensor values = at::cat({boxes, scores.index({image, index}).unsqueeze(1)}, 1).cpu();
  const Tensor where = places.cpu().contiguous();  // nonzero() gives columns
  const float* value = values.const_data_ptr<float>();
  const int64_t* place = where.const_data_ptr<int64_t>();
  for (int64_t k = 0; k < where.size(0); ++k, value += 5, place += 2) {
    Pick pick{.score = value[4], .index = place[1]};
    std::copy_n(value, 4, pick.box.begin());
    picks[static_cast<size_t>(place[0])].push_back(pick);
  }
  for (auto& of_image : picks) keep_best(of_image, options.top_k);
  return picks;
}

}  // namespace fovea
