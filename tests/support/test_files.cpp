#include "support/test_files.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "fovea/core/error.h"
#include "fovea/core/files.h"

// For builds with sanitizers; leaks.txt says the same for programs that tests run.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:libfontconfig\n";
}

namespace fovea {

TempFolder::TempFolder() {
  static std::atomic<int> count = 0;
  path_ = fs::temp_directory_path() /
          ("fovea-test-" + std::to_string(getpid()) + "-" + std::to_string(count++));
  fs::create_directories(path_);
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path TempFolder::write(std::string_view name, std::string_view text) const {
  const fs::path file = path_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return {};
}

fs::path source_folder() {
  return FOVEA_SOURCE;
}

std::string program(const std::string& name) {
  return FOVEA_BIN "/" + name;
}

fs::path shared_data() {
  const char* named = std::getenv("FOVEA_SHARED");
  const fs::path folder =
      (named != nullptr ? fs::path(named) : source_folder() / "../shared") / "data";
  return fs::exists(folder) ? fs::canonical(folder) : fs::path();
}

Finished run(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
  const TempFolder folder;
  std::vector<std::string> words = command;
  if (words.front().find('/') == std::string::npos) words.front() = program(words.front());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) variables.emplace_back(*entry);
  variables.push_back("LSAN_OPTIONS=suppressions=" +
                      (source_folder() / "tests/support/leaks.txt").string());
  variables.insert(variables.end(), environment.begin(), environment.end());
  std::vector<char*> envp;
  for (auto entry = variables.rbegin(); entry != variables.rend(); ++entry) {
    envp.push_back(entry->data());  // reversed: an added entry is found before an inherited one
  }
  envp.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  const fs::path out = folder / "out";
  const fs::path err = folder / "err";
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT, 0600);
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int failed = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    ADD_FAILURE() << "could not start " << argv[0];
    return {.status = 127};
  }
  int status = 0;
  waitpid(child, &status, 0);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = read_whole(out),
          .err = read_whole(err),
          .seconds = spent.count()};
}

}  // namespace fovea
