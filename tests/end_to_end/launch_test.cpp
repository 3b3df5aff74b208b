// The launcher, watched from outside through the small program tests/dist/ranks.cpp.
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "fovea/core/files.h"
#include "support/running.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

/// Lines of a text.
int64_t lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

/// Whether a process has ended (or waits for somebody to collect it) within five seconds.
bool ends(pid_t pid) {
  for (int i = 0; i < 500; ++i) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string number, name, state;
    if (!(file >> number >> name >> state) || state == "Z") return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

TEST(Launch, AKilledProcessEndsTheOtherAtOnceWithOneLine) {
  for (const char* rank : {"0", "1"}) {
    const Finished finished = run({"test_ranks", "2", "die", rank});
    EXPECT_EQ(finished.status, 128 + SIGKILL);
    EXPECT_THAT(finished.err, StartsWith("fovea: process " + std::to_string(*rank - '0' + 1) +
                                         " of 2 was ended by signal 9"));
    EXPECT_EQ(lines(finished.err), 1) << finished.err;
    EXPECT_LT(finished.seconds, 10);
  }
}

TEST(Launch, TheMessageOfTheProcessThatFailedIsTheOnlyOne) {
  for (const char* rank : {"0", "1"}) {
    const Finished finished = run({"test_ranks", "2", "fail", rank});
    EXPECT_EQ(finished.status, 2);
    EXPECT_EQ(finished.err, "fovea: a.jpg: is broken; mend it\n");
  }
}

TEST(Launch, AMessageThatAllWouldGiveComesOnce) {
  const Finished finished = run({"test_ranks", "3", "all-fail"});
  EXPECT_EQ(finished.status, 2);
  EXPECT_EQ(finished.err, "fovea: train.json:/images/3: is broken; mend it\n");
}

TEST(Launch, ABugInOneProcessIsShownWithItsTrace) {
  const Finished finished = run({"test_ranks", "2", "bug", "1"});
  EXPECT_EQ(finished.status, 1);
  EXPECT_THAT(finished.err, AllOf(StartsWith("fovea: internal error"), HasSubstr("our own fault")));
}

TEST(Launch, AProcessThatDoesNotLeaveIsEnded) {
  const Finished finished = run({"test_ranks", "2", "sleep", "1"});  // rank 0 ignores SIGTERM
  EXPECT_EQ(finished.status, 128 + SIGKILL);
  EXPECT_LT(finished.seconds, 10);
}

TEST(Launch, AProcessThatHangsIsGivenUpAfterTheTimeLimit) {
  const Finished finished = run({"test_ranks", "2", "hang", "1"});
  EXPECT_EQ(finished.status, 1);
  EXPECT_THAT(finished.err, HasSubstr("fovea: the 2 processes lost contact"));
  EXPECT_EQ(lines(finished.err), 1) << finished.err;
  EXPECT_LT(finished.seconds, 20);
}

TEST(Launch, StopSignalsArePassedOnOnceAndTheStatusSaysWhich) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Running running({"test_ranks", "2", "wait"});
    ASSERT_TRUE(running.says("ready"));
    kill(running.pid(), signal);
    kill(running.pid(), signal);  // as `timeout` does: not a second wish
    EXPECT_EQ(running.status(), 128 + signal);
    EXPECT_EQ(running.said(), "ready\nsaved\n");
  }
}

TEST(Launch, TheTerminalsInterruptReachesEachProcessOnce) {
  Running running({"test_ranks", "2", "wait"});
  ASSERT_TRUE(running.says("ready"));
  // Ctrl-C goes to the launcher's process group, which its processes are not in.
  for (const pid_t child : running.children()) EXPECT_NE(getpgid(child), getpgid(running.pid()));
  EXPECT_EQ(running.children().size(), 2);
}

TEST(Launch, ASecondSignalDoesNotWaitForTheSave) {
  Running running({"test_ranks", "2", "sleep"});  // ignores SIGTERM for a minute
  ASSERT_TRUE(running.says("pid"));
  kill(running.pid(), SIGTERM);
  std::this_thread::sleep_for(1200ms);
  kill(running.pid(), SIGTERM);
  EXPECT_EQ(running.status(), 128 + SIGTERM);
}

TEST(Launch, ProcessesDoNotOutliveAKilledLauncher) {
  Running running({"test_ranks", "2", "wait"});
  ASSERT_TRUE(running.says("ready"));
  const std::vector<pid_t> children = running.children();
  ASSERT_EQ(children.size(), 2);
  kill(running.pid(), SIGKILL);
  EXPECT_EQ(running.status(), 128 + SIGKILL);
  for (const pid_t child : children) EXPECT_TRUE(ends(child));
}

TEST(Launch, SeesTheEndAlsoWhereTheParentIgnoresIt) {
  const Finished finished = run({"/usr/bin/timeout", "--signal=KILL", "30", "/usr/bin/env",
                                 "--ignore-signal=CHLD", program("test_ranks"), "2", "all-fail"});
  EXPECT_EQ(finished.status, 2);
  EXPECT_EQ(finished.err, "fovea: train.json:/images/3: is broken; mend it\n");
}

TEST(Launch, CoresAreSharedOutUnlessTheUserHasSetThreads) {
  const auto cores = static_cast<int64_t>(std::thread::hardware_concurrency());
  const std::string half = std::to_string(std::max<int64_t>(1, cores / 2));
  const std::string many = std::to_string(cores);
  // An empty variable counts as none: it is set anew.
  EXPECT_EQ(run({"test_ranks", "2", "environment"}, {"OMP_NUM_THREADS="}).out,
            half + (cores < 2 ? " PASSIVE\n" : " none\n"));
  EXPECT_EQ(run({"test_ranks", "2", "environment"}, {"OMP_NUM_THREADS=" + many}).out,
            many + " PASSIVE\n");
}

TEST(RendezvousFromEnvironment, NamesTheVariableThatIsMissingOrWrong) {
  const auto message = [](const std::vector<std::string>& environment) {
    const Finished finished = run({"test_ranks", "0", "sum"}, environment);
    EXPECT_EQ(finished.status, 2);
    return finished.err;
  };
  EXPECT_EQ(message({"RANK=1"}),
            "fovea: the environment gives this process a place among several, but no WORLD_SIZE; "
            "start the processes with torchrun or --procs, or unset RANK and WORLD_SIZE\n");
  EXPECT_EQ(message({"RANK=one", "WORLD_SIZE=2"}),
            "fovea: RANK is `one`; it must be a whole number from 0 to 1\n");
  EXPECT_THAT(message({"RANK=2", "WORLD_SIZE=2"}), HasSubstr("RANK is `2`"));
  EXPECT_THAT(message({"RANK=1", "WORLD_SIZE=2", "LOCAL_RANK=1"}), HasSubstr("no MASTER_PORT"));
  EXPECT_THAT(message({"RANK=1", "WORLD_SIZE=2", "LOCAL_RANK=1", "MASTER_PORT=70000"}),
              HasSubstr("MASTER_PORT is `70000`; it must be a whole number from 1 to 65535"));
}

}  // namespace
}  // namespace fovea
