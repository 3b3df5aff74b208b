#include "console.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <stdexcept>
#include <thread>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "support/test_files.h"

namespace fovea {

/// Not in an unnamed namespace: a stack trace can name it.
[[gnu::noinline]] void break_down() {
  throw std::logic_error("impossible");
}

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// What `say` makes a ConsoleLog write to a file, which is no terminal.
std::string written(const std::function<void(ConsoleLog&)>& say,
                    ConsoleLog::Voice voice = ConsoleLog::Voice::normal) {
  const TempFolder folder;
  std::FILE* stream = std::fopen((folder / "out").c_str(), "w");
  {
    ConsoleLog log(voice, stream);
    say(log);
  }
  std::fclose(stream);
  return read_whole(folder / "out");
}

struct Ended {
  int status = 0;
  std::string err = {};
};
Ended ended(const std::function<void()>& app) {
  ::testing::internal::CaptureStderr();
  const int status = run_app(app);
  return {.status = status, .err = ::testing::internal::GetCapturedStderr()};
}

TEST(RunApp, ReturnsZeroAndSaysNothingWhenAllIsWell) {
  const Ended end = ended([] {});
  EXPECT_EQ(end.status, 0);
  EXPECT_EQ(end.err, "");
}

TEST(RunApp, PrintsOneLineForWhatTheUserCanFix) {
  const Ended end = ended([] { fail("a.json", "/images", "is empty", "add images"); });
  EXPECT_EQ(end.status, 2);
  EXPECT_EQ(end.err, "fovea: a.json:/images: is empty; add images\n");
}

TEST(RunApp, PrintsTheStackOfTheThrowForABug) {
  const Ended end = ended(break_down);
  EXPECT_EQ(end.status, 1);
  EXPECT_THAT(end.err, AllOf(HasSubstr("fovea: internal error\nstd::logic_error: impossible\n"),
                             HasSubstr("fovea::break_down() + 0x"), HasSubstr("fovea::run_app(")));
}

TEST(RunApp, PrintsOtherThrownThingsToo) {
  const Ended end = ended([] { throw 3; });
  EXPECT_EQ(end.status, 1);
  EXPECT_THAT(end.err, HasSubstr("unknown exception"));
}

TEST(RunApp, PrintsOneLineForWhatTheFileSystemRefuses) {
  const Ended end =
      ended([] { static_cast<void>(std::filesystem::file_size(std::string(300, 'x'))); });
  EXPECT_EQ(end.status, 2);
  EXPECT_EQ(end.err, "fovea: " + std::string(300, 'x') +
                         ": File name too long; check the name and its permissions\n");
}

TEST(RunApp, PrintsOneLineWhereMemoryIsShort) {
  EXPECT_EQ(ended([] { throw std::bad_alloc(); }).status, 2);
  const Ended end = ended([] {
    throw std::runtime_error("CUDA out of memory. Tried to allocate 9 GiB.\nException raised ...");
  });
  EXPECT_EQ(end.status, 2);
  EXPECT_EQ(end.err,
            "fovea: CUDA out of memory. Tried to allocate 9 GiB.; lower train.batch, model.size or "
            "`--batch`\n");
}

TEST(RunApp, PrintsOneLineWhereMuchTextDoesNotFit) {
  const Ended end = ended([] {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> full(std::fopen("/dev/full", "w"),
                                                               std::fclose);
    fmt::print(full.get(), "{}", std::string(100'000, 'x'));
  });
  EXPECT_EQ(end.status, 2);
  EXPECT_EQ(end.err,
            "fovea: standard output could not be written; check free space where it goes\n");
}

TEST(RunApp, NoticesThatStandardOutputIsFull) {
  const Finished finished =
      run({"/bin/sh", "-c", "exec \"$0\" --help > /dev/full", program("fovea-data")});
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, HasSubstr("standard output could not be written"));
}

TEST(ConsoleLogTest, WritesPlainLinesToAPipe) {
  EXPECT_EQ(written([](ConsoleLog& log) {
              log.line("ready");
              log.warning("odd");
            }),
            "ready\nfovea: warning: odd\n");
}

TEST(ConsoleLogTest, GivesAPipeTheFirstAndTheLastStateOfAWork) {
  EXPECT_EQ(written([](ConsoleLog& log) {
              for (int64_t i = 1; i <= 1000; ++i) {
                log.progress({.what = "val", .done = i, .total = 1000, .unit = "images"});
              }
              log.progress({.what = "val", .done = 1, .total = 2, .unit = "images"});  // again
            }),
            "val 1/1000 images (0%)\nval 1000/1000 images (100%)\nval 1/2 images (50%)\n");
}

TEST(ConsoleLogTest, SaysRateTimeLeftAndNote) {
  EXPECT_EQ(written([](ConsoleLog& log) {
              log.progress({.what = "train",
                            .done = 40,
                            .total = 400,
                            .unit = "steps",
                            .rate = 12.34,
                            .seconds_left = 79.7,
                            .note = "loss 1.5"});
            }),
            "train 40/400 steps (10%), 12.3 steps/s, 1m20s left, loss 1.5\n");
}

TEST(ConsoleLogTest, SaysOnlyWarningsWhenQuiet) {
  EXPECT_EQ(written(
                [](ConsoleLog& log) {
                  log.line("ready");
                  log.progress({.what = "val", .done = 1, .total = 2, .unit = "images"});
                  log.warning("odd");
                },
                ConsoleLog::Voice::quiet),
            "fovea: warning: odd\n");
}

TEST(ConsoleLogTest, AppendsEverythingToItsFile) {
  const TempFolder folder;
  const auto file = folder.write("log.txt", "before\n");
  written(
      [&](ConsoleLog& log) {
        log.set_file(file);
        log.line("ready");
        log.warning("odd");
      },
      ConsoleLog::Voice::quiet);
  EXPECT_EQ(read_whole(file), "before\nready\nwarning: odd\n");
}

TEST(ConsoleLogTest, NamesAFileThatCannotBeOpened) {
  EXPECT_THAT(error_of([] {
                ConsoleLog log;
                log.set_file("/no/such/folder/log.txt");
              }),
              HasSubstr("/no/such/folder/log.txt: could not be opened"));
}

TEST(StopSignal, RecordsTheFirstSignalAndEndsAtALaterOne) {
  EXPECT_EXIT(
      {
        const auto& stop = stop_signal();
        if (stop != 0) std::_Exit(1);
        std::raise(SIGTERM);
        if (stop != SIGTERM) std::_Exit(1);
        std::raise(SIGINT);  // at once: the same wish, as `timeout` has it
        if (stop != SIGTERM) std::_Exit(1);
        std::this_thread::sleep_for(std::chrono::milliseconds(1100));
        std::raise(SIGINT);
        std::_Exit(1);
      },
      ::testing::ExitedWithCode(128 + SIGINT), "");
}

TEST(StopSignal, LeavesASignalIgnoredThatTheParentIgnores) {
  EXPECT_EXIT(
      {
        std::signal(SIGHUP, SIG_IGN);
        const auto& stop = stop_signal();
        std::raise(SIGHUP);
        std::_Exit(stop);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace fovea
