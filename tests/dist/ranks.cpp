// A small program in several processes, for the tests of dist/ and of the launcher:
//   test_ranks PROCESSES WORK [RANK]
// starts itself PROCESSES times (0: the environment has the place already) and does WORK, which may
// go wrong in RANK. Results go to standard output.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sin.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <thread>

#include "console.h"
#include "fovea/dist/process_group.h"
#include "launch.h"

namespace fovea {
namespace {

using at::Tensor;

/// Numbers that look random and are the same everywhere: sin(start + 7 i).
Tensor numbers(at::IntArrayRef shape, double start) {
  int64_t count = 1;
  for (const int64_t side : shape) count *= side;
  return at::sin(at::arange(count, at::kFloat) * 7 + start).reshape(shape);
}

/// A convolution and a layer of more than 1 MiB, so that the gradients fill more than one bucket.
struct Net {
  Tensor conv = numbers({8, 3, 3, 3}, 0.1).contiguous(at::MemoryFormat::ChannelsLast);
  Tensor bias = numbers({8}, 0.2);
  Tensor wide = numbers({600, 8}, 0.3);
  Tensor deep = numbers({600, 600}, 0.4) * 0.04;
  std::vector<Tensor> parameters() const { return {conv, bias, wide, deep}; }
  Net() {
    for (const Tensor& parameter : parameters()) parameter.requires_grad_();
  }
  /// A scalar; x: [B,3,8,8].
  Tensor loss(const Tensor& x) const {
    const Tensor features = at::relu(at::conv2d(x, conv, bias)).mean({2, 3});       // [B,8]
    return at::linear(at::relu(at::linear(features, wide)), deep).square().mean();  // []
  }
};

std::string bytes_of(const Tensor& tensor) {
  const Tensor plain = tensor.detach().contiguous();
  return {static_cast<const char*>(plain.const_data_ptr()), plain.nbytes()};
}

/// The mean of what every rank has computed alone, by gather: what a reducer must equal.
Tensor reference_mean(const World& world, const Tensor& own) {
  Tensor sum;
  for (const std::string& bytes : world.gather(bytes_of(own))) {
    const Tensor part = at::empty(own.sizes(), own.options());
    std::memcpy(part.mutable_data_ptr(), bytes.data(), bytes.size());
    sum = sum.defined() ? sum + part : part;
  }
  return sum / static_cast<double>(world.size);
}

/// Finite and not all zeros: a gradient that can tell right from wrong.
bool moves(const Tensor& gradient) {
  const double size = gradient.abs().sum().item<double>();
  return std::isfinite(size) && size > 0;
}

/// Four steps, each compared bit by bit; prints "step 0 equal 1" and the last weights' sum.
void train(const World& world) {
  const Net net;
  const auto reducer = make_reducer(world, net.parameters());
  for (int step = 0; step < 4; ++step) {
    const Tensor x = numbers({2, 3, 8, 8}, static_cast<double>(10 * step + world.rank));
    Net alone;
    for (size_t i = 0; i < 4; ++i) alone.parameters()[i].data().copy_(net.parameters()[i].data());
    alone.loss(x).backward();
    for (const Tensor& parameter : net.parameters()) {
      if (parameter.grad().defined()) parameter.mutable_grad().zero_();
    }
    reducer->before_forward();
    reducer->backward(net.loss(x));
    bool equal = true;
    for (size_t i = 0; i < 4; ++i) {
      const Tensor gradient = net.parameters()[i].grad();
      const Tensor expected = reference_mean(world, alone.parameters()[i].grad());
      equal = equal && bytes_of(gradient) == bytes_of(expected) && moves(gradient);
      net.parameters()[i].data().sub_(gradient, 0.1);
    }
    std::vector<double> disagreements = {equal ? 0.0 : 1.0};
    world.sum(disagreements);
    if (world.is_first()) fmt::print("step {} equal {}\n", step, disagreements[0] == 0);
  }
  const auto weights = world.gather(bytes_of(net.deep));
  if (world.is_first()) fmt::print("weights equal {}\n", weights.front() == weights.back());
}

void sum(const World& world) {
  // In rank order 1e16 + 1 - 1e16 is 0 with two and more ranks; another order may give 1.
  const double own[] = {1e16, 1, -1e16, 1};
  std::vector<double> values = {own[world.rank % 4], static_cast<double>(world.rank)};
  world.sum(values);
  const auto all = world.gather(fmt::format("{:a} {:a}", values[0], values[1]));
  if (!world.is_first()) return;
  for (const std::string& text : all) fmt::print("{}\n", text);
}

void gather(const World& world) {
  const std::string own(static_cast<size_t>(3 * world.rank), static_cast<char>('a' + world.rank));
  const auto texts = world.gather(own);
  const auto nothing = world.gather("");
  if (!world.is_first()) return;
  for (const std::string& text : texts) fmt::print("[{}]\n", text);
  fmt::print("empty {}\n", nothing == std::vector<std::string>(texts.size()));
}

void broadcast(const World& world) {
  const auto rank = static_cast<double>(world.rank);
  const Tensor weights = numbers({4, 2, 3, 3}, rank).contiguous(at::MemoryFormat::ChannelsLast);
  const Tensor count = at::arange(3, at::kLong) + world.rank;
  world.broadcast({weights, count});
  const auto all = world.gather(bytes_of(weights) + bytes_of(count));
  const bool kept = weights.is_contiguous(at::MemoryFormat::ChannelsLast);
  const bool first =
      at::equal(weights, numbers({4, 2, 3, 3}, 0)) && at::equal(count, at::arange(3));
  std::vector<double> good = {kept && first ? 1.0 : 0.0};
  world.sum(good);
  if (world.is_first()) fmt::print("equal {}\n", good[0] == static_cast<double>(world.size));
}

/// Steps without end; in `faulty` something happens at the fifth.
void go_on(const World& world, int64_t faulty, const std::function<void()>& mishap) {
  const Net net;
  const auto reducer = make_reducer(world, net.parameters());
  for (int step = 0;; ++step) {
    if (step == 5 && world.rank == faulty) mishap();
    reducer->before_forward();
    reducer->backward(net.loss(numbers({1, 3, 8, 8}, step)));
  }
}

/// Steps until a signal has come to any rank; prints how often, and ends as a program of ours does.
int until_stopped(const World& world) {
  std::vector<double> stops = {0};
  if (world.is_first()) fmt::print("ready\n"), std::fflush(stdout);
  while (stops[0] == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    stops[0] = stop_signal() == 0 ? 0 : 1;
    world.sum(stops);
  }
  if (world.is_first()) fmt::print("saved\n"), std::fflush(stdout);
  return 128 + stop_signal().load();
}

void environment(const Rendezvous& place) {
  const auto text = [](const char* name) {
    const char* const value = std::getenv(name);
    return std::string(value == nullptr ? "none" : value);
  };
  if (place.rank == 0) fmt::print("{} {}\n", text("OMP_NUM_THREADS"), text("OMP_WAIT_POLICY"));
}

int work(const std::string& name, int64_t faulty, const Rendezvous& place) {
  if (name == "die-early" && place.rank == faulty) raise(SIGKILL);
  if (name == "all-fail") fail("train.json", "/images/3", "is broken", "mend it");
  if (name == "sleep") {  // deaf to SIGTERM and in no collective call
    std::signal(SIGTERM, SIG_IGN);
    if (place.rank == faulty) raise(SIGKILL);
    fmt::print("pid {}\n", getpid()), std::fflush(stdout);
    std::this_thread::sleep_for(std::chrono::seconds(60));
  }
  if (name == "environment") return environment(place), 0;
  stop_signal();
  const Joined joined(place, at::kCPU,
                      {.meeting = std::chrono::seconds(20),
                       .first_steps = std::chrono::seconds(name == "hang" ? 1 : 20),
                       .step = std::chrono::seconds(1)});
  const World& world = joined.world();
  const std::map<std::string, std::function<void(const World&)>> works = {
      {"train", train}, {"sum", sum}, {"gather", gather}, {"broadcast", broadcast}};
  if (works.contains(name)) return works.at(name)(world), 0;
  if (name == "wait") return until_stopped(world);
  if (name == "die") go_on(world, faulty, [] { raise(SIGKILL); });
  if (name == "fail") go_on(world, faulty, [] { fail("a.jpg", "", "is broken", "mend it"); });
  if (name == "bug") go_on(world, faulty, [] { throw std::logic_error("our own fault"); });
  if (name == "hang") {
    go_on(world, faulty, [] { std::this_thread::sleep_for(std::chrono::seconds(60)); });
  }
  fail(fmt::format("no work is called `{}`", name), "read the head of tests/dist/ranks.cpp");
}

int main_of_rank(const char* const* argv, int argc, const Rendezvous& place) {
  int status = 0;
  const int64_t faulty = argc > 3 ? std::atoi(argv[3]) : -1;
  const int ended = run_rank([&] { status = work(argv[2], faulty, place); });
  return ended != 0 ? ended : status;
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  std::optional<fovea::Rendezvous> place;
  const int failed = fovea::run_app([&] { place = fovea::rendezvous_from_environment(); });
  if (failed != 0) return failed;
  if (!place && std::atoi(argv[1]) > 0) return fovea::launch(std::atoi(argv[1]), argv);
  return fovea::main_of_rank(argv, argc, place.value_or(fovea::Rendezvous{}));
}
