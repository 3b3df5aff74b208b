#include <sstream>

#include "fovea/core/json.h"
#include "fovea/curate/statistics_report.h"

namespace fovea {
namespace {

void write(JsonWriter& out, const char* name, const Spread& spread) {
  out.key(name).begin_object();
  out.field("count", spread.count).field("mean", spread.mean).field("least", spread.least);
  out.field("p5", spread.p5).field("p25", spread.p25).field("median", spread.median);
  out.field("p75", spread.p75).field("p95", spread.p95).field("most", spread.most);
  out.end_object();
}

void write(JsonWriter& out, const char* name, const Histogram& histogram) {
  out.key(name).begin_object();
  out.key("edges").array(histogram.edges).key("counts").array(histogram.counts).end_object();
}

/// Rows of cells.
template <int64_t kSide>
void write(JsonWriter& out, const char* name, const CellCounts<kSide>& cells) {
  out.key(name).begin_array();
  for (int64_t y = 0; y < kSide; ++y) {
    out.begin_array();
    for (int64_t x = 0; x < kSide; ++x) out.value(cells.at(x, y));
    out.end_array();
  }
  out.end_array();
}

void write_classes(JsonWriter& out, const PartStatistics& part,
                   const std::vector<Category>& categories) {
  out.key("classes").begin_array();
  for (size_t label = 0; label < part.classes.size(); ++label) {
    const ClassStatistics& one = part.classes[label];
    out.begin_object().field("id", categories[label].id).field("name", categories[label].name);
    out.field("objects", one.objects).field("crowds", one.crowds).field("images", one.images);
    out.field("small", one.small).field("medium", one.medium).field("large", one.large);
    out.field("mean_area", one.mean_area).field("median_side", one.median_side).end_object();
  }
  out.end_array();
}

void write_together(JsonWriter& out, const Together& together,
                    const std::vector<Category>& categories) {
  const auto id = [&](size_t place) {
    return categories[static_cast<size_t>(together.labels[place])].id;
  };
  out.key("together").begin_array();
  for (size_t a = 0; a < together.labels.size(); ++a) {
    for (size_t b = a + 1; b < together.labels.size(); ++b) {
      if (together.at(a, b) == 0) continue;
      out.begin_object().key("category_ids").begin_array().value(id(a)).value(id(b)).end_array();
      out.field("images", together.at(a, b)).end_object();
    }
  }
  out.end_array();
}

void write_sizes(JsonWriter& out, const PartStatistics& part) {
  out.key("picture_sizes").begin_array();
  for (const PictureSize& size : part.picture_sizes) {
    out.begin_object().field("width", size.width).field("height", size.height);
    out.field("images", size.images).end_object();
  }
  out.end_array().key("input_sides").begin_array();
  for (const InputSide& side : part.input_sides) {
    out.begin_object().field("side", side.side).field("below_8", side.below_8);
    out.field("below_16", side.below_16).field("median", side.median).end_object();
  }
  out.end_array().key("needed_sides").begin_array();
  for (const NeededSide& needed : part.needed_sides) {
    out.begin_object().field("pixels", needed.pixels).field("side", needed.side).end_object();
  }
  out.end_array();
}

void write(JsonWriter& out, const PartStatistics& part, const std::vector<Category>& categories) {
  out.begin_object().field("name", part.name).field("images", part.images);
  out.field("empty_images", part.empty_images).field("unsized_images", part.unsized_images);
  out.field("objects", part.objects).field("crowds", part.crowds).field("masks", part.masks);
  out.field("keypoint_objects", part.keypoint_objects).field("keypoints", part.keypoints);
  out.field("small", part.small).field("medium", part.medium).field("large", part.large);
  out.field("at_edge", part.at_edge).field("over_100", part.over_100);
  write(out, "objects_an_image", part.objects_an_image);
  write(out, "side", part.side);
  write(out, "relative_side", part.relative_side);
  write(out, "aspect", part.aspect);
  write(out, "picture_width", part.picture_width);
  write(out, "picture_height", part.picture_height);
  write(out, "picture_aspect", part.picture_aspect);
  write(out, "image_histogram", part.image_histogram);
  write(out, "side_histogram", part.side_histogram);
  write(out, "aspect_histogram", part.aspect_histogram);
  write(out, "centres", part.centres);
  write(out, "extents", part.extents);
  write_sizes(out, part);
  write_classes(out, part, categories);
  write_together(out, part.together, categories);
  out.end_object();
}

}  // namespace

std::string to_json(const DatasetStatistics& statistics) {
  std::ostringstream text;
  JsonWriter out(text);
  out.begin_object().key("categories").begin_array();
  for (const Category& category : statistics.categories) {
    out.begin_object().field("id", category.id).field("name", category.name).end_object();
  }
  out.end_array().key("splits").begin_array();
  for (const PartStatistics& split : statistics.splits) write(out, split, statistics.categories);
  out.end_array().key("all");
  write(out, statistics.all, statistics.categories);
  out.key("remarks").array(remarks_on(statistics)).end_object();
  text << '\n';
  return text.str();
}

}  // namespace fovea
