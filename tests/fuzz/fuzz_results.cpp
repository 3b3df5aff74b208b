// COCO result files: whatever the bytes, an Error or rows that agree with their sizes, and figures
// between 0 and 1.
#include "fovea/core/error.h"
#include "fovea/data/score_tables.h"
#include "fovea/eval/coco_eval.h"
#include "fuzz/fuzz_file.h"

namespace {

/// Images 1 and 2 of 8 x 10 pixels with an object of class 1 each.
fovea::TruthTable make_truth() {
  fovea::TruthTable truth;
  truth.file = "truth.json";
  truth.categories = {{1, "cat"}, {2, "dog"}};
  truth.image_ids = {1, 2};
  truth.image_sizes = {{8, 10}, {8, 10}};
  auto& piece = truth.pieces.emplace_back();
  const std::vector<uint32_t> counts = {17, 2, 6, 2, 6, 2, 45};
  for (int32_t image = 0; image < 2; ++image) {
    piece.rows.push_back({.box = {2, 1, 3, 2},
                          .area = 6,
                          .image = image,
                          .crowd = image == 1,
                          .ignored = image == 1});
    piece.masks.add({8, 10, counts}, {});
    for (const double number : {2.0, 1.0, 2.0, 4.0, 3.0, 1.0}) piece.keypoints.push_back(number);
  }
  return truth;
}

void read(const fovea::FuzzFile& file, const fovea::TruthTable& truth, fovea::IouType type) {
  try {
    fovea::ScoringOptions options = fovea::coco_options(type);
    if (type == fovea::IouType::keypoints) options.sigmas = {0.1, 0.1};
    const fovea::FoundTable found =
        fovea::read_found(file.path(), truth, {.iou_type = type, .keypoints = 2});
    for (const auto& piece : found.pieces) {
      for (size_t row = 0; row < piece.rows.size(); ++row) {
        fovea::expect(piece.rows[row].image >= 0 && piece.rows[row].image < 2);
        if (type == fovea::IouType::segm) fovea::expect_whole(piece.masks[row]);
      }
    }
    for (const double figure : fovea::score(truth, found, options).stats) {
      fovea::expect(figure == -1 || (figure >= 0 && figure <= 1));
    }
  } catch (const fovea::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fovea::TruthTable truth = make_truth();
  const fovea::FuzzFile file(data, size);
  for (const auto type : {fovea::IouType::bbox, fovea::IouType::segm, fovea::IouType::keypoints}) {
    read(file, truth, type);
  }
  return 0;
}
