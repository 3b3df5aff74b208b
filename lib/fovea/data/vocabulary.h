// The nouns on the plain side of the library, where no tensor exists yet. Box, Segmentation,
// Keypoint and Instance, an annotated object, are in data/instance.h.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "fovea/data/instance.h"
#include "fovea/data/instance_list.h"
#include "fovea/image/affine.h"
#include "fovea/image/image.h"
#include "fovea/image/pixel_kernels.h"

namespace fovea {

/// One image of a data set: its annotations, no pixels.
struct Record {
  int64_t id = 0;         // image id in the file
  std::string path = {};  // of the image file; text takes a fifth of a path's memory
  int64_t height = 0;     // pixels, after the EXIF turn
  int64_t width = 0;
  InstanceList instances = {};
};

struct Category {
  int64_t id = 0;  // as in the file: sparse and possibly 0
  std::string name = {};
  std::vector<std::string> keypoints = {};  // names, as in the file; empty where it names none
  /// The same class: its points may be named elsewhere.
  bool operator==(const Category& other) const { return id == other.id && name == other.name; }
};

struct Dataset {
  std::filesystem::path file = {};        // the annotation file, for messages
  std::vector<Category> categories = {};  // by rising id; an Instance's label is an index here
  std::vector<Record> records = {};       // in the order of the file
};

/// Where a sample's pixels came from.
struct Frame {
  Affine a = {1, 0, 0, 0, 1, 0};  // file -> sample
  int64_t file_height = 0;        // pixels of the file's image, to clip predictions to
  int64_t file_width = 0;
};

/// A change of a sample's colours that is left to the device (ops/recolour.h).
struct DeferredColour {
  ColourMap map = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0};
  double grey_share = 0;  // of the sample's mean grey, added to every channel
};

/// Weights of red, green and blue in a grey level (ITU-R BT.601, as Pillow and torchvision).
inline constexpr std::array<double, 3> kGreyWeights = {0.299, 0.587, 0.114};
/// Mean greys are those of every fourth pixel.
inline constexpr int64_t kGreyStep = 4;

/// Samples side by side, before they become tensors: what `collate` (ops/vocabulary.h) wraps
/// without copying.
struct SampleBatch {
  int64_t height = 0;  // common to all, pixels
  int64_t width = 0;
  PixelBlock pixels = {};                             // [B, height, width, 3] RGB
  std::vector<std::vector<Instance>> instances = {};  // boxes in sample pixels, crowds included
  std::vector<Frame> frames = {};
  std::vector<int64_t> image_ids = {};
  std::vector<DeferredColour> colours = {};  // empty: the pixels have their colours
  int64_t size() const { return static_cast<int64_t>(image_ids.size()); }
};

/// One found object, in file pixels.
struct Prediction {
  Box box = {};
  double score = 0;   // [0, 1]
  int64_t label = 0;  // 0..C-1
};

/// What was found in one image, best first.
struct Predictions {
  int64_t image_id = 0;
  std::vector<Prediction> found = {};
};

/// Named figures in the order in which they should be shown.
using Metrics = std::vector<std::pair<std::string, double>>;

}  // namespace fovea
