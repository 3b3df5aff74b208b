#include "fovea/eval/table_overlap.h"

#include <span>

namespace fovea {

double TableOverlap::operator()(RowRef detection, size_t g, RowRef object, double least) {
  const FoundRow& found = found_.row(detection);
  const TruthRow& truth = truths_.row(object);
  switch (options_.iou_type) {
    case IouType::bbox:
      return box_overlap(found.box, truth.box, truth.crowd);
    case IouType::segm:
      return masks_(found_.piece(detection).masks[detection.row], g,
                    truths_.piece(object).masks[object.row], truth.crowd, least);
    case IouType::keypoints:
      break;
  }
  const size_t numbers = 3 * options_.sigmas.size();
  const auto of = [numbers](const std::vector<double>& all, uint32_t row) {
    return std::span(all).subspan(row * numbers, numbers);
  };
  return keypoints_(of(found_.piece(detection).keypoints, detection.row),
                    of(truths_.piece(object).keypoints, object.row), truth.box, truth.area, least);
}

}  // namespace fovea
