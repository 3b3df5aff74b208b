// COCO annotation files: whatever the bytes, an Error or rows that agree with their sizes; and what
// is read in pieces is what is read as one.
#include "fovea/core/error.h"
#include "fovea/data/score_tables.h"
#include "fuzz/fuzz_file.h"

namespace {

void read(const fovea::FuzzFile& file, fovea::IouType type) {
  try {
    fovea::ReadReport report;
    const fovea::TruthTable truth =
        fovea::read_truth(file.path(), {.iou_type = type, .keypoints = 2}, &report);
    for (const auto& piece : truth.pieces) {
      for (size_t row = 0; row < piece.rows.size(); ++row) {
        fovea::expect(piece.rows[row].image >= 0 && piece.rows[row].label >= 0);
        fovea::expect(static_cast<size_t>(piece.rows[row].image) < truth.image_ids.size());
        if (type == fovea::IouType::segm) fovea::expect_whole(piece.masks[row]);
      }
      fovea::expect(type != fovea::IouType::keypoints ||
                    piece.keypoints.size() == 6 * piece.rows.size());
    }
  } catch (const fovea::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fovea::FuzzFile file(data, size);
  for (const auto type : {fovea::IouType::bbox, fovea::IouType::segm, fovea::IouType::keypoints}) {
    read(file, type);
  }
  return 0;
}
