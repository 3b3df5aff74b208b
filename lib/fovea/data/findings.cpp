#include "fovea/data/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "fovea/core/error.h"

namespace fovea {
namespace {

/// "train.json:/annotations/3".
std::string place_text(const std::filesystem::path& file, const JsonValue& place) {
  const std::string pointer = place.pointer();
  return file.string() + (pointer.empty() ? "" : ":" + pointer);
}

}  // namespace

Findings::Findings(const std::filesystem::path& file, const std::vector<std::string>& allow,
                   ReadReport* report)
    : file_(file), allow_(allow), report_(report) {
  expect_allowable(allow);
}

void Findings::add(const JsonValue& place, std::string_view code, std::string_view problem) {
  const DefectKind& kind = defect_kind(code);
  if (is_checking()) return note(place, kind, problem);
  if (kind.severity == Severity::note) return;
  const bool is_warning = kind.severity == Severity::warning;
  if (!is_warning && !is_allowed(kind)) refuse(place, kind, problem);
  if (report_ != nullptr) {
    auto& counts = is_warning ? report_->warnings : report_->allowed;
    ReadReport::Count& count = counts[std::string(code)];
    if (count.times++ == 0) {
      count.place = place.pointer();
      count.first =
          fmt::format("{}: {} {}; {}", place_text(file_, place), code, problem, kind.remedy);
    }
  }
  if (!is_warning) throw PassOver{};
}

void Findings::error(const JsonValue& place, std::string_view code, std::string_view problem) {
  add(place, code, problem);
  throw PassOver{};  // not reached: only warnings return
}

bool Findings::is_allowed(const DefectKind& kind) const {
  return inside_entry_ && std::find(allow_.begin(), allow_.end(), kind.code) != allow_.end();
}

void Findings::note(const JsonValue& place, const DefectKind& kind, std::string_view problem) {
  checking_->add(kind.code, [&]() -> Finding {
    return {.code = kind.code, .place = place_text(file_, place), .problem = std::string(problem)};
  });
  if (kind.severity != Severity::error) return;
  if (!inside_entry_) throw StopReading{};
  throw PassOver{};
}

void Findings::refuse(const JsonValue& place, const DefectKind& kind,
                      std::string_view problem) const {
  std::string remedy(kind.remedy);
  if (kind.if_allowed == IfAllowed::drops_entry && inside_entry_) {
    remedy += fmt::format(" (data.allow=[{}] passes over such entries)", kind.code);
  }
  fail(file_, place.pointer(), fmt::format("error {}: {}", kind.code, problem), remedy);
}

}  // namespace fovea
