#include "check_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>
#include <utility>

#include "fovea/core/counted.h"
#include "fovea/core/json.h"

namespace fovea {
namespace {

bool is_among(std::string_view code, const std::vector<std::string>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

std::string_view severity_of(std::string_view code, const CheckResult& result) {
  const Severity severity = defect_kind(code).severity;
  const bool is_allowed = severity == Severity::error && is_among(code, result.allow);
  return is_allowed ? "allowed" : name_of(severity);
}

/// A line a code: how often, how bad, what it is, and how many of them are listed above.
std::string table_of(const CheckResult& result) {
  std::map<std::string_view, int64_t> listed;
  for (const Finding& finding : result.report.findings) ++listed[finding.code];
  std::string table;
  for (const auto& [code, times] : result.report.counts) {
    const DefectKind& kind = defect_kind(code);
    const int64_t shown = kind.severity == Severity::note ? times : listed[kind.code];
    table +=
        fmt::format("  {} {:<7} {:>7}  {}{}\n", code, severity_of(code, result), times, kind.what,
                    shown < times ? fmt::format(" ({} listed)", shown) : std::string());
  }
  return table;
}

}  // namespace

CheckTotals totals_of(const CheckReport& report, const std::vector<std::string>& allow) {
  CheckTotals totals;
  for (const auto& [code, times] : report.counts) {
    const Severity severity = defect_kind(code).severity;
    if (severity == Severity::note) {
      totals.notes += times;
    } else if (severity == Severity::error && !is_among(code, allow)) {
      totals.errors += times;
    } else {
      totals.warnings += times;
    }
  }
  return totals;
}

void leave_out_allowed(CheckResult& result) {
  const auto is_left_out = [&](std::string_view code) {
    return defect_kind(code).severity != Severity::error && is_among(code, result.allow);
  };
  std::erase_if(result.report.counts, [&](const auto& entry) {
    if (!is_left_out(entry.first)) return false;
    result.left_out += entry.second;
    return true;
  });
  std::erase_if(result.report.findings,
                [&](const Finding& finding) { return is_left_out(finding.code); });
}

std::string contents_of(const Dataset& dataset) {
  int64_t objects = 0;
  for (const Record& record : dataset.records) objects += std::ssize(record.instances);
  return fmt::format("{}: {}, {}, {}", dataset.file.string(),
                     counted(std::ssize(dataset.records), "image"), counted(objects, "object"),
                     counted(std::ssize(dataset.categories), "class", "classes"));
}

std::string text_of(const CheckResult& result) {
  std::string text;
  for (const Finding& finding : result.report.findings) {
    const DefectKind& kind = defect_kind(finding.code);
    if (kind.severity == Severity::note) continue;  // in the table alone
    text += fmt::format("{}: {} {}: {}; {}\n", finding.place, severity_of(finding.code, result),
                        finding.code, finding.problem, kind.remedy);
  }
  if (!text.empty()) text += '\n';
  text += table_of(result);
  for (const std::string& line : result.contents) text += line + '\n';
  const CheckTotals totals = totals_of(result.report, result.allow);
  text +=
      fmt::format("{}, {}", counted(totals.errors, "error"), counted(totals.warnings, "warning"));
  if (totals.notes > 0) text += fmt::format(", {}", counted(totals.notes, "note"));
  if (result.left_out > 0) text += fmt::format("; {} allowed, not listed", result.left_out);
  return text + '\n';
}

std::string json_of(const CheckResult& result) {
  std::ostringstream text;
  JsonWriter out(text, 2);
  const CheckTotals totals = totals_of(result.report, result.allow);
  out.begin_object().field("errors", totals.errors).field("warnings", totals.warnings);
  out.field("notes", totals.notes).field("allowed", result.left_out);
  out.key("files").array(result.files);
  out.key("counts").begin_object();
  for (const auto& [code, times] : result.report.counts) out.field(code, times);
  out.end_object().key("findings").begin_array();
  for (const Finding& finding : result.report.findings) {
    out.begin_object().field("code", finding.code);
    out.field("severity", severity_of(finding.code, result)).field("place", finding.place);
    out.field("problem", finding.problem).field("remedy", defect_kind(finding.code).remedy);
    if (!finding.other.empty()) out.field("other", finding.other);
    out.end_object();
  }
  out.end_array().end_object();
  text << '\n';
  return std::move(text).str();
}

std::string explanation(const std::string& code) {
  if (code == "all") {
    std::string all;
    for (const DefectKind& kind : defect_kinds()) {
      all += fmt::format("{}  {:<8} {}\n", kind.code, name_of(kind.severity), kind.what);
    }
    return all;
  }
  const DefectKind& kind = defect_kind(code);
  const bool is_error = kind.severity == Severity::error;
  std::string text = fmt::format("{}, {} {}: {}.\nRemedy: {}.\n", kind.code, is_error ? "an" : "a",
                                 name_of(kind.severity), kind.what, kind.remedy);
  if (!is_error) return text;
  if (kind.if_allowed == IfAllowed::impossible) return text + "Training stops at it.\n";
  return text + fmt::format("Training passes over such entries with data.allow=[{}].\n", kind.code);
}

}  // namespace fovea
