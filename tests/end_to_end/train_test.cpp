// fovea train as a user meets it: what it leaves behind, and what interruptions do to it.
#include <signal.h>

#include <cmath>
#include <thread>

#include "end_to_end/tiny_training.h"
#include "fovea/core/random.h"
#include "support/running.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

/// What must not depend on interruptions: the weights' files and every row of figures.
std::vector<std::string> results_of(const fs::path& run) {
  std::vector<std::string> results;
  for (const char* name : {"weights/last.safetensors", "weights/best.safetensors", "metrics.jsonl",
                           "results.csv", "predictions.json", "metrics.json"}) {
    results.push_back(read_whole(run / name));
  }
  return results;
}

TEST(Train, LeavesTheWholeRunFolder) {
  const fs::path folder = trained().folder / "run";
  for (const char* name : {"run.yaml",
                           "env.json",
                           "log.txt",
                           "metrics.jsonl",
                           "results.csv",
                           "results.png",
                           "labels.png",
                           "train_batch0.jpg",
                           "train_batch1.jpg",
                           "train_batch2.jpg",
                           "val_batch0_labels.jpg",
                           "val_batch0_pred.jpg",
                           "confusion_matrix.png",
                           "PR_curve.png",
                           "F1_curve.png",
                           "weights/best.safetensors",
                           "weights/last.safetensors",
                           "predictions.json",
                           "metrics.json",
                           "checkpoints/36/manifest.json"}) {
    EXPECT_TRUE(fs::exists(folder / name)) << name;
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    EXPECT_THAT(entry.path().filename().string(), testing::Not(HasSubstr(".part")));
  }
  EXPECT_EQ(figures(folder, "loss").size(), 36U);
  EXPECT_EQ(figures(folder, "AP").size(), 2U);
}

TEST(Train, LearnsFromItsPictures) {
  const std::vector<double> losses = figures(trained().folder / "run", "loss");
  double first = 0, last = 0;
  for (size_t i = 0; i < 6; ++i) first += losses[i], last += losses[losses.size() - 1 - i];
  EXPECT_LT(last, 0.9 * first);
}

TEST(Train, GivesTheSameBitsTwice) {
  const TinyTraining tiny;
  ASSERT_EQ(tiny.train("run", {"train.epochs=3"}).status, 0);
  fs::rename(tiny.folder / "run", tiny.folder / "first");
  ASSERT_EQ(tiny.train("run", {"train.epochs=3", "loader.workers=2"}).status, 0);
  EXPECT_EQ(results_of(tiny.folder / "run"), results_of(tiny.folder / "first"));
}

/// Trains undisturbed, then again with a kill -9 after each of `waits`; the results must be the
/// same.
void expect_same_bits_after_kills(const std::vector<std::string>& options,
                                  const std::vector<std::chrono::milliseconds>& waits) {
  const TinyTraining tiny;
  ASSERT_EQ(tiny.train("run", options).status, 0);
  fs::rename(tiny.folder / "run", tiny.folder / "undisturbed");
  for (const auto wait : waits) {
    Running running(fs::exists(tiny.folder / "run/run.yaml")
                        ? std::vector<std::string>{"fovea", "train", "--resume", tiny.path("run")}
                        : tiny.command("run", options));
    std::this_thread::sleep_for(wait);
    kill(running.pid(), SIGKILL);
    running.status();
  }
  const Finished finished = tiny.resume("run");
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_EQ(results_of(tiny.folder / "run"), results_of(tiny.folder / "undisturbed"));
}

TEST(Train, EndsWithTheSameBitsAfterKills) {
  expect_same_bits_after_kills({"train.checkpoint_every=1steps"}, {900ms, 700ms, 1100ms});
}

/// Kills in one run, minutes apart in all: run with FOVEA_KILLS=20.
TEST(Train, EndsWithTheSameBitsAfterManyKills) {
  const char* count = std::getenv("FOVEA_KILLS");
  if (count == nullptr) GTEST_SKIP() << "FOVEA_KILLS does not say how many";
  std::vector<std::chrono::milliseconds> waits(std::stoul(count));
  Rng rng(1);
  for (auto& wait : waits) {
    wait = std::chrono::milliseconds(static_cast<int64_t>(rng.uniform(300, 4500)));
  }
  expect_same_bits_after_kills({"train.checkpoint_every=2s", "train.epochs=300"}, waits);
}

