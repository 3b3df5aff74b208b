// The option --pictures of commands that make a data set.
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "fovea/data/place_pictures.h"

namespace fovea {

/// Adds `--pictures link|copy|none`.
inline void add_placing(CLI::App& parser, std::string& name) {
  parser
      .add_option("--pictures", name,
                  "link: hard links, which take no room and are the source's own files (copies "
                  "where the file system can make none); copy; none: annotations alone")
      ->check(CLI::IsMember({"link", "copy", "none"}))
      ->capture_default_str();
}

inline Placing placing_named(const std::string& name) {
  return name == "link" ? Placing::link : name == "copy" ? Placing::copy : Placing::none;
}

}  // namespace fovea
