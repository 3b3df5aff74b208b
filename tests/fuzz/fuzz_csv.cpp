// Comma-separated boxes: whatever the bytes, an Error or lines with an image each; and a field that
// is written is read again as it was.
#include <cmath>
#include <string>
#include <string_view>

#include "fovea/core/error.h"
#include "fovea/formats/csv.h"
#include "fovea/formats/csv_fields.h"
#include "fuzz/fuzz_file.h"

namespace {

void check_field(std::string_view text) {
  const std::string line = "a," + fovea::csv_field(text) + ",b\n";
  const std::filesystem::path name = "field.csv";
  fovea::CsvLines lines(line, name);
  fovea::CsvLine read;
  fovea::expect(lines.next(read));
  fovea::expect(read.fields.size() == 3 && read.fields[1] == text && read.fields[2] == "b");
  fovea::expect(!lines.next(read));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_field(text);
  fovea::Passed passed{.skip = true};
  fovea::Losses lost;
  try {
    for (const fovea::CsvObject& object : fovea::parse_csv(text, "train.csv", passed, lost)) {
      fovea::expect(!object.image.empty() && object.line > 1);
      fovea::expect(object.box.has_value() == !object.label.empty());
      fovea::expect(!object.box || std::isfinite(object.box->width));
    }
  } catch (const fovea::Error&) {
  }
  return 0;
}