TEST(Train, SavesAtASignalAndEndsWithTheSameBits) {
  const TinyTraining tiny;
  ASSERT_EQ(tiny.train("run").status, 0);
  fs::rename(tiny.folder / "run", tiny.folder / "undisturbed");
  for (const int signal : {SIGINT, SIGTERM}) {
    Running running(signal == SIGINT
                        ? tiny.command("run")
                        : std::vector<std::string>{"fovea", "train", "--resume", tiny.path("run")});
    ASSERT_TRUE(running.says("steps")) << running.said();
    kill(running.pid(), signal);
    EXPECT_EQ(running.status(), 128 + signal) << running.said();
    EXPECT_THAT(running.said(), HasSubstr("continue with `fovea train --resume"));
  }
  const Finished finished = tiny.resume("run");
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("resuming after step "));
  EXPECT_EQ(results_of(tiny.folder / "run"), results_of(tiny.folder / "undisturbed"));
}

/// `timeout` signals a process and, a moment later, its whole group.
TEST(Train, SavesWhenTheSignalComesTwiceAtOnce) {
  const TinyTraining tiny;
  Running running(tiny.command("run", {"train.epochs=1000"}));
  ASSERT_TRUE(running.says("steps")) << running.said();
  kill(running.pid(), SIGTERM);
  std::this_thread::sleep_for(2ms);
  kill(running.pid(), SIGTERM);
  EXPECT_EQ(running.status(), 128 + SIGTERM) << running.said();
  EXPECT_THAT(running.said(), HasSubstr("continue with `fovea train --resume"));
}

TEST(Train, PassesOverATornCheckpoint) {
  const TinyTraining tiny;
  ASSERT_EQ(tiny.train("run", {"train.checkpoint_every=10steps"}).status, 0);
  const std::vector<std::string> before = results_of(tiny.folder / "run");
  const fs::path newest = tiny.folder / "run/checkpoints/36/model.safetensors";
  fs::resize_file(newest, fs::file_size(newest) - 1);
  const Finished finished = tiny.resume("run");
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.err,
              HasSubstr("checkpoint 36 is torn and is passed over: model.safetensors has "));
  EXPECT_THAT(finished.err, HasSubstr("resuming after step 30 of 36"));
  EXPECT_EQ(results_of(tiny.folder / "run"), before);
}

TEST(Train, RefusesToResumeWhereNoGenerationIsWhole) {
  const TinyTraining tiny;
  ASSERT_EQ(tiny.train("run", {"train.epochs=1"}).status, 0);
  for (const auto& generation : fs::directory_iterator(tiny.folder / "run/checkpoints")) {
    fs::remove(generation.path() / "manifest.json");
  }
  const Finished finished = tiny.resume("run");
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, HasSubstr("fovea: " + tiny.path("run/checkpoints")));
}

TEST(Train, StartsAtTheBeginningWhereNothingWasSaved) {
  const TinyTraining tiny;
  ASSERT_EQ(tiny.train("run", {"train.epochs=1"}).status, 0);
  for (const auto& generation : fs::directory_iterator(tiny.folder / "run/checkpoints")) {
    fs::remove_all(generation);
  }
  const Finished finished = tiny.resume("run");
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("no checkpoint was written yet: starting at the beginning"));
  EXPECT_EQ(figures(tiny.folder / "run", "loss").size(), 6U);
}

TEST(Train, DoesNotStartAgainOverTheWeightsOfARunThatLostItsCheckpoints) {
  const TinyTraining tiny;
  ASSERT_EQ(tiny.train("run", {"train.epochs=1"}).status, 0);
  const std::string weights = read_whole(tiny.folder / "run/weights/best.safetensors");
  fs::remove_all(tiny.folder / "run/checkpoints");
  const Finished finished = tiny.resume("run");
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, AllOf(StartsWith("fovea: " + tiny.path("run")),
                                  HasSubstr("lost its checkpoints"), HasSubstr("model.weights=")));
  EXPECT_EQ(read_whole(tiny.folder / "run/weights/best.safetensors"), weights);
}

