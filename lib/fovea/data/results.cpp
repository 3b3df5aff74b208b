#include "fovea/data/results.h"

#include <fmt/format.h>

#include <ostream>
#include <unordered_map>

#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/data/coco.h"

namespace fovea {
namespace {

Box box_of(const JsonValue& detection) {
  const JsonValue value = detection.at("bbox");
  if (!value.is(JsonValue::Kind::array) || value.size() != 4) {
    value.fail("is no list of 4 numbers", "write it as [left, top, width, height]");
  }
  const std::vector<JsonValue> sides = value.items();
  return {.left = sides[0].number(),
          .top = sides[1].number(),
          .width = sides[2].number(),
          .height = sides[3].number()};
}

int64_t label_in(const JsonValue& detection, const Dataset& dataset) {
  const JsonValue id = detection.at("category_id");
  const int64_t label = label_of(dataset, id.integer());
  if (label < 0) {
    id.fail(fmt::format("there is no category {} in {}", id.integer(), dataset.file.string()),
            "score against the annotations that the detections were made for");
  }
  return label;
}

}  // namespace

std::vector<Predictions> read_results(const fs::path& json, const Dataset& dataset) {
  expect_file(json, "a COCO results file");
  std::unordered_map<int64_t, int64_t> place_of_image;  // in `all`, -1 before the first detection
  for (const Record& record : dataset.records) place_of_image[record.id] = -1;
  const JsonDocument document = JsonDocument::read(json);
  std::vector<Predictions> all;
  for (const JsonValue& detection : document.root().items()) {
    const JsonValue id = detection.at("image_id");
    if (id.is(JsonValue::Kind::text)) {
      id.fail("is text, but the ids of images are whole numbers",
              "`fovea-infer --annotations FILE.json` writes those of the annotations");
    }
    const auto place = place_of_image.find(id.integer());
    if (place == place_of_image.end()) {
      id.fail(fmt::format("there is no image {} in {}", id.integer(), dataset.file.string()),
              "score against the annotations that the detections were made for");
    }
    if (place->second < 0) {
      place->second = static_cast<int64_t>(all.size());
      all.push_back({.image_id = id.integer()});
    }
    all[static_cast<size_t>(place->second)].found.push_back(
        {.box = box_of(detection),
         .score = detection.at("score").number(),
         .label = label_in(detection, dataset)});
  }
  return all;
}

void write_results(const fs::path& json, const std::vector<Predictions>& predictions,
                   const std::vector<Category>& categories) {
  write_whole(json, [&](std::ostream& out) {
    JsonWriter writer(out);
    writer.begin_array();
    for (const Predictions& image : predictions) {
      for (const Prediction& found : image.found) {
        writer.begin_object().field("image_id", image.image_id);
        writer.field("category_id", categories[static_cast<size_t>(found.label)].id);
        writer.key("bbox").begin_array().value(found.box.left).value(found.box.top);
        writer.value(found.box.width).value(found.box.height).end_array();
        writer.field("score", found.score).end_object();
      }
    }
    writer.end_array();
    out << '\n';
  });
}

}  // namespace fovea
