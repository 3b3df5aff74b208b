// One tree that composes the options of every part. It ends in the programs: a part receives its
// own options, never the whole tree.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fovea/augment/options.h"
#include "fovea/core/options.h"
#include "fovea/data/options.h"
#include "fovea/deploy/options.h"
#include "fovea/loader/options.h"
#include "fovea/models/options.h"
#include "fovea/train/options.h"

namespace fovea {

/// Where a run leaves its files.
struct RunOptions {
  std::string dir = {};   // empty: runs/<task>/<name>, with -2, -3 ... when taken
  std::string name = {};  // empty: that of the recipe (read_config)
  int64_t processes = 1;  // one a GPU, or several on the CPU
};

struct Config {
  std::string task = "detect";
  DataOptions data = {};
  ModelOptions model = {};
  AugmentOptions augment = {};
  LoaderOptions loader = {};
  TrainOptions train = {};
  SelectOptions select = {};
  std::string device = "auto";
  RunOptions run = {};
};

void fields(OptionList& field, RunOptions& o);
void fields(OptionList& field, Config& o);

/// Defaults, then the recipe, then the `key=value` overrides; then check(). An empty `recipe`
/// stands for none. Error with FILE:LINE:COLUMN and the option's name on the first thing that is
/// wrong.
///
/// A recipe nests (`train: {epochs: 20}`) or writes dotted names (`train.epochs: 20`), as it likes.
/// Anchors, aliases and merges (`<<`) work; top-level keys that begin with `x-` only hold anchors.
///
/// A run that was given no name gets the recipe's (fcos_r18 of configs/fcos_r18.yaml), or the
/// model's where there is no recipe.
Config read_config(const std::filesystem::path& recipe, const std::vector<std::string>& overrides);

/// The same from the text of a recipe; `name` stands for the file in messages.
Config parse_config(const std::string& text, const std::filesystem::path& name,
                    const std::vector<std::string>& overrides);

/// Error when options contradict each other.
void check(const Config& config);

/// Every option as a recipe that reads back to the same values.
std::string to_yaml(const Config& config);

/// Every option with its default, help and range, for `--help`.
std::string reference();

}  // namespace fovea
