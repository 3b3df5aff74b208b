#include "fovea/dist/process_group.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Flags.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/csrc/distributed/c10d/comm.hpp>

#include <algorithm>
#include <cstring>

#include "fovea/dist/group.h"
#include "fovea/dist/nccl.h"

C10_DECLARE_int(caffe2_log_level);  // of c10's logger, which offers no function to set it

namespace fovea {
namespace {

constexpr int kFatalOnly = 3;  // glog's numbers: 0 all, 1 warnings, 2 errors, 3 fatal

using StorePointer = c10::intrusive_ptr<c10d::Store>;
using BackendPointer = c10::intrusive_ptr<c10d::Backend>;

StorePointer open_store(const Rendezvous& rendezvous, const JoinOptions& options) {
  c10d::TCPStoreOptions store;
  store.port = static_cast<uint16_t>(rendezvous.port);
  store.isServer = rendezvous.rank == 0 && !rendezvous.agent_serves;
  store.numWorkers = static_cast<size_t>(rendezvous.size);
  // An agent's store counts its own workers, and not again after a restart.
  store.waitWorkers = !rendezvous.agent_serves;
  store.timeout = options.meeting;
  store.masterListenFd = rendezvous.listening_socket;
  try {
    return c10::make_intrusive<c10d::TCPStore>(rendezvous.address, store);
  } catch (const c10::Error& error) {
    // A LibTorch built without libuv (Debian's) refuses the default and says so by name.
    if (std::strstr(error.what(), "use_libuv") == nullptr) throw;
    store.useLibUV = false;
    return c10::make_intrusive<c10d::TCPStore>(rendezvous.address, store);
  }
}

BackendPointer make_gloo(const StorePointer& store, const Rendezvous& rendezvous,
                         const JoinOptions& options) {
  const auto settings = c10d::ProcessGroupGloo::Options::create(options.meeting);
  // Processes of one machine stay on its loopback: a host name may not resolve in a container.
  const bool one_machine = rendezvous.address == "127.0.0.1" || rendezvous.address == "localhost";
  settings->devices.push_back(one_machine
                                  ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                  : c10d::ProcessGroupGloo::createDefaultDevice());
  auto gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(
      store, static_cast<int>(rendezvous.rank), static_cast<int>(rendezvous.size), settings);
  gloo->setTimeout(options.first_steps);
  return gloo;
}

BackendPointer make_nccl(const StorePointer& store, const Rendezvous& rendezvous, at::Device device,
                         const JoinOptions& options) {
  auto* const make = reinterpret_cast<MakeNccl*>(dlsym(RTLD_DEFAULT, kMakeNccl));
  TORCH_CHECK(make != nullptr, "the CUDA plugin was not loaded before the processes met");
  BackendPointer nccl;
  make(store, {rendezvous.rank, rendezvous.size, device, options.first_steps}, &nccl);
  return nccl;
}

std::shared_ptr<Group> connect(const Rendezvous& rendezvous, at::Device device,
                               const JoinOptions& options) {
  using Whole = c10d::ProcessGroup;
  auto group = std::make_shared<Group>();
  group->rank = rendezvous.rank;
  group->size = rendezvous.size;
  group->options = options;
  group->store = c10::make_intrusive<c10d::PrefixStore>("fovea/" + rendezvous.attempt,
                                                        open_store(rendezvous, options));
  group->gloo = make_gloo(group->store, rendezvous, options);
  group->whole = c10::make_intrusive<Whole>(group->store, static_cast<int>(rendezvous.rank),
                                            static_cast<int>(rendezvous.size));
  group->whole->setBackend(c10::kCPU, Whole::BackendType::GLOO, group->gloo);
  if (device.is_cuda()) {
    group->nccl = make_nccl(c10::make_intrusive<c10d::PrefixStore>("nccl", group->store),
                            rendezvous, device, options);
    group->whole->setBackend(c10::kCUDA, Whole::BackendType::NCCL, group->nccl);
  }
  group->whole->setDefaultBackend(device.is_cuda() ? Whole::BackendType::NCCL
                                                   : Whole::BackendType::GLOO);
  group->whole->setGroupName("fovea");
  return group;
}

/// One tensor of every rank, in rank order, from CPU tensors of one shape and type.
std::vector<at::Tensor> gather_tensors(const Group& group, const at::Tensor& own) {
  std::vector<std::vector<at::Tensor>> all(1);
  for (int64_t rank = 0; rank < group.size; ++rank) {
    all.front().push_back(at::empty(own.sizes(), own.options()));
  }
  std::vector<at::Tensor> input = {own};
  group.gloo->allgather(all, input)->wait();
  return all.front();
}

void sum_numbers(const Group& group, std::vector<double>& numbers) {
  if (numbers.empty()) return;
  const at::Tensor own = at::empty({static_cast<int64_t>(numbers.size())}, at::kDouble);
  std::copy(numbers.begin(), numbers.end(), own.mutable_data_ptr<double>());
  std::fill(numbers.begin(), numbers.end(), 0.0);
  for (const at::Tensor& part : gather_tensors(group, own)) {
    const double* const values = part.const_data_ptr<double>();
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] += values[i];
  }
}

std::vector<std::string> gather_bytes(const Group& group, const std::string& own) {
  const at::Tensor length = at::empty({1}, at::kLong);
  *length.mutable_data_ptr<int64_t>() = static_cast<int64_t>(own.size());
  std::vector<int64_t> lengths;
  for (const at::Tensor& one : gather_tensors(group, length)) {
    lengths.push_back(*one.const_data_ptr<int64_t>());
  }
  std::vector<std::string> texts(lengths.size());
  const int64_t longest = *std::max_element(lengths.begin(), lengths.end());
  if (longest == 0) return texts;
  const at::Tensor padded = at::zeros({longest}, at::kByte);  // Gloo wants one length for all
  std::memcpy(padded.mutable_data_ptr<uint8_t>(), own.data(), own.size());
  const std::vector<at::Tensor> all = gather_tensors(group, padded);
  for (size_t rank = 0; rank < all.size(); ++rank) {
    const auto* const bytes = reinterpret_cast<const char*>(all[rank].const_data_ptr<uint8_t>());
    texts[rank].assign(bytes, static_cast<size_t>(lengths[rank]));
  }
  return texts;
}

void broadcast_tensors(const Group& group, const std::vector<at::Tensor>& tensors) {
  constexpr size_t kBucketBytes = size_t{250} << 20;  // tensors travel together, up to this much
  std::vector<at::Tensor> values;
  for (const at::Tensor& tensor : tensors) values.push_back(tensor.detach());
  if (!values.empty()) c10d::broadcast_coalesced(group.whole, values, kBucketBytes);
}

World world_of(const std::shared_ptr<Group>& group, at::Device device) {
  World world;
  world.rank = group->rank;
  world.size = group->size;
  world.device = device;
  world.group = group;
  world.sum = [group](std::vector<double>& numbers) {
    with_peers(*group, [&] { sum_numbers(*group, numbers); });
  };
  world.gather = [group](const std::string& own) {
    std::vector<std::string> all;
    with_peers(*group, [&] { all = gather_bytes(*group, own); });
    return all;
  };
  world.broadcast = [group](const std::vector<at::Tensor>& tensors) {
    with_peers(*group, [&] { broadcast_tensors(*group, tensors); });
  };
  return world;
}

/// The end of a good run. NCCL's own threads ask the store until they are shut down, so rank 0,
/// which may serve it, leaves last.
void leave(Group& group) {
  if (!group.nccl) return;
  group.nccl->shutdown();
  const std::string key = "left/";
  group.store->set(key + std::to_string(group.rank), "1");
  if (group.rank != 0) return;
  std::vector<std::string> all;
  for (int64_t rank = 0; rank < group.size; ++rank) all.push_back(key + std::to_string(rank));
  group.store->wait(all, std::chrono::seconds(10));
}

}  // namespace