TEST(Train, DoesNotResumeARunThatIsBeyondTheEpochsAskedFor) {
  const TinyTraining tiny;
  ASSERT_EQ(tiny.train("run", {"train.epochs=2"}).status, 0);
  const std::string recipe = read_whole(tiny.folder / "run/run.yaml");
  const Finished finished = tiny.resume("run", {"train.epochs=1"});
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, HasSubstr("train.epochs=1 ends at step 6"));
  EXPECT_EQ(read_whole(tiny.folder / "run/run.yaml"), recipe);
}

TEST(Train, KeepsARunFolderToOneProcess) {
  const TinyTraining tiny;
  ASSERT_EQ(tiny.train("run", {"train.epochs=1"}).status, 0);
  const FolderLock another(tiny.folder / "run", "a test");
  const Finished finished = tiny.resume("run");
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, HasSubstr("is in use by a training run in another process"));
}

TEST(Train, StopsAtALossThatIsNotFiniteAndSavesNothingBroken) {
  const TinyTraining tiny;
  const Finished finished =
      tiny.train("run", {"train.schedule.base=1e30", "train.schedule.warmup_steps=0",
                         "train.optimizer.kind=sgd", "train.checkpoint_every=1steps"});
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, HasSubstr("fovea: the loss or a gradient is not finite at step "));
  EXPECT_THAT(finished.err, HasSubstr("(image ids "));
  EXPECT_THAT(finished.err, HasSubstr("lower train.schedule.base"));
  EXPECT_THAT(finished.err, HasSubstr("`--resume` continues there"));
  EXPECT_FALSE(fs::exists(tiny.folder / "run/weights"));
}

TEST(Train, StopsWhenItsTimeIsOver) {
  const TinyTraining tiny;
  const Finished finished = tiny.train("run", {"train.max_time=2s", "train.epochs=100000"});
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("train.max_time is over after step "));
  EXPECT_FALSE(figures(tiny.folder / "run", "AP").empty());
}

/// Rounding differs between one sum over four images and two sums over two. Small steps keep that
/// from growing; data or gradients that differ would show at once.
TEST(Train, TwoProcessesSeeWhatOneSeesAndLearnTheSame) {
  const TinyTraining tiny;
  const std::vector<std::string> frozen = {"model.backbone_norm=frozen", "train.epochs=17",
                                           "train.evaluate_every=100epochs",
                                           "train.optimizer.kind=sgd", "train.schedule.base=0.001"};
  std::vector<std::string> two = frozen;
  two.insert(two.end(), {"--procs", "2"});
  ASSERT_EQ(tiny.train("one", frozen).status, 0);
  const Finished finished = tiny.train("two", two);
  ASSERT_EQ(finished.status, 0) << finished.err;
  const std::vector<double> expected = figures(tiny.folder / "one", "loss");
  const std::vector<double> losses = figures(tiny.folder / "two", "loss");
  ASSERT_EQ(losses.size(), 102U);
  double worst = 0;
  for (size_t i = 0; i < 100; ++i) {
    worst = std::max(worst, std::abs(losses[i] / expected[i] - 1));
  }
  EXPECT_LT(worst, 1e-4);
  EXPECT_LT(losses[99], 0.95 * losses[0]);
}

/// Weights that do not move are scored by one and by two processes.
TEST(Train, TwoProcessesScoreAsOne) {
  const TinyTraining tiny;
  const std::vector<std::string> still = {
      "model.weights=" + trained().path("run/weights/best.safetensors"),
      "model.backbone_norm=frozen", "train.schedule.base=1e-30", "train.epochs=1",
      "train.optimizer.weight_decay=0"};
  std::vector<std::string> two = still;
  two.insert(two.end(), {"--procs", "2"});
  ASSERT_EQ(tiny.train("one", still).status, 0);
  ASSERT_EQ(tiny.train("two", two).status, 0);
  for (const char* name : {"predictions.json", "metrics.json"}) {
    EXPECT_EQ(read_whole(tiny.folder / "one" / name), read_whole(tiny.folder / "two" / name));
  }
  EXPECT_GT(read_whole(tiny.folder / "one/predictions.json").size(), 100U);
}

