// The commands of fovea-data: one file each.
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace fovea {

/// A command that was added to the parser: `run` does its work with the options that were parsed.
struct Command {
  CLI::App* parser = nullptr;
  std::function<void()> run = {};
};

Command add_score(CLI::App& program);
Command add_synthesize(CLI::App& program);

}  // namespace fovea
