// What several processes hold to talk to each other; inside dist/ only.
#pragma once

#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include <exception>
#include <functional>

#include "fovea/dist/process_group.h"

namespace fovea {

struct Group {
  int64_t rank = 0;
  int64_t size = 1;
  JoinOptions options = {};
  c10::intrusive_ptr<c10d::Store> store = {};         // whose server lives in rank 0 or an agent
  c10::intrusive_ptr<c10d::Backend> gloo = {};        // CPU tensors
  c10::intrusive_ptr<c10d::Backend> nccl = {};        // the GPU's, null on a CPU
  c10::intrusive_ptr<c10d::ProcessGroup> whole = {};  // both, by the device of a tensor
};

/// Whether an exception says that the connection to another process broke or timed out.
bool tells_lost_peer(const std::exception& error);

/// Runs `work`; the failures of its communication become PeerLost.
void with_peers(const Group& group, const std::function<void()>& work);

}  // namespace fovea
