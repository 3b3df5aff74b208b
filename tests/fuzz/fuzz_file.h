// What the harnesses share.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "fovea/data/rle.h"
#include "fovea/data/score_tables.h"

namespace fovea {

/// The input as a file, in memory where the system has such a place.
class FuzzFile {
 public:
  FuzzFile(const uint8_t* data, size_t size) {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ =
      (std::filesystem::exists("/dev/shm") ? std::filesystem::path("/dev/shm")
                                           : std::filesystem::temp_directory_path()) /
      ("fovea-fuzz-" + std::to_string(getpid()));
};

/// Ends the program, which the fuzzer takes for a finding.
inline void expect(bool holds) {
  if (!holds) std::abort();
}

/// A mask's runs cover it, and its area and box are what they say.
inline void expect_whole(const MaskColumn::View& mask) {
  std::vector<uint32_t> counts;
  expect(decode_counts(mask.text, counts));
  const uint64_t pixels = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
  expect(pixels == static_cast<uint64_t>(mask.height * mask.width));
  const RleView runs(mask.height, mask.width, counts);
  expect(static_cast<double>(area_of(runs)) == mask.area);
  if (pixels > 1'000'000) return;
  const PixelMask one_by_one = pixels_of(runs);
  expect(one_by_one.area() == area_of(runs));
}

}  // namespace fovea
