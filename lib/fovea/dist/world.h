// This process's place in a run of one or several. `World` is a value whose default is alone; the
// training loop does not know how many it is.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fovea {

struct Group;  // the connections of several processes (dist/group.h)

/// Several processes and how they talk. By default there is one and every call has nothing to do.
/// Every call is collective: all processes make the same ones in the same order. A process that is
/// gone makes them throw PeerLost (dist/rendezvous.h).
struct World {
  int64_t rank = 0;
  int64_t size = 1;
  at::Device device = at::kCPU;  // of this process
  bool is_first() const { return rank == 0; }

  /// Sums numbers over all processes, in place and in rank order: the same bits on every rank.
  std::function<void(std::vector<double>&)> sum = [](std::vector<double>&) {};
  /// The bytes of every rank, in rank order, on every rank.
  std::function<std::vector<std::string>(const std::string&)> gather = [](const std::string& own) {
    return std::vector<std::string>{own};
  };
  /// Makes every tensor equal to rank 0's.
  std::function<void(const std::vector<at::Tensor>&)> broadcast =
      [](const std::vector<at::Tensor>&) {};

  std::shared_ptr<Group> group = nullptr;  // none when alone
};

/// Averages gradients over the processes while backward runs (c10d::Reducer, gradients as views of
/// its buckets). A step is clear_gradients, before_forward, the forward pass, backward.
class GradientReducer {
 public:
  virtual ~GradientReducer() = default;
  /// Forgets the gradients of the last step.
  virtual void clear_gradients() = 0;
  virtual void before_forward() {}
  /// loss.backward() with the gradients averaged over all processes when it returns.
  virtual void backward(const at::Tensor& loss) = 0;
};

/// For those of `parameters` that require a gradient; all processes pass the same ones, each of
/// which every step's loss must depend on. Choose device and memory format before.
std::unique_ptr<GradientReducer> make_reducer(const World& world,
                                              const std::vector<at::Tensor>& parameters);

}  // namespace fovea
