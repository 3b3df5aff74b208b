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

enum class OnError { stop, skip };

struct DataOptions {
  std::string root = {};  // folder of the data set
  SplitOptions train = {.name = "train"};
  SplitOptions val = {.name = "val"};
  std::vector<std::string> allow = {};  // codes of data errors that do not stop training
  OnError on_error = OnError::stop;     // at a picture that turns out to be unreadable
};

void fields(OptionList& field, SplitOptions& o);
void fields(OptionList& field, DataOptions& o);

}  // namespace fovea
