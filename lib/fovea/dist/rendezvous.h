// Where a process finds the others. No LibTorch here: programs read it from the environment
// (apps/launch.h) before they touch LibTorch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "fovea/core/error.h"

namespace fovea {

/// From the launcher or torchrun: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT,
/// TORCHELASTIC_USE_AGENT_STORE, TORCHELASTIC_RESTART_COUNT.
struct Rendezvous {
  int64_t rank = 0;
  int64_t size = 1;
  int64_t local_rank = 0;  // among the processes of this machine: which GPU is ours
  std::string address = "127.0.0.1";
  int64_t port = 0;
  bool agent_serves = false;  // torchrun's agent holds the store already
  std::string attempt = "0";  // prefix of the keys, differs after a restart
  /// Rank 0 only: a socket that listens at `port` already, so that nobody can take the port between
  /// its choice and its use.
  std::optional<int> listening_socket = std::nullopt;
};

/// Another process of the run is gone or does not answer. The process that failed says why; the
/// ones that notice have nothing to add.
class PeerLost : public Error {
 public:
  using Error::Error;
};

}  // namespace fovea
