#include "fovea/curate/shown_image.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <unordered_map>

#include "fovea/core/error.h"
#include "fovea/core/json.h"
#include "fovea/data/rle.h"
#include "fovea/eval/overlaps.h"

namespace fovea {
namespace {

/// Those of one file, row by row, as marks of the images that are shown.
class PredictionReader {
 public:
  PredictionReader(const Dataset& dataset, const TruthTable& truth,
                   const PredictionOptions& options, size_t keypoints)
      : truth_(truth), options_(options), keypoints_(keypoints) {
    std::unordered_map<int64_t, int64_t> label_of_id;
    for (size_t label = 0; label < dataset.categories.size(); ++label) {
      label_of_id[dataset.categories[label].id] = static_cast<int64_t>(label);
    }
    for (const Category& category : truth.categories) {
      const auto label = label_of_id.find(category.id);
      labels_.push_back(label == label_of_id.end() ? -1 : label->second);
    }
  }

  void add(const TablePiece<FoundRow>& piece, std::vector<ShownImage>& images,
           const std::unordered_map<int64_t, size_t>& place_of_id) const {
    for (size_t row = 0; row < piece.rows.size(); ++row) {
      const FoundRow& found = piece.rows[row];
      const int64_t label = labels_[static_cast<size_t>(found.label)];
      const auto place = place_of_id.find(truth_.image_ids[static_cast<size_t>(found.image)]);
      if (found.score < options_.score || label < 0 || place == place_of_id.end()) continue;
      Mark mark{.box = found.box, .label = label, .score = found.score};
      if (options_.iou_type == IouType::segm) mark.segmentation.rle = mask_of(piece.masks[row]);
      if (options_.iou_type == IouType::keypoints) mark.keypoints = points_of(piece, row);
      images[place->second].found.push_back(std::move(mark));
    }
  }

 private:
  static Rle mask_of(const MaskColumn::View& mask) {
    Rle rle{.height = mask.height, .width = mask.width};
    decode_counts(mask.text, rle.counts);
    return rle;
  }

  std::vector<Keypoint> points_of(const TablePiece<FoundRow>& piece, size_t row) const {
    std::vector<Keypoint> points;
    for (size_t i = 0; i < keypoints_; ++i) {
      const double* point = piece.keypoints.data() + 3 * (row * keypoints_ + i);
      points.push_back(
          {.x = point[0], .y = point[1], .visibility = static_cast<int64_t>(point[2])});
    }
    return points;
  }

  const TruthTable& truth_;
  const PredictionOptions& options_;
  size_t keypoints_;
  std::vector<int64_t> labels_ = {};  // of the data set by that of the table; -1: passed over
};

std::vector<Mark> best_first(std::vector<Mark> marks) {
  std::vector<size_t> order(marks.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return marks[a].score > marks[b].score; });
  std::vector<Mark> sorted;
  sorted.reserve(marks.size());
  for (const size_t place : order) sorted.push_back(std::move(marks[place]));
  return sorted;
}

/// How many keypoints objects have.
size_t most_keypoints(const Dataset& dataset) {
  size_t most = 0;
  for (const Record& record : dataset.records) {
    for (const auto& instance : record.instances) {
      most = std::max(most, instance.keypoints().size());
    }
  }
  return most;
}

/// Overlaps of the predictions and objects of one image.
class Overlaps {
 public:
  Overlaps(const ShownImage& image, IouType type) : image_(image), type_(type) {
    if (type != IouType::segm) return;
    const Record& record = *image.record;
    for (const Mark& mark : image.truth) {
      truth_.push_back(runs_of(mark.segmentation, record.height, record.width));
    }
    for (const Mark& mark : image.found) {
      found_.push_back(runs_of(mark.segmentation, record.height, record.width));
    }
  }
  double operator()(size_t d, size_t g) const {
    const bool crowd = image_.truth[g].crowd;
    if (type_ != IouType::segm) return box_overlap(image_.found[d].box, image_.truth[g].box, crowd);
    return overlap(found_[d], truth_[g], crowd);
  }

