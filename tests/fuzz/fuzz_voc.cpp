// VOC's XML: whatever the bytes, an Error or objects with names and finite boxes; and what is read,
// written with fractions and read again is the same.
#include <cmath>
#include <string>
#include <string_view>

#include "fovea/core/error.h"
#include "fovea/formats/voc_xml.h"
#include "fuzz/fuzz_file.h"

namespace {

fovea::VocAnnotation read(std::string_view text, bool skip) {
  fovea::Passed passed{.skip = skip};
  fovea::Losses lost;
  return fovea::parse_voc(text, "a.xml", fovea::VocCorners::from_one, passed, lost);
}

void check_again(const fovea::VocAnnotation& first) {
  std::vector<fovea::Split> splits(1);
  splits[0].dataset.categories = fovea::categories_of(first.classes);
  std::vector<fovea::Instance> instances = first.instances;
  for (size_t i = 0; i < instances.size(); ++i) instances[i].label = static_cast<int64_t>(i);
  splits[0].dataset.records.push_back(
      {.height = first.height, .width = first.width, .instances = instances});
  fovea::Losses lost;
  std::vector<fovea::Category> categories;
  try {
    categories = fovea::unite_categories(splits, lost);
  } catch (const fovea::Error&) {  // a name of control characters alone
    return;
  }
  const fovea::VocAnnotation again =
      read(fovea::voc_text(splits[0].dataset.records[0], "a.jpg", categories, true, lost), false);
  const auto left_out = static_cast<size_t>(lost.of(fovea::Loss::outside));
  fovea::expect(again.instances.size() + left_out == first.instances.size());
  fovea::expect(again.width == first.width && again.height == first.height);
  if (left_out > 0 || lost.of(fovea::Loss::clipped) > 0) return;
  for (size_t i = 0; i < instances.size(); ++i) {
    const fovea::Box& a = first.instances[i].box;
    const fovea::Box& b = again.instances[i].box;
    fovea::expect(std::abs(a.left - b.left) < 1e-6 && std::abs(a.bottom() - b.bottom()) < 1e-6);
    fovea::expect(again.instances[i].crowd == first.instances[i].crowd);
    const auto label = static_cast<size_t>(splits[0].dataset.records[0].instances[i].label);
    fovea::expect(again.classes[i] == categories[label].name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const fovea::VocAnnotation first = read(text, true);
    for (const fovea::Instance& instance : first.instances) {
      fovea::expect(std::isfinite(instance.box.left) && std::isfinite(instance.box.height));
    }
    check_again(first);
  } catch (const fovea::Error&) {
  }
  return 0;
}
