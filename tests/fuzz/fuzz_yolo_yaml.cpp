// data.yaml: whatever the bytes, an Error or names without doubles, which are read again as they
// were written.
#include <set>
#include <string>
#include <string_view>

#include "fovea/core/error.h"
#include "fovea/formats/splits.h"
#include "fovea/formats/yolo_yaml.h"
#include "fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fovea::YoloData read;
  try {
    read = fovea::parse_yolo_data(text, "data.yaml");
  } catch (const fovea::Error&) {
    return 0;
  }
  fovea::expect(!read.names.empty() && !read.splits.empty());
  fovea::expect(std::set(read.names.begin(), read.names.end()).size() == read.names.size());
  // What a writer is given has been made plain.
  std::vector<fovea::Split> splits(1);
  splits[0].dataset.categories = fovea::categories_of(read.names);
  fovea::Losses lost;
  std::vector<fovea::Category> categories;
  try {
    categories = fovea::unite_categories(splits, lost);
  } catch (const fovea::Error&) {  // a name of control characters alone
    return 0;
  }
  const std::string written = fovea::yolo_data_text({"train"}, categories);
  const fovea::YoloData again = fovea::parse_yolo_data(written, "written.yaml");
  fovea::expect(again.names.size() == categories.size());
  for (size_t i = 0; i < categories.size(); ++i) {
    fovea::expect(again.names[i] == categories[i].name);
  }
  return 0;
}
