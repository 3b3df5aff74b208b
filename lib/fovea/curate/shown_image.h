// An image with what is to be shown on it: its objects, and what was predicted in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

#include "fovea/data/score_tables.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// What a comparison says of an object or a prediction.
enum class Verdict {
  none,     // nothing was compared
  right,    // an object that was found, a prediction that found one
  missed,   // an object that was not found
  wrong,    // a prediction that found nothing
  excused,  // a crowd, and a prediction that lies in one
};

/// An annotation or a prediction.
struct Mark {
  Box box = {};
  int64_t label = 0;
  int64_t id = 0;  // of an annotation
  bool crowd = false;
  double score = 0;  // of a prediction
  Segmentation segmentation = {};
  std::vector<Keypoint> keypoints = {};
  Verdict verdict = Verdict::none;
};

struct ShownImage {
  const Record* record = nullptr;
  std::vector<Mark> truth = {};
  std::vector<Mark> found = {};  // best first
};

/// The objects of a record.
std::vector<Mark> marks_of(const Record& record);

struct PredictionOptions {
  IouType iou_type =
      IouType::bbox;   // what of a prediction is shown and, but for keypoints, compared
  double score = 0.3;  // lower ones are left out
};

/// Adds the predictions of a COCO results file to the images that they are of, best first. `truth`
/// is the annotation file of `dataset`. Error as of read_found.
void add_predictions(const std::filesystem::path& results, const Dataset& dataset,
                     const PredictionOptions& options, std::vector<ShownImage>& images);

/// Gives each prediction, best first, the free object of its class that it overlaps most and by at
/// least `iou`, and says of both what came of it. Keypoints are compared by their boxes.
void judge(ShownImage& image, IouType type, double iou = 0.5);

/// Pairs of keypoints, counted from 0, that a line joins.
using Skeleton = std::vector<std::pair<size_t, size_t>>;

/// That of each category of an annotation file, by its "skeleton"; empty where it has none or one
/// that cannot be.
std::vector<Skeleton> read_skeletons(const std::filesystem::path& json,
                                     const std::vector<Category>& categories);

}  // namespace fovea
