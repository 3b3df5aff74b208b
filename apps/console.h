// What every program does around its work: telling the two kinds of failure apart, showing what
// the library says, noticing that it should stop, and settling threads and memory before LibTorch
// is opened. Nothing here links it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "fovea/core/log.h"

namespace fovea {

/// Runs a program and returns its exit status: 0 when `app` returns and standard output took all it
/// was given, 2 after one line for what the user can fix (an Error, a file system that refuses, too
/// little memory), 128 + the signal when it was Stopped, 1 with a stack trace for any other
/// exception (a bug of ours).
int run_app(const std::function<void()>& app);

/// The first SIGINT or SIGTERM (SIGHUP counts as one) that arrived, 0 while none has. The first
/// call installs handlers that only record the number; a second signal, a second later or more,
/// ends the process at once with 128 + its number.
const std::atomic<int>& stop_signal();

/// What LibTorch's threads and memory should do, said before it is loaded. OpenMP's threads spin
/// for some 20 us while they wait, not for ever: loader threads share the cores with them (measured
/// on 2 cores: 46 img/s when they sleep at once, 73 to 76 with either kind of spinning, and hours
/// lost when two processes spin for ever). Large blocks stay with the process: an activation is as
/// large as the one before it, and fresh pages cost more than the arithmetic on them.
void settle_process();

/// Whether a stream shows a person a terminal that understands cursor movement.
bool is_terminal(std::FILE* stream);

/// Whether `stream` wants colour: a terminal, and NO_COLOR is not set.
bool wants_colour(std::FILE* stream);

/// Lines on standard error. A terminal gets a progress bar, redrawn in place at most 10 times a
/// second; a pipe or a file gets the first and the last state and one line every 10 seconds.
class ConsoleLog final : public Log {
 public:
  enum class Voice { normal, quiet };  // quiet: warnings only
  explicit ConsoleLog(Voice voice = Voice::normal, std::FILE* stream = stderr);
  ConsoleLog(const ConsoleLog&) = delete;
  ConsoleLog& operator=(const ConsoleLog&) = delete;
  ~ConsoleLog() override;

  void line(std::string_view text) override;
  void warning(std::string_view text) override;
  void progress(const Progress& progress) override;
  void expect_wanted() const override;

  /// From now on a stop signal ends the work that this is given to, by Stopped out of it. For
  /// commands whose work asks often and leaves nothing behind.
  void heed_signals();

  /// Everything said from now on, also what a quiet voice keeps to itself, is appended to `path`.
  void set_file(const std::filesystem::path& path);

 private:
  using Clock = std::chrono::steady_clock;
  void say(std::string_view text);
  void clear_bar();
  void draw_bar(const Progress& progress);
  void end_bar();
  void write_file(std::string_view text);

  std::mutex mutex_;
  Voice voice_;
  std::FILE* stream_;
  bool terminal_;
  bool colour_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::string work_;       // what the progress shown last is about
  int64_t last_done_ = 0;  // of it
  std::string bar_;        // on the terminal's last line now, or empty
  Clock::time_point drawn_ = {};
  Clock::time_point written_ = {};
  const std::atomic<int>* stop_ = nullptr;  // where it is heeded
};

}  // namespace fovea
