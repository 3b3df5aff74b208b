// Several processes, in the small program tests/dist/ranks.cpp.
#include "fovea/dist/process_group.h"

#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <future>

#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;

TEST(Alone, NothingIsChangedAndNobodyIsAsked) {
  const Joined joined({}, at::kCPU);
  const World& world = joined.world();
  std::vector<double> numbers = {1, 2};
  world.sum(numbers);
  EXPECT_EQ(numbers, (std::vector<double>{1, 2}));
  EXPECT_EQ(world.gather("own"), std::vector<std::string>{"own"});
  EXPECT_TRUE(world.is_first());
  EXPECT_EQ(world.size, 1);
}

TEST(Alone, TheReducerOnlyRunsBackward) {
  const at::Tensor weight = at::ones({2}).requires_grad_();
  const auto reducer = make_reducer(World{}, {weight});
  reducer->before_forward();
  reducer->backward(weight.sum());
  EXPECT_EQ(weight.grad().sum().item<double>(), 2);
}

TEST(TwoProcesses, GradientsEqualTheReferenceMeanBitForBit) {
  const Finished run_of_two = run({"test_ranks", "2", "train"});
  EXPECT_EQ(run_of_two.out,
            "step 0 equal true\nstep 1 equal true\nstep 2 equal true\nstep 3 equal true\n"
            "weights equal true\n");
  EXPECT_EQ(run_of_two.status, 0) << run_of_two.err;
}

TEST(FourProcesses, SumInRankOrderWithTheSameBitsOnEach) {
  // ((1e16 + 1) - 1e16) + 1 is 1 in doubles, as 1e16 + 1 rounds to 1e16; other orders give 0 or 2.
  const Finished sums = run({"test_ranks", "4", "sum"});
  const std::string line = "0x1p+0 0x1.8p+2\n";
  EXPECT_EQ(sums.out, line + line + line + line) << sums.err;
}

TEST(ThreeProcesses, GatherTextsOfDifferentLengths) {
  const Finished texts = run({"test_ranks", "3", "gather"});
  EXPECT_EQ(texts.out, "[]\n[bbb]\n[cccccc]\nempty true\n") << texts.err;
}

TEST(TwoProcesses, BroadcastTakesRankZerosValuesAndKeepsTheMemoryFormat) {
  const Finished result = run({"test_ranks", "2", "broadcast"});
  EXPECT_EQ(result.out, "equal true\n") << result.err;
}

/// The variables that torchrun gives to one of two processes.
std::vector<std::string> torchrun_place(int rank, uint16_t port, const std::string& agent) {
  const std::string number = std::to_string(rank);
  return {"RANK=" + number,
          "LOCAL_RANK=" + number,
          "WORLD_SIZE=2",
          "MASTER_ADDR=localhost",
          "MASTER_PORT=" + std::to_string(port),
          "TORCHELASTIC_RESTART_COUNT=1",
          "TORCHELASTIC_USE_AGENT_STORE=" + agent};
}

TEST(Torchrun, ProcessesMeetAtTheStoreThatTheAgentHolds) {
  c10d::TCPStoreOptions options;
  options.port = 0;
  options.isServer = true;
  options.waitWorkers = false;
  const c10d::TCPStore agent("localhost", options);
  const auto start = [&](int rank) {
    return run({"test_ranks", "0", "sum"}, torchrun_place(rank, agent.getPort(), "True"));
  };
  auto second = std::async(std::launch::async, start, 1);
  const Finished first = start(0);
  EXPECT_EQ(second.get().status, 0);
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("0x1p+0\n"));  // rank 0 + rank 1
}

TEST(Torchrun, WithoutAnAgentsStoreRankZeroServesIt) {
  uint16_t port = 0;
  {
    c10d::TCPStoreOptions any;
    any.port = 0;
    any.isServer = true;
    any.waitWorkers = false;
    port = c10d::TCPStore("localhost", any).getPort();  // free again at the end of the block
  }
  const auto start = [&](int rank) {
    return run({"test_ranks", "0", "sum"}, torchrun_place(rank, port, "False"));
  };
  auto second = std::async(std::launch::async, start, 1);
  const Finished first = start(0);
  EXPECT_EQ(second.get().status, 0);
  EXPECT_EQ(first.status, 0) << first.err;
}

TEST(Joined, SaysWhereTheOthersWereNotMet) {
  const Rendezvous nobody = {.rank = 1, .size = 2, .local_rank = 1, .port = 9};
  const std::string message = error_of(
      [&] { const Joined joined(nobody, at::kCPU, {.meeting = std::chrono::milliseconds(200)}); });
  EXPECT_THAT(message, HasSubstr("process 2 of 2 did not meet the others at 127.0.0.1:9"));
  EXPECT_THAT(message, HasSubstr("MASTER_PORT"));
}

}  // namespace
}  // namespace fovea
