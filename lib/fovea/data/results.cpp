#include "fovea/data/results.h"

#include <ostream>

#include "fovea/core/files.h"
#include "fovea/core/json.h"

namespace fovea {

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
