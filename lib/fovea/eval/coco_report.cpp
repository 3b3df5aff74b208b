#include "fovea/eval/coco_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "fovea/core/json.h"
#include "fovea/eval/mean.h"

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

std::vector<double> precision_at_thresholds(const CocoMetrics& metrics) {
  const CurveLayout& layout = metrics.layout;
  std::vector<double> means;
  for (size_t t = 0; t < layout.thresholds; ++t) {
    std::vector<double> values;
    for (size_t r = 0; r < layout.recalls; ++r) {
      for (size_t k = 0; k < layout.classes; ++k) {
        const double value =
            metrics.curves.precision[layout.curve_at(t, r, k, 0, layout.limits - 1)];
        if (value > -1) values.push_back(value);
      }
    }
    means.push_back(values.empty() ? -1 : mean(values));
  }
  return means;
}

std::string threshold_table(const CocoMetrics& metrics) {
  std::string lines = "IoU   ";
  for (const double threshold : metrics.options.iou_thresholds) {
    lines += fmt::format("  {:>6.3g}", threshold);
  }
  lines += "\nAP    ";
  for (const double value : precision_at_thresholds(metrics))
    lines += fmt::format("  {:>6.3f}", value);
  return lines + '\n';
}

std::string confusion_table(const ConfusionMatrix& matrix,
                            const std::vector<Category>& categories) {
  constexpr size_t kMost = 15;
  struct Entry {
    int64_t truth, predicted, count;
  };
  std::vector<Entry> entries;
  int64_t missed = 0;
  int64_t invented = 0;
  for (int64_t truth = 0; truth < matrix.classes; ++truth) {
    missed += matrix.at(truth, matrix.classes);
    invented += matrix.at(matrix.classes, truth);
    for (int64_t predicted = 0; predicted < matrix.classes; ++predicted) {
      const int64_t count = matrix.at(truth, predicted);
      if (truth != predicted && count > 0) entries.push_back({truth, predicted, count});
    }
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.count > b.count; });
  const auto name = [&](int64_t label) {
    return printable(categories[static_cast<size_t>(label)].name);
  };
  std::string lines = fmt::format(
      "at the scores of best F1 and IoU 0.5: {} objects missed, {} detections where nothing is, "
      "and "
      "{} pairs of classes confused\n",
      missed, invented, entries.size());
  for (size_t i = 0; i < std::min(entries.size(), kMost); ++i) {
    const Entry& entry = entries[i];
    lines += fmt::format("{:>8} x {} taken for {}\n", entry.count, name(entry.truth),
                         name(entry.predicted));
  }
  if (entries.size() > kMost) lines += fmt::format("and {} pairs more\n", entries.size() - kMost);
  return lines;
}

std::string comparison_table(const std::vector<Comparison>& comparisons, std::string_view other) {
  std::string lines =
      fmt::format("compared with {}:\n{:<6}  {:>6}  {:>6}  {:>10}  95 % of resamples\n", other, "",
                  "here", "there", "difference");
  for (const Comparison& figure : comparisons) {
    const bool is_same = figure.difference() == 0 && figure.low == 0 && figure.high == 0;
    const std::string_view verdict = is_same           ? "no difference"
                                     : figure.low > 0  ? "better"
                                     : figure.high < 0 ? "worse"
                                                       : "may be chance";
    lines += fmt::format("{:<6}  {:>6.3f}  {:>6.3f}  {:>+10.3f}  {:+.3f} to {:+.3f}: {}\n",
                         figure.name, figure.second, figure.first, figure.difference(), figure.low,
                         figure.high, verdict);
  }
  return lines;
}

namespace {

void write_classes(JsonWriter& out, const CocoReport& report) {
  out.key("classes").begin_array();
  for (size_t k = 0; k < report.metrics.classes.size(); ++k) {
    const ClassMetrics& figures = report.metrics.classes[k];
    out.begin_object().field("id", report.categories[k].id);
    out.field("name", report.categories[k].name).field("objects", figures.truths);
    out.field("AP", figures.ap).field("AP50", figures.ap50).field("AR", figures.ar);
    out.field("best_f1", figures.best_f1).field("best_threshold", figures.best_threshold);
    out.end_object();
  }
  out.end_array();
}

void write_confusion(JsonWriter& out, const ConfusionMatrix& matrix,
                     const std::vector<Category>& categories) {
  out.key("confusion").begin_object().key("labels").begin_array();
  for (const Category& category : categories) out.value(category.name);
  out.value("background").end_array().key("rows_are_truth").begin_array();
  for (int64_t truth = 0; truth <= matrix.classes; ++truth) {
    out.begin_array();
    for (int64_t predicted = 0; predicted <= matrix.classes; ++predicted) {
      out.value(matrix.at(truth, predicted));
    }
    out.end_array();
  }
  out.end_array().end_object();
}

void write_comparisons(JsonWriter& out, const std::vector<Comparison>& comparisons) {
  out.key("comparison").begin_array();
  for (const Comparison& figure : comparisons) {
    out.begin_object().field("name", figure.name).field("here", figure.second);
    out.field("there", figure.first).field("difference", figure.difference());
    out.field("low", figure.low).field("high", figure.high).end_object();
  }
  out.end_array();
}

}  // namespace

std::string to_json(const CocoReport& report) {
  const CocoMetrics& metrics = report.metrics;
  std::ostringstream text;
  JsonWriter out(text, 2);
  out.begin_object().field("iou_type", name_of(metrics.options.iou_type));
  out.key("stats").array(metrics.stats).key("names").begin_array();
  for (const std::string_view name : stat_names(metrics.options.iou_type)) out.value(name);
  out.end_array().key("AP_at_iou").begin_array();
  const std::vector<double> means = precision_at_thresholds(metrics);
  for (size_t t = 0; t < means.size(); ++t) {
    out.begin_object().field("iou", metrics.options.iou_thresholds[t]).field("AP", means[t]);
    out.end_object();
  }
  out.end_array();
  write_classes(out, report);
  if (report.confusion) write_confusion(out, *report.confusion, report.confusion_categories);
  if (!report.comparisons.empty()) write_comparisons(out, report.comparisons);
  out.end_object();
  text << '\n';
  return text.str();
}

}  // namespace fovea
