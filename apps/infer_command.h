// What `fovea-infer` is asked to do. The work lives in libfovea_inference.so, which brings
// LibTorch: the program itself answers `--help` and mistakes without it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fovea/core/log.h"

namespace fovea {

struct InferCommand {
  std::filesystem::path model = {};
  std::vector<std::string> sources = {};
  std::filesystem::path out = {};
  std::string json = {};  // a file, "-" for standard output
  std::string csv = {};   // the same
  std::filesystem::path annotations = {};
  std::string device = "auto";
  double score = 0.25;
  int64_t batch = 8;
  int64_t threads = 0;
  bool txt = false;
  bool save_images = false;
  bool crops = false;
  bool self_test = false;
  bool allow_truncated = false;
  bool quiet = false;
};

// Entry points of libfovea_inference.so.
extern "C" {
void fovea_infer(const InferCommand& command, Log& log);
const char* fovea_infer_libtorch_version();
}

}  // namespace fovea
