// The commands of fovea-data: one file each.
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace fovea {

/// A command that was added to the parser: `run` does its work with the options that were parsed
/// and returns the exit status.
struct Command {
  CLI::App* parser = nullptr;
  std::function<int()> run = {};
};

Command add_check(CLI::App& program);
Command add_clean(CLI::App& program);
Command add_convert(CLI::App& program);
Command add_score(CLI::App& program);
Command add_show(CLI::App& program);
Command add_split(CLI::App& program);
Command add_stats(CLI::App& program);
Command add_synthesize(CLI::App& program);

}  // namespace fovea
