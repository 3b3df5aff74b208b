// COCO annotation files as training and `check` read them: whatever the bytes, findings with whole
// places, and the same from pieces as from one document.
#include "fovea/data/coco.h"
#include "fuzz/fuzz_file.h"

namespace {

struct Checked {
  fovea::Dataset dataset = {};
  fovea::CheckReport report = {};
};

Checked check(const fovea::FuzzFile& file) {
  Checked checked;
  checked.dataset = fovea::check_coco(file.path(), {}, checked.report);
  return checked;
}

void expect_sound(const Checked& checked) {
  for (const fovea::Record& record : checked.dataset.records) {
    for (const fovea::Instance& instance : record.instances) {
      fovea::expect(instance.label >= 0 && instance.box.width > 0 && instance.box.height > 0);
      fovea::expect(static_cast<size_t>(instance.label) < checked.dataset.categories.size());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Checked in_pieces = check(fovea::FuzzFile(data, size));
  expect_sound(in_pieces);
  std::vector<uint8_t> marked = {0xEF, 0xBB, 0xBF};  // a byte-order mark: read as one document
  if (size >= 3 && std::equal(marked.begin(), marked.end(), data)) return 0;
  marked.insert(marked.end(), data, data + size);
  Checked as_one = check(fovea::FuzzFile(marked.data(), marked.size()));
  expect_sound(as_one);
  const bool is_json = !in_pieces.report.counts.contains("D100");
  fovea::expect(is_json != as_one.report.counts.contains("D100"));
  if (!is_json) return 0;
  as_one.report.counts.erase("D151");
  // Where the file as a whole is no annotation file, reading stops before the mark is met.
  fovea::expect(in_pieces.report.counts == as_one.report.counts);
  fovea::expect(in_pieces.dataset.records.size() == as_one.dataset.records.size());
  return 0;
}
