// A data set and a recipe so small that a whole training takes seconds.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "support/test_files.h"

namespace fovea {

inline constexpr const char* kTinyRecipe = R"(
model: {size: 64, width: 0.125, fpn_channels: 16, levels: 3, head_convs: 1}
augment: {zoom: {min: 0.8, max: 1.25}}
loader: {workers: 2}
train:
  epochs: 6
  batch: 4
  threads: 1
  log_every: 1
  evaluate_every: 3epochs
  schedule: {warmup_steps: 4}
)";

/// A folder with a data set `shapes` (24 + 8 pictures) and the recipe `tiny.yaml`.
struct TinyTraining {
  TinyTraining() {
    folder.write("tiny.yaml", kTinyRecipe);
    const Finished made = run({"fovea-data", "synthesize", path("shapes"), "--train", "24", "--val",
                               "8", "--size", "64", "--quiet"});
    EXPECT_EQ(made.status, 0) << made.err;
  }

  std::string path(const std::string& name) const { return (folder / name).string(); }

  /// The words that train into `folder_name`; further ones are added.
  std::vector<std::string> command(const std::string& folder_name,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"fovea",
                                      "train",
                                      path("tiny.yaml"),
                                      "device=cpu",
                                      "data.root=" + path("shapes"),
                                      "run.dir=" + path(folder_name)};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Finished train(const std::string& folder_name, const std::vector<std::string>& more = {}) const {
    return run(command(folder_name, more));
  }
  Finished resume(const std::string& folder_name, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"fovea", "train", "--resume", path(folder_name)};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }

  TempFolder folder;
};

/// One trained run for all the tests that only look at it.
inline const TinyTraining& trained() {
  static const TinyTraining shared;
  static const Finished finished = shared.train("run");
  EXPECT_EQ(finished.status, 0) << finished.err;
  return shared;
}

inline int64_t line_count(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

/// The rows of metrics.jsonl that hold `figure`.
inline std::vector<double> figures(const fs::path& run, const std::string& figure) {
  std::vector<double> values;
  std::istringstream lines(read_whole(run / "metrics.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const JsonDocument row = JsonDocument::parse(line, "metrics.jsonl");
    if (const auto value = row.root().find(figure)) values.push_back(value->number());
  }
  return values;
}

}  // namespace fovea
