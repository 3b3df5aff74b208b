#include "fovea/train/progress.h"

#include <sstream>

#include "fovea/core/json.h"

namespace fovea {
namespace {

void write_rows(JsonWriter& json, std::string_view name, const std::vector<ProgressRow>& rows) {
  json.key(name).begin_array();
  for (const ProgressRow& row : rows) {
    json.begin_object().field("step", row.step).field("epoch", row.epoch);
    json.key("figures").begin_array();
    for (const auto& [figure, value] : row.figures) {
      json.begin_array().value(figure).value(value).end_array();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

std::vector<ProgressRow> read_rows(const JsonValue& rows) {
  std::vector<ProgressRow> result;
  for (const JsonValue& entry : rows.items()) {
    ProgressRow row{entry.at("step").integer(), entry.at("epoch").number(), {}};
    for (const JsonValue& figure : entry.at("figures").items()) {
      const auto pair = figure.items();
      if (pair.size() != 2) figure.fail("is no pair of name and number", "restore the file");
      row.figures.emplace_back(std::string(pair[0].text()), pair[1].number());
    }
    result.push_back(std::move(row));
  }
  return result;
}

void write_partial(JsonWriter& json, const PartialLosses& partial) {
  json.key("partial_losses").begin_object().field("steps", partial.steps);
  json.key("sums").begin_array();
  for (const std::vector<double>& process : partial.sums) {
    json.begin_array();
    for (const double sum : process) json.value(sum);
    json.end_array();
  }
  json.end_array().end_object();
}

PartialLosses read_partial(const JsonValue& value) {
  PartialLosses partial{.steps = value.at("steps").integer()};
  for (const JsonValue& process : value.at("sums").items()) {
    std::vector<double> sums;
    for (const JsonValue& sum : process.items()) sums.push_back(sum.number());
    partial.sums.push_back(std::move(sums));
  }
  return partial;
}

}  // namespace

std::string to_json(const TrainProgress& progress) {
  std::ostringstream text;
  JsonWriter json(text);
  json.begin_object();
  write_rows(json, "losses", progress.losses);
  write_rows(json, "scores", progress.scores);
  write_partial(json, progress.partial_losses);
  json.field("best", progress.best).field("best_step", progress.best_step);
  json.field("seconds", progress.seconds).end_object();
  return text.str();
}

TrainProgress progress_from_json(const std::string& text, const std::filesystem::path& file) {
  const JsonDocument document = JsonDocument::parse(text, file);
  const JsonValue root = document.root();
  return {.losses = read_rows(root.at("losses")),
          .scores = read_rows(root.at("scores")),
          .partial_losses = read_partial(root.at("partial_losses")),
          .best = root.at("best").number(),
          .best_step = root.at("best_step").integer(),
          .seconds = root.at("seconds").number()};
}

}  // namespace fovea
