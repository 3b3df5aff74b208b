// What the library has to say while it works. It never prints: it is given a Log, and a program
// decides what becomes of the lines (apps/console.h: terminal, pipe and log.txt).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fovea {

/// How far a long piece of work has come.
struct Progress {
  std::string_view what = {};  // "train", "val", "synthesize"
  int64_t done = 0;            // of total, in `unit`
  int64_t total = 0;           // 0 when unknown
  std::string_view unit = {};  // "steps", "images"
  double rate = 0;             // units a second, 0 when unknown
  double seconds_left = -1;    // negative when unknown
  std::string note = {};       // "loss 1.234  lr 0.01"
};

/// Thrown out of work that was asked to end: no failure, and nothing of the work is left.
struct Stopped {
  int signal = 0;
};

class Log {
 public:
  virtual ~Log() = default;
  virtual void line(std::string_view text) = 0;         ///< for people
  virtual void warning(std::string_view text) = 0;      ///< also, marked as a warning
  virtual void progress(const Progress& progress) = 0;  ///< as often as one likes
  /// Asks whether the work should go on; Stopped when not. For any thread.
  virtual void expect_wanted() const {}
};

/// A Log that keeps quiet.
class NoLog final : public Log {
 public:
  void line(std::string_view) override {}
  void warning(std::string_view) override {}
  void progress(const Progress&) override {}
};

}  // namespace fovea
