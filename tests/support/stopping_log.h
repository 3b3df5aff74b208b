// A Log that has the work stopped at a place of the test's choice.
#pragma once

#include <atomic>
#include <csignal>
#include <limits>

#include "fovea/core/log.h"

namespace fovea {

class StoppingLog final : public Log {
 public:
  /// The first that has the work stopped is the question after `answers` others.
  explicit StoppingLog(int answers = std::numeric_limits<int>::max()) : left_(answers) {}
  void line(std::string_view) override {}
  void warning(std::string_view) override {}
  void progress(const Progress&) override {}
  void expect_wanted() const override {
    ++asked_;
    if (left_-- <= 0) throw Stopped{.signal = SIGINT};
  }
  int asked() const { return asked_; }

 private:
  mutable std::atomic<int> left_;
  mutable std::atomic<int> asked_ = 0;
};

}  // namespace fovea