Joined::Joined(const Rendezvous& rendezvous, at::Device device, const JoinOptions& options)
    : log_level_(FLAGS_caffe2_log_level), exceptions_(std::uncaught_exceptions()) {
  world_.device = device;
  if (rendezvous.size == 1) return;
  FLAGS_caffe2_log_level = kFatalOnly;
  try {
    world_ = world_of(connect(rendezvous, device, options), device);
  } catch (const std::exception& error) {
    FLAGS_caffe2_log_level = log_level_;
    if (!tells_lost_peer(error)) throw;
    fail(fmt::format("process {} of {} did not meet the others at {}:{}", rendezvous.rank + 1,
                     rendezvous.size, rendezvous.address, rendezvous.port),
         "check that all of them were started and that MASTER_ADDR and MASTER_PORT are right");
  }
}

Joined::~Joined() {
  if (!world_.group) return;
  const bool failed = std::uncaught_exceptions() > exceptions_;
  try {
    if (!failed) {
      leave(*world_.group);
    } else if (world_.group->nccl) {
      world_.group->nccl->abort();
    }
  } catch (const std::exception&) {
    // Others that went first cannot be told goodbye; whatever mattered was reported before.
  }
  FLAGS_caffe2_log_level = log_level_;
}

}  // namespace fovea