/// Each process has batch statistics of its own; the figures must be those of the weights on disk.
TEST(Train, TwoProcessesScoreTheModelThatTheyKeep) {
  const TinyTraining tiny;
  const Finished trained = tiny.train("run", {"train.epochs=3", "--procs", "2"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  const Finished scored =
      run({"fovea", "eval", tiny.path("run/weights/last.safetensors"), "device=cpu",
           "data.root=" + tiny.path("shapes"), "--out", tiny.path("again"), "--quiet"});
  ASSERT_EQ(scored.status, 0) << scored.err;
  EXPECT_EQ(read_whole(tiny.folder / "again/predictions.json"),
            read_whole(tiny.folder / "run/predictions.json"));
}

TEST(Train, TwoProcessesEndWithTheSameBitsAfterAStop) {
  const std::vector<std::string> options = {"train.log_every=5", "train.epochs=12", "--procs", "2"};
  const TinyTraining tiny;
  ASSERT_EQ(tiny.train("run", options).status, 0);
  fs::rename(tiny.folder / "run", tiny.folder / "undisturbed");
  Running running(tiny.command("run", options));
  ASSERT_TRUE(running.says("steps")) << running.said();
  kill(running.pid(), SIGTERM);
  EXPECT_EQ(running.status(), 128 + SIGTERM) << running.said();
  const Finished finished = tiny.resume("run");
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("resuming after step "));
  EXPECT_EQ(results_of(tiny.folder / "run"), results_of(tiny.folder / "undisturbed"));
}

/// Breaks a picture of each split where nobody looks before it is decoded, and cuts one, which is
/// seen at once.
void break_pictures(const TinyTraining& training) {
  for (const char* name : {"shapes/train/000003.jpg", "shapes/val/000002.jpg"}) {
    const fs::path file = training.path(name);
    std::string bytes = read_whole(file);
    bytes.replace(bytes.size() / 2, 40, 40, '\0');
    bytes.replace(bytes.size() / 2, 2, "\xFF\xC4");  // a marker that has no place there
    write_whole(file, bytes);
  }
  const fs::path file = training.path("shapes/train/000005.jpg");
  fs::resize_file(file, fs::file_size(file) / 2);
}

TEST(Train, StopsAtAPictureThatCannotBeRead) {
  const TinyTraining training;
  break_pictures(training);
  EXPECT_THAT(training.train("run").err, HasSubstr("000005.jpg"));
  const Finished finished = training.train("run", {"data.allow=[D504]"});
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, HasSubstr("000003.jpg"));
}

TEST(Train, PassesOverPicturesThatCannotBeReadWhereAsked) {
  const TinyTraining training;
  break_pictures(training);
  const Finished finished = training.train("run", {"data.on_error=skip", "train.epochs=3"});
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("000003.jpg"));
  EXPECT_THAT(finished.err, HasSubstr("1 x D504"));
  EXPECT_THAT(finished.err, HasSubstr("1 of 8 images cannot be read"));
  EXPECT_TRUE(fs::exists(fs::path(training.path("run")) / "val_batch0_pred.jpg"));
}

TEST(Train, RefusesFoldersThatAreInUse) {
  const TinyTraining& tiny = trained();
  const Finished again = tiny.train("run");
  EXPECT_EQ(again.status, 2);
  EXPECT_EQ(line_count(again.err), 1);
  EXPECT_THAT(again.err, AllOf(StartsWith("fovea: "), HasSubstr("holds a run already"),
                               HasSubstr("--resume")));
  const Finished other = tiny.train("shapes");
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.err, HasSubstr("is not an empty folder"));
}

