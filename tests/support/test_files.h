// Folders, files and messages that tests need.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

/// A folder of its own for one test, removed at the end.
class TempFolder {
 public:
  TempFolder();
  TempFolder(const TempFolder&) = delete;
  ~TempFolder();
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  /// Writes `text` to `name` inside, making folders as needed; returns the path.
  std::filesystem::path write(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

/// what() of the fovea::Error that `action` throws; fails the test when it throws none.
std::string error_of(const std::function<void()>& action);

/// The root of the source tree.
std::filesystem::path source_folder();

/// The path of a program that was built.
std::string program(const std::string& name);

/// The folder of real data beside the checkout, or empty: FOVEA_SHARED or ../shared.
std::filesystem::path shared_data();

/// What a program printed and how it ended.
struct Finished {
  int status = 0;  // exit status, or 128 + the signal
  std::string out = {};
  std::string err = {};
  double seconds = 0;
};

/// Runs a program of ours (by the name in build/bin) or any other (with a '/'), waits for its end.
/// `environment` holds "NAME=value" entries that are added.
Finished run(const std::vector<std::string>& command,
             const std::vector<std::string>& environment = {});

#define SKIP_WITHOUT_SHARED_DATA()    \
  if (::fovea::shared_data().empty()) \
  GTEST_SKIP() << "the shared data folder is not at ../shared/data (or FOVEA_SHARED)"

}  // namespace fovea
