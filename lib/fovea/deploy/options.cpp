#include "fovea/deploy/options.h"

namespace fovea {

void fields(OptionList& field, SelectOptions& o) {
  field("score_threshold", o.score_threshold, between(0, 1), "lower scores are no predictions");
  field("top_k", o.top_k, at_least(1), "candidates an image that go on, the best ones");
  field("nms_iou", o.nms_iou, between(0, 1),
        "boxes of one class that overlap more than this are one object");
  field("max_detections", o.max_detections, at_least(1), "predictions an image");
}

}  // namespace fovea
