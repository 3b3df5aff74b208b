// What fovea-infer writes: a COCO results list, a table, YOLO labels, pictures and crops.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fovea/data/vocabulary.h"
#include "infer_sources.h"

namespace fovea {

/// What was found in one source.
struct SourceResult {
  Source source = {};
  std::string image_id = {};  // as JSON
  int64_t height = 0;         // of the picture, pixels
  int64_t width = 0;
  std::vector<Prediction> found = {};
};

/// [{"image_id", "category_id", "bbox", "score"}, ...], image by image.
std::string results_json(const std::vector<SourceResult>& results,
                         const std::vector<Category>& categories);

/// image,xmin,ymin,xmax,ymax,label,score with a heading.
std::string results_csv(const std::vector<SourceResult>& results,
                        const std::vector<Category>& categories);

/// A line an object: label, centre x and y, width and height as parts of the picture's, score.
std::string results_txt(const SourceResult& result);

/// "a/b.jpg: 3 resistor, 1 led" or "a/b.jpg: nothing".
std::string one_line(const SourceResult& result, const std::vector<Category>& categories);

/// images/STEM.jpg in `folder`: the picture with boxes, names and scores.
void save_picture(const std::filesystem::path& folder, const Image& image,
                  const SourceResult& result, const std::vector<Category>& categories);

/// crops/CATEGORY/STEM_N.jpg in `folder`, one an object that covers a pixel.
void save_crops(const std::filesystem::path& folder, const Image& image, const SourceResult& result,
                const std::vector<Category>& categories);

}  // namespace fovea
