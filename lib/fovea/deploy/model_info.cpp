#include "fovea/deploy/model_info.h"

#include <fmt/core.h>

#include <sstream>

#include "fovea/core/json.h"

namespace fovea {
namespace {

constexpr int64_t kFormat = 1;  // raised when an older program could misread the file

int64_t at_least_one(const JsonValue& value) {
  const int64_t number = value.integer();
  if (number < 1) value.fail(fmt::format("is {}", number), "it must be 1 or more");
  return number;
}

double fraction(const JsonValue& value) {
  const double number = value.number();
  if (number < 0 || number > 1) value.fail(fmt::format("is {}", number), "it must be 0 to 1");
  return number;
}

void write_select(JsonWriter& json, const SelectOptions& select) {
  json.key("select").begin_object();
  json.field("score_threshold", select.score_threshold);
  json.field("top_k", select.top_k);
  json.field("nms_iou", select.nms_iou);
  json.field("max_detections", select.max_detections);
  json.end_object();
}

SelectOptions read_select(const JsonValue& value) {
  return {.score_threshold = fraction(value.at("score_threshold")),
          .top_k = at_least_one(value.at("top_k")),
          .nms_iou = fraction(value.at("nms_iou")),
          .max_detections = at_least_one(value.at("max_detections"))};
}

ImageSize read_size(const JsonValue& value) {
  constexpr int64_t kMost = 65'536;
  const ImageSize size{.height = at_least_one(value.at("height")),
                       .width = at_least_one(value.at("width"))};
  if (size.height > kMost || size.width > kMost) {
    value.fail(fmt::format("is {}", to_text(size)), "65536 pixels a side are the most");
  }
  return size;
}

std::vector<Category> read_categories(const JsonValue& value) {
  std::vector<Category> categories;
  for (const JsonValue& entry : value.items()) {
    categories.push_back(
        {.id = entry.at("id").integer(), .name = std::string(entry.at("name").text())});
  }
  if (categories.empty()) value.fail("names no category", "export the model again");
  return categories;
}

}  // namespace

std::string to_json(const ModelInfo& info) {
  std::ostringstream out;
  JsonWriter json(out, 1);
  json.begin_object();
  json.field("format", kFormat).field("fovea", info.fovea);
  json.field("architecture", info.architecture);
  json.key("input").begin_object();
  json.field("height", info.input.height).field("width", info.input.width);
  json.field("divisor", info.size_divisor).end_object();
  json.key("categories").begin_array();
  for (const Category& category : info.categories) {
    json.begin_object().field("id", category.id).field("name", category.name).end_object();
  }
  json.end_array();
  write_select(json, info.select);
  json.key("metrics").begin_object();
  for (const auto& [name, value] : info.metrics) json.field(name, value);
  json.end_object();
  json.field("recipe", info.recipe);
  json.end_object();
  return std::move(out).str() + "\n";
}

ModelInfo parse_model_info(std::string_view text, const std::filesystem::path& file) {
  const JsonDocument document = JsonDocument::parse(text, file);
  const JsonValue root = document.root();
  const JsonValue format = root.at("format");
  if (format.integer() > kFormat) {
    format.fail(fmt::format("is {}, and this Fovea knows {}", format.integer(), kFormat),
                "use the Fovea that wrote the file, or a later one");
  }
  ModelInfo info;
  info.fovea = root.at("fovea").text();
  info.architecture = root.at("architecture").text();
  info.input = read_size(root.at("input"));
  info.size_divisor = at_least_one(root.at("input").at("divisor"));
  if (info.input.height % info.size_divisor != 0 || info.input.width % info.size_divisor != 0) {
    root.at("input").fail(
        fmt::format("{} is no multiple of {}", to_text(info.input), info.size_divisor),
        "export the model again");
  }
  info.categories = read_categories(root.at("categories"));
  info.select = read_select(root.at("select"));
  for (const auto& [name, value] : root.at("metrics").fields()) {
    const bool known = !value.is(JsonValue::Kind::null);  // NaN is written as null
    info.metrics.emplace_back(name, known ? value.number() : -1);
  }
  info.recipe = root.at("recipe").text();
  return info;
}

}  // namespace fovea
