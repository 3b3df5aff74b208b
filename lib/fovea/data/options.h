// Which pictures are read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fovea/core/options.h"

namespace fovea {

/// One part of a data set: found by name inside the data set's folder, or named outright.
struct SplitOptions {
  std::string name = {};         // "train", "val"
  std::string images = {};       // folder of the pictures; set together with `annotations`
  std::string annotations = {};  // annotation file
};

struct DataOptions {
  std::string root = {};  // folder of the data set
  SplitOptions train = {.name = "train"};
  SplitOptions val = {.name = "val"};
  std::vector<std::string> allow = {};  // codes of data errors that do not stop training
};

void fields(OptionList& field, SplitOptions& o);
void fields(OptionList& field, DataOptions& o);

}  // namespace fovea