TEST(Train, RefusesWhatIsWrongInOneLine) {
  const TinyTraining tiny;
  const std::string shapes = "data.root=" + tiny.path("shapes");
  const std::string data = read_whole(tiny.folder / "shapes/annotations/instances_train.json");
  const auto data_set = [&](const std::string& name, const std::string& from,
                            const std::string& to) {
    fs::copy(tiny.folder / "shapes", tiny.folder / name, fs::copy_options::recursive);
    std::string text = data;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    tiny.folder.write(name + "/annotations/instances_train.json", text);
    return "data.root=" + tiny.path(name);
  };
  fs::copy(tiny.folder / "shapes", tiny.folder / "torn", fs::copy_options::recursive);
  const fs::path picture = fs::directory_iterator(tiny.folder / "torn/train")->path();
  fs::resize_file(picture, 300);
  tiny.folder.write("twice.yaml", "train: {epochs: 3}\ntrain: {batch: 2}\n");
  tiny.folder.write("wrong.safetensors", "not one at all");
  const std::string tiny_recipe = tiny.path("tiny.yaml");

  const std::vector<std::pair<std::vector<std::string>, std::string>> calls = {
      {{tiny_recipe, shapes, "train.epoch=3"},
       "fovea: unknown option `train.epoch`; did you mean `train.epochs`?"},
      {{tiny_recipe, "data=" + tiny.path("shapes")},
       "fovea: `data` holds options and has no value itself; write one of them, such as "
       "`data.root`"},
      {{tiny_recipe, shapes, "train.epochs=0"}, "fovea: train.epochs: "},
      {{tiny_recipe, shapes, "train.batch=25"},
       "fovea: train.batch: is `25`, but " + tiny.path("shapes/annotations/instances_train.json") +
           " has 24 images; "},
      {{tiny_recipe, data_set("unmarked", "\"annotations\":[", "\"annotations\":[],\"all\":[")},
       "fovea: " + tiny.path("unmarked/annotations/instances_train.json") +
           ":/annotations: has no object to learn from"},
      {{tiny_recipe, "data.root=" + tiny.path("torn"), "data.val=test"},
       "fovea: " + tiny.path("torn") + ": has no split `test`"},
      {{tiny_recipe, "data.root=" + tiny.path("torn"),
        "model.weights=" + tiny.path("none.safetensors")},
       "fovea: " + tiny.path("none.safetensors") + ": no such file"},
      {{tiny_recipe, shapes, "train.epochs=3", "train.epochs=3"},
       "fovea: `train.epochs` is given twice on the command line"},
      {{tiny_recipe, shapes, "train.batch=3", "--procs", "2"}, "fovea: train.batch"},
      {{tiny.path("none.yaml"), shapes}, "fovea: " + tiny.path("none.yaml") + ": "},
      {{tiny.path("twice.yaml"), shapes}, "fovea: " + tiny.path("twice.yaml") + ":2:1: "},
      {{tiny_recipe, "data.root=" + tiny.path("nowhere")}, "fovea: " + tiny.path("nowhere")},
      {{tiny_recipe, data_set("broken", "\"images\"", "\"images")},
       "fovea: " + tiny.path("broken/annotations/instances_train.json") + ":"},
      {{tiny_recipe, data_set("box", "\"bbox\":[", "\"bbox\":[1,")},
       "fovea: " + tiny.path("box/annotations/instances_train.json") + ":/annotations/0/bbox: "},
      {{tiny_recipe, "data.root=" + tiny.path("torn")},
       "fovea: " + tiny.path("torn/annotations/instances_train.json") +
           ":/images/0/file_name: error D504: " + picture.string() + ": "},
      {{tiny_recipe, shapes, "model.weights=" + tiny.path("wrong.safetensors")},
       "fovea: " + tiny.path("wrong.safetensors") + ": "},
      {{"--resume", tiny.path("shapes")}, "fovea: " + tiny.path("shapes") + ": is no run folder"},
  };
  for (const auto& [words, expected] : calls) {
    std::vector<std::string> command = {"fovea", "train", "device=cpu",
                                        "run.dir=" + tiny.path("refused"), "--quiet"};
    if (words.front() == "--resume") command.resize(2);
    command.insert(command.end(), words.begin(), words.end());
    const Finished finished = run(command);
    EXPECT_EQ(finished.status, 2) << expected;
    EXPECT_THAT(finished.err, StartsWith(expected));
    EXPECT_EQ(line_count(finished.err), 1) << finished.err;
    fs::remove_all(tiny.folder / "refused");
  }
}

}  // namespace
}  // namespace fovea
