// fovea-data: data sets and result files, without LibTorch, so that it starts in milliseconds.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "commands.h"
#include "console.h"
#include "fovea/core/error.h"
#include "version.h"

namespace fovea {
namespace {

std::vector<std::string> names_of(const std::vector<Command>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const Command& command : commands) names.push_back(command.parser->get_name());
  return names;
}

/// Every "--name" of a parser.
std::vector<std::string> option_names(const CLI::App& parser) {
  std::vector<std::string> names;
  for (const CLI::Option* option : parser.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

const Command* command_named(std::string_view name, const std::vector<Command>& commands) {
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const Command& command) {
    return command.parser->get_name() == name;
  });
  return found == commands.end() ? nullptr : &*found;
}

/// The first word must be a command or an option of the program.
void expect_command(int argc, char** argv, const std::vector<Command>& commands) {
  const std::vector<std::string> names = names_of(commands);
  const std::string known = fmt::format("known: {}", fmt::join(names, ", "));
  if (argc < 2) fail("no command was given", known);
  const std::string_view word = argv[1];
  if (word.starts_with("-") || command_named(word, commands) != nullptr) return;
  const std::string near = suggestion(word, names);
  fail(fmt::format("`{}` is no command of fovea-data", word), near.empty() ? known : near);
}

/// One line for what the parser refused.
[[noreturn]] void refuse(const CLI::ParseError& refused, const CLI::App& parser) {
  std::string problem = refused.what();
  problem = problem.substr(0, problem.find('\n'));
  const bool is_command = parser.get_parent() != nullptr;
  std::string remedy =
      fmt::format("see `{}{} --help`", is_command ? "fovea-data " : "", parser.get_name());
  const std::vector<std::string> extra = parser.remaining();
  if (!extra.empty()) {
    problem = fmt::format("`{}` is not expected here", extra.front());
    const std::vector<std::string> known = option_names(parser);
    const std::string near = suggestion(extra.front(), known);
    if (extra.front().starts_with("--") && !near.empty()) remedy = near;
  }
  fail(problem, remedy);
}

/// The work that the command line asks for; null when it was help or the version, now printed.
std::function<int()> parse(int argc, char** argv) {
  CLI::App program("Data sets and result files: making, checking, repairing, converting, scoring",
                   "fovea-data");
  program.set_help_flag("--help,-h", "this text");
  program.set_version_flag("--version", version_text("fovea-data"),
                           "program, commit, LibTorch, CUDA, OpenCV");
  program.require_subcommand(1);
  const std::vector<Command> commands = {
      add_check(program), add_clean(program), add_convert(program), add_score(program),
      add_show(program),  add_split(program), add_stats(program),   add_synthesize(program)};
  expect_command(argc, argv, commands);
  try {
    program.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const Command* asked = command_named(argv[1], commands);
    fmt::print("{}", asked != nullptr ? asked->parser->help("fovea-data") : program.help());
    return {};
  } catch (const CLI::CallForVersion& version) {
    fmt::print("{}", version.what());
    return {};
  } catch (const CLI::ParseError& refused) {
    const Command* asked = command_named(argv[1], commands);
    refuse(refused, asked != nullptr ? *asked->parser : program);
  }
  return command_named(argv[1], commands)->run;
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  int status = 0;
  const int failure = fovea::run_app([&] {
    if (const auto work = fovea::parse(argc, argv)) status = work();
  });
  return failure != 0 ? failure : status;
}
