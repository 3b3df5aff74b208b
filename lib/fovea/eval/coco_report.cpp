#include "fovea/eval/coco_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "fovea/core/json.h"

namespace fovea {
namespace {

/// The text with each control character as \xNN, which a terminal shows and does not obey.
std::string printable(std::string_view text) {
  std::string shown;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view two = text.substr(i, 2);
    const bool is_wide = two >= "\xC2\x80" && two <= "\xC2\x9F";  // U+0080 to U+009F
    if (is_wide) ++i;
    const auto byte = static_cast<uint8_t>(text[i]);
    const bool is_control = is_wide || byte < 0x20 || byte == 0x7F;
    shown += is_control ? fmt::format("\\x{:02x}", byte) : std::string(1, text[i]);
  }
  return shown;
}

/// "0.50:0.95", the thresholds of all.
std::string range_text(const ScoringOptions& options) {
  const auto& thresholds = options.iou_thresholds;
  return fmt::format("{:.2f}:{:.2f}", thresholds.front(), thresholds.back());
}

}  // namespace

std::string_view name_of(IouType type) {
  switch (type) {
    case IouType::bbox:
      return "bbox";
    case IouType::segm:
      return "segm";
    case IouType::keypoints:
      break;
  }
  return "keypoints";
}

std::string summary(const CocoMetrics& metrics) {
  std::string lines;
  const std::vector<Stat> stats = stats_of(metrics.options);
  for (size_t i = 0; i < stats.size(); ++i) {
    const Stat& stat = stats[i];
    lines += fmt::format(
        " {:<18} ({}) @[ IoU={:<9} | area={:>6} | maxDets={:>3} ] = {:0.3f}\n",
        stat.is_precision ? "Average Precision" : "Average Recall", stat.is_precision ? "AP" : "AR",
        stat.threshold > 0 ? fmt::format("{:.2f}", stat.threshold) : range_text(metrics.options),
        stat.area, stat.limit, metrics.stats[i]);
  }
  return lines;
}

std::string class_table(const CocoMetrics& metrics, const std::vector<Category>& categories) {
  std::vector<std::string> names;
  size_t width = 5;
  for (const Category& category : categories) {
    names.push_back(printable(category.name));
    width = std::max(width, names.back().size());
  }
  std::string lines = fmt::format("{:<{}}  {:>7}  {:>6}  {:>6}  {:>6}  {:>7}  {:>8}\n", "class",
                                  width, "objects", "AP", "AP50", "AR", "best F1", "at score");
  for (size_t k = 0; k < metrics.classes.size(); ++k) {
    const ClassMetrics& figures = metrics.classes[k];
    const std::string head = fmt::format("{:<{}}  {:>7}", names[k], width, figures.truths);
    if (figures.truths == 0) {
      lines +=
          fmt::format("{}  {:>6}  {:>6}  {:>6}  {:>7}  {:>8}\n", head, "-", "-", "-", "-", "-");
    } else {
      lines +=
          fmt::format("{}  {:>6.3f}  {:>6.3f}  {:>6.3f}  {:>7.3f}  {:>8.3f}\n", head, figures.ap,
                      figures.ap50, figures.ar, figures.best_f1, figures.best_threshold);
    }
  }
  return lines;
}

std::string to_json(const CocoMetrics& metrics, const std::vector<Category>& categories) {
  std::ostringstream text;
  JsonWriter out(text, 2);
  out.begin_object()
      .field("iou_type", name_of(metrics.options.iou_type))
      .key("stats")
      .begin_array();
  for (const double figure : metrics.stats) out.value(figure);
  out.end_array().key("names").begin_array();
  for (const std::string_view name : stat_names(metrics.options.iou_type)) out.value(name);
  out.end_array().key("classes").begin_array();
  for (size_t k = 0; k < metrics.classes.size(); ++k) {
    const ClassMetrics& figures = metrics.classes[k];
    out.begin_object().field("id", categories[k].id).field("name", categories[k].name);
    out.field("objects", figures.truths).field("AP", figures.ap).field("AP50", figures.ap50);
    out.field("AR", figures.ar).field("best_f1", figures.best_f1);
    out.field("best_threshold", figures.best_threshold).end_object();
  }
  out.end_array().end_object();
  text << '\n';
  return text.str();
}

}  // namespace fovea
