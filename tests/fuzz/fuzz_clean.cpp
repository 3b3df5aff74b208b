// Repairing COCO annotation files: an Error, or a file in which nothing is left to repair.
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/curate/clean.h"
#include "fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fovea::FuzzFile file(data, size);
  const std::filesystem::path once = file.path().string() + "-once";
  const std::filesystem::path twice = file.path().string() + "-twice";
  fovea::NoLog log;
  try {
    fovea::clean_coco(file.path(), once, {}, log);
  } catch (const fovea::Error&) {
    return 0;
  }
  const fovea::CleanReport again = fovea::clean_coco(once, twice, {}, log);
  fovea::expect(again.actions.empty());
  fovea::expect(fovea::read_whole(once) == fovea::read_whole(twice));
  return 0;
}
