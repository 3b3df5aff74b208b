// Meeting the other processes of a run.
#pragma once

#include <chrono>

#include "fovea/dist/rendezvous.h"
#include "fovea/dist/world.h"

namespace fovea {

/// How long to wait for the others before the run is given up. A process that ends is noticed at
/// once; these are for one that hangs.
struct JoinOptions {
  std::chrono::milliseconds meeting = std::chrono::minutes(5);       // until all have started
  std::chrono::milliseconds first_steps = std::chrono::minutes(30);  // of training; warm-up is slow
  std::chrono::milliseconds step = std::chrono::minutes(10);  // a later one, or an evaluation
};

/// Meets the other processes and holds the connections to them until it is destroyed: Gloo for CPU
/// tensors and, when `device` is a GPU, NCCL (from the CUDA plugin, loaded before) for its tensors.
/// A rendezvous of size 1 connects to nothing. While connected, LibTorch's own log of errors (stack
/// traces on standard error for each broken connection) is off: what happened is thrown.
class Joined {
 public:
  /// Error when the others are not met in time.
  Joined(const Rendezvous& rendezvous, at::Device device, const JoinOptions& options = {});
  Joined(const Joined&) = delete;
  Joined& operator=(const Joined&) = delete;
  ~Joined();
  const World& world() const { return world_; }

 private:
  World world_;
  int log_level_;   // LibTorch's, to be put back
  int exceptions_;  // in flight at construction: more of them in the destructor mean a failed run
};

}  // namespace fovea
