#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_zero.h>
#include <torch/csrc/distributed/c10d/reducer.hpp>

#include <algorithm>
#include <limits>
#include <set>

#include "fovea/dist/group.h"

namespace fovea {
namespace {

// DistributedDataParallel's sizes: a small bucket starts the first reduction early in backward.
constexpr int64_t kFirstBucketBytes = int64_t{1} << 20;
constexpr int64_t kBucketBytes = int64_t{25} << 20;

/// Trainable ones, each tensor once.
std::vector<at::Tensor> trainable(const std::vector<at::Tensor>& parameters) {
  std::vector<at::Tensor> chosen;
  std::set<const void*> seen;
  for (const at::Tensor& parameter : parameters) {
    if (!parameter.requires_grad()) continue;
    if (seen.insert(parameter.unsafeGetTensorImpl()).second) chosen.push_back(parameter);
  }
  return chosen;
}

/// One bucket at first; the reducer sorts the parameters into several after the first backward, in
/// the order in which their gradients were ready.
std::shared_ptr<c10d::Reducer> build(const Group& group,
                                     const std::vector<at::Tensor>& parameters) {
  const std::vector<bool> sparse(parameters.size(), false);
  const std::vector<size_t> limits = {std::numeric_limits<int64_t>::max()};
  auto [buckets, sizes] = c10d::compute_bucket_assignment_by_size(parameters, limits, sparse);
  std::reverse(buckets.begin(), buckets.end());
  return std::make_shared<c10d::Reducer>(
      parameters, buckets, group.whole, sparse, kBucketBytes, /*find_unused_parameters=*/false,
      /*gradient_as_bucket_view=*/true, std::unordered_map<size_t, std::string>(),
      kFirstBucketBytes, /*skip_all_reduce_unused_params=*/false, /*use_python_reducer=*/false,
      std::vector<int64_t>{kFirstBucketBytes, kBucketBytes});
}

/// One process: nothing to average, and backward may keep the tensors that it made.
class LoneReducer final : public GradientReducer {
 public:
  explicit LoneReducer(std::vector<at::Tensor> parameters) : parameters_(std::move(parameters)) {}
  void clear_gradients() override {
    for (at::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
  }
  void backward(const at::Tensor& loss) override { loss.backward(); }

 private:
  std::vector<at::Tensor> parameters_;
};

class BucketReducer final : public GradientReducer {
 public:
  BucketReducer(std::shared_ptr<Group> group, const std::vector<at::Tensor>& parameters)
      : group_(std::move(group)), parameters_(parameters) {
    with_peers(*group_, [&] {
      c10d::verify_params_across_processes(group_->whole, parameters, std::nullopt);
      reducer_ = build(*group_, parameters);
    });
  }

  /// In place: the gradients are views of the buckets and must stay so.
  void clear_gradients() override {
    const at::NoGradGuard no_gradients;
    std::vector<at::Tensor> gradients;
    for (const at::Tensor& parameter : parameters_) {
      if (parameter.grad().defined()) gradients.push_back(parameter.grad());
    }
    if (!gradients.empty()) at::_foreach_zero_(gradients);
  }

  void before_forward() override {
    with_peers(*group_, [this] {
      reducer_->prepare_for_forward();
      reducer_->rebuild_buckets();
    });
  }

  void backward(const at::Tensor& loss) override {
    with_peers(*group_, [&] {
      reducer_->prepare_for_backward({});
      loss.backward();
    });
    if (++steps_ == kSlowSteps) group_->whole->setTimeout(group_->options.step);
  }

 private:
  static constexpr int64_t kSlowSteps = 2;  // one bucket, then the buckets are rebuilt
  std::shared_ptr<Group> group_;
  std::vector<at::Tensor> parameters_;
  std::shared_ptr<c10d::Reducer> reducer_;  // its destructor may throw, which a member's may not
  int64_t steps_ = 0;
};

}  // namespace

std::unique_ptr<GradientReducer> make_reducer(const World& world,
                                              const std::vector<at::Tensor>& parameters) {
  if (!world.group) return std::make_unique<LoneReducer>(trainable(parameters));
  return std::make_unique<BucketReducer>(world.group, trainable(parameters));
}

}  // namespace fovea