 private:
  const ShownImage& image_;
  IouType type_;
  std::vector<Rle> truth_ = {};
  std::vector<Rle> found_ = {};
};

/// The keypoints that "skeleton" joins, which COCO counts from 1.
Skeleton skeleton_of(const JsonValue& category) {
  Skeleton skeleton;
  const auto list = category.find("skeleton");
  if (!list || !list->is(JsonValue::Kind::array)) return skeleton;
  for (const JsonValue& entry : list->items()) {
    if (!entry.is(JsonValue::Kind::array) || entry.size() != 2) return {};
    const std::vector<JsonValue> ends = entry.items();
    for (const JsonValue& end : ends) {
      if (!end.is_whole() || end.integer() < 1) return {};
    }
    skeleton.emplace_back(static_cast<size_t>(ends[0].integer() - 1),
                          static_cast<size_t>(ends[1].integer() - 1));
  }
  return skeleton;
}

}  // namespace

std::vector<Mark> marks_of(const Record& record) {
  std::vector<Mark> marks;
  marks.reserve(record.instances.size());
  for (const auto& instance : record.instances) {
    marks.push_back({.box = instance.box,
                     .label = instance.label,
                     .id = instance.id,
                     .crowd = instance.crowd,
                     .segmentation = instance.segmentation(),
                     .keypoints = instance.keypoints()});
  }
  return marks;
}

void add_predictions(const std::filesystem::path& results, const Dataset& dataset,
                     const PredictionOptions& options, std::vector<ShownImage>& images) {
  const size_t keypoints =
      options.iou_type == IouType::keypoints ? most_keypoints(dataset) : size_t{0};
  if (options.iou_type == IouType::keypoints && keypoints == 0) {
    fail(dataset.file, "", "has no keypoints", "compare boxes: --iou-type bbox");
  }
  const TableOptions reading{.iou_type = options.iou_type, .keypoints = keypoints};
  const TruthTable truth = read_truth(dataset.file, reading);
  const FoundTable found = read_found(results, truth, reading);
  std::unordered_map<int64_t, size_t> place_of_id;
  for (size_t i = 0; i < images.size(); ++i) place_of_id[images[i].record->id] = i;
  const PredictionReader reader(dataset, truth, options, keypoints);
  for (const TablePiece<FoundRow>& piece : found.pieces) reader.add(piece, images, place_of_id);
  for (ShownImage& image : images) {
    image.found = best_first(std::move(image.found));
  }
}

void judge(ShownImage& image, IouType type, double iou) {
  const Overlaps overlap(image, type);
  for (Mark& mark : image.truth) mark.verdict = mark.crowd ? Verdict::excused : Verdict::missed;
  for (size_t d = 0; d < image.found.size(); ++d) {
    Mark& found = image.found[d];
    found.verdict = Verdict::wrong;
    Mark* best = nullptr;
    double most = 0;
    for (size_t g = 0; g < image.truth.size(); ++g) {
      Mark& truth = image.truth[g];
      if (truth.label != found.label || truth.verdict == Verdict::right) continue;
      const double value = overlap(d, g);
      if (!(value >= iou)) continue;
      // An object comes before a crowd, whatever their overlaps.
      const bool is_better = best == nullptr || (best->crowd && !truth.crowd) ||
                             (best->crowd == truth.crowd && value > most);
      if (!is_better) continue;
      best = &truth;
      most = value;
    }
    if (best == nullptr) continue;
    found.verdict = best->crowd ? Verdict::excused : Verdict::right;
    if (!best->crowd) best->verdict = Verdict::right;
  }
}

std::vector<Skeleton> read_skeletons(const std::filesystem::path& json,
                                     const std::vector<Category>& categories) {
  const JsonDocument document = JsonDocument::read(json);
  std::unordered_map<int64_t, size_t> place_of_id;
  for (size_t label = 0; label < categories.size(); ++label) {
    place_of_id[categories[label].id] = label;
  }
  std::vector<Skeleton> skeletons(categories.size());
  const auto list = document.root().find("categories");
  if (!list || !list->is(JsonValue::Kind::array)) return skeletons;
  for (const JsonValue& entry : list->items()) {
    if (!entry.is(JsonValue::Kind::object)) continue;
    const auto id = entry.find("id");
    if (!id || !id->is_whole()) continue;
    const auto place = place_of_id.find(id->integer());
    if (place != place_of_id.end()) skeletons[place->second] = skeleton_of(entry);
  }
  return skeletons;
}

}  // namespace fovea
