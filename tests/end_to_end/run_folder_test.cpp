// Where a run leaves its files, and what a run folder is good for afterwards.
#include <signal.h>

#include "end_to_end/tiny_training.h"
#include "support/running.h"

namespace fovea {
namespace {

using testing::HasSubstr;

/// A command of fovea in a working folder.
std::vector<std::string> in(const fs::path& folder, const std::vector<std::string>& more) {
  std::vector<std::string> words = {"/usr/bin/env", "-C", folder.string(), program("fovea")};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// One short epoch with tiny.yaml, as README writes it: without run.dir, data.root relative.
std::vector<std::string> short_run(const TinyTraining& tiny,
                                   const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"train", "tiny.yaml", "data.root=shapes", "device=cpu",
                                    "train.epochs=1"};
  words.insert(words.end(), more.begin(), more.end());
  return in(tiny.folder.path(), words);
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

TEST(RunFolder, IsNamedAfterTheRecipeAndNumberedWhenTaken) {
  const TinyTraining tiny;
  for (const std::string name : {"tiny", "tiny-2"}) {
    const Finished finished = run(short_run(tiny));
    ASSERT_EQ(finished.status, 0) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("results in runs/detect/" + name + "\n"));
  }
  EXPECT_THAT(names_in(tiny.folder / "runs/detect"),
              testing::UnorderedElementsAre("tiny", "tiny-2"));
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"eval", "runs/detect/tiny", "device=cpu"},
                                             {"export", "runs/detect/tiny", "-o", "detector.pt"}}) {
    const Finished finished = run(in(tiny.folder.path(), words));
    EXPECT_EQ(finished.status, 0) << finished.err;
  }
}

TEST(RunFolder, IsSharedByTheProcessesOfARunButNotByTwoRuns) {
  const TinyTraining tiny;
  Running first(short_run(tiny, {"--procs", "2"}));
  Running second(short_run(tiny));
  EXPECT_EQ(first.status(), 0) << first.said();
  EXPECT_EQ(second.status(), 0) << second.said();
  EXPECT_THAT(names_in(tiny.folder / "runs/detect"),
              testing::UnorderedElementsAre("tiny", "tiny-2"));
  for (const char* name : {"tiny", "tiny-2"}) {
    EXPECT_EQ(figures(tiny.folder / "runs/detect" / name, "loss").size(), 6U);
  }
}

TEST(RunFolder, OfAStartThatFailedIsNotLeftBehind) {
  const TinyTraining tiny;
  EXPECT_EQ(run(short_run(tiny, {"data.val=none"})).status, 2);
  EXPECT_FALSE(fs::exists(tiny.folder / "runs"));
}

TEST(RunFolder, MayHoldWhatAKilledStartLeftHalfWritten) {
  const TinyTraining tiny;
  tiny.folder.write("run/run.yaml.part123", "half");
  const Finished finished = tiny.train("run", {"train.epochs=1"});
  EXPECT_EQ(finished.status, 0) << finished.err;
}

TEST(RunFolder, IsResumedFromAnotherWorkingFolderWithTheSameBits) {
  const TinyTraining tiny;
  const auto start = [&](const std::string& name) {
    return in(tiny.folder.path(),
              {"train", "tiny.yaml", "data.root=shapes", "device=cpu", "run.dir=" + name});
  };
  ASSERT_EQ(run(start("undisturbed")).status, 0);
  Running running(start("run"));
  ASSERT_TRUE(running.says("steps")) << running.said();
  kill(running.pid(), SIGTERM);
  ASSERT_EQ(running.status(), 128 + SIGTERM) << running.said();
  const Finished finished = run(in("/", {"train", "--resume", tiny.path("run")}));
  ASSERT_EQ(finished.status, 0) << finished.err;
  for (const char* name : {"weights/last.safetensors", "metrics.jsonl"}) {
    EXPECT_EQ(read_whole(tiny.folder / "run" / name),
              read_whole(tiny.folder / "undisturbed" / name));
  }
}

}  // namespace
}  // namespace fovea
