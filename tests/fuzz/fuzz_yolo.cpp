// YOLO's label files: whatever the bytes, an Error or objects inside the picture with labels that
// are named; and what is read, written and read again is the same.
#include <cmath>
#include <string>
#include <string_view>

#include "fovea/formats/yolo_labels.h"
#include "fuzz/fuzz_file.h"

namespace {

using fovea::Instance;

bool is_near(double a, double b) {
  return std::abs(a - b) <= 1e-6;
}

bool is_near(const fovea::Box& a, const fovea::Box& b) {
  return is_near(a.left, b.left) && is_near(a.top, b.top) && is_near(a.right(), b.right()) &&
         is_near(a.bottom(), b.bottom());
}

std::vector<Instance> read(std::string_view text, const fovea::YoloPicture& picture) {
  fovea::Passed passed{.skip = true};
  return fovea::parse_yolo_labels(text, "labels.txt", picture, passed);
}

void check(std::string_view text, const fovea::YoloPicture& picture, fovea::YoloLines lines) {
  const std::vector<Instance> first = read(text, picture);
  fovea::Record record{.height = picture.height, .width = picture.width, .instances = first};
  for (const Instance& instance : first) {
    fovea::expect(instance.label >= 0 && instance.label < picture.classes);
    fovea::expect(instance.box.width > 0 && instance.box.height > 0);
  }
  fovea::Losses lost;
  const std::string written = fovea::yolo_labels_text(record, lines, lost);
  fovea::Passed strict;
  const std::vector<Instance> again = fovea::parse_yolo_labels(
      written, "written.txt",
      {.height = picture.height, .width = picture.width, .classes = picture.classes}, strict);
  const auto left_out = static_cast<size_t>(lost.of(fovea::Loss::outside));
  fovea::expect(again.size() + left_out == first.size());
  if (left_out > 0 || lost.of(fovea::Loss::clipped) > 0) return;
  for (size_t i = 0; i < first.size(); ++i) {
    fovea::expect(again[i].label == first[i].label);
    fovea::expect(is_near(again[i].box, first[i].box));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    check(text, {.height = 48, .width = 64, .classes = 3}, fovea::YoloLines::boxes);
    check(text, {.height = 48, .width = 64, .classes = 3}, fovea::YoloLines::outlines);
    read(text, {.height = 48, .width = 64, .classes = 3, .keypoints = 2});
    read(text, {.height = 48, .width = 64, .classes = 3, .keypoints = 2, .keypoint_numbers = 2});
  } catch (const fovea::Error&) {  // no UTF-8
  }
  return 0;
}
