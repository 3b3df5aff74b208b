// One run in several processes of this machine. The program starts itself N times with the
// environment that torchrun would give, watches over them and ends with the status that tells what
// happened. Comes before the program's first thread and its first call into LibTorch.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "fovea/dist/rendezvous.h"

namespace fovea {

/// The place that `launch` or torchrun gave this process, none when it was started alone. Error
/// when a variable is missing or not what it should be.
std::optional<Rendezvous> rendezvous_from_environment();

/// Runs this program `processes` times with the same arguments and returns the exit status for all
/// of them: 0, or that of the first that failed (128 + the signal that ended it).
/// - SIGINT and SIGTERM are passed on once, so that the processes save and leave; a second one ends
///   them at once.
/// - When one fails the others are ended, and one message says why. They also end with this
/// process.
/// - Rank 0 has the terminal; what another rank wrote to standard error is shown when it failed.
/// - Cores are shared out by OMP_NUM_THREADS unless the user has set it.
int launch(int64_t processes, char* const* argv);

/// run_app (apps/console.h) for one of several: a process that only noticed the end of another
/// leaves quietly when `launch` is there to say what happened.
int run_rank(const std::function<void()>& app);

}  // namespace fovea
