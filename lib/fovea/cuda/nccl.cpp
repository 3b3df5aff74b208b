#include "fovea/dist/nccl.h"

#include <fmt/format.h>
#include <torch/csrc/cuda/nccl.h>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include "fovea/core/error.h"

namespace fovea {
namespace {

/// ProcessGroupNCCL's options embed NCCL's own configuration struct, whose layout goes with its
/// version: the one compiled against must be the one that is loaded.
void expect_matching_nccl() {
  const uint64_t loaded = torch::cuda::nccl::version();  // 16 bits each: major, minor, patch
  const uint64_t built = (uint64_t{NCCL_MAJOR} << 32) | (uint64_t{NCCL_MINOR} << 16) | NCCL_PATCH;
  if (loaded == built) return;
  const auto text = [](uint64_t v) {
    return fmt::format("{}.{}.{}", v >> 32, (v >> 16) & 0xFFFF, v & 0xFFFF);
  };
  fail(
      fmt::format("the CUDA plugin was built for NCCL {}, loaded is {}", text(built), text(loaded)),
      "use the NCCL that came with LibTorch, or build Fovea again");
}

}  // namespace

extern "C" __attribute__((visibility("default"))) void fovea_make_nccl(
    const c10::intrusive_ptr<c10d::Store>& store, const NcclPlace& place,
    c10::intrusive_ptr<c10d::Backend>* backend) {
  static_assert(std::is_same_v<decltype(fovea_make_nccl), MakeNccl>);
  expect_matching_nccl();
  // Reductions run ahead of the kernels of backward that are waiting.
  const auto options = c10d::ProcessGroupNCCL::Options::create(/*is_high_priority_stream=*/true);
  options->timeout = place.timeout;
  auto nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, static_cast<int>(place.rank),
                                                          static_cast<int>(place.size), options);
  nccl->eagerConnectSingleDevice(place.device);  // a faulty connection shows now, not in a step
  *backend = std::move(nccl);
}

}  // namespace fovea
