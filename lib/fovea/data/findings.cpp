#include "fovea/data/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "fovea/core/error.h"

namespace fovea {

Findings::Findings(const std::filesystem::path& file, Allowed allow, ReadReport* report)
    : file_(file), allow_(std::move(allow)), report_(report) {
  expect_allowable(allow_.codes);
}

bool Findings::passes_over(std::string_view code) const {
  const std::vector<std::string>& codes = allow_.codes;
  return is_checking() || std::find(codes.begin(), codes.end(), code) != codes.end();
}

void Findings::add(std::string_view code, const std::string& pointer, std::string_view problem) {
  if (defect_kind(code).severity == Severity::error && !passes_over(code)) {
    refuse(code, pointer, problem, true);
  }
  count(code, pointer, problem, 1);
}

void Findings::stop(std::string_view code, const std::string& pointer, std::string_view problem) {
  if (!is_checking()) refuse(code, pointer, problem, false);
  count(code, pointer, problem, 1);
  throw StopReading{};
}

void Findings::take(std::string_view key, const std::vector<const EntryFindings*>& pieces) {
  size_t first = 0;
  for (const EntryFindings* piece : pieces) {
    std::vector<EntryFindings::Count> left = piece->counts_;  // that were not kept
    for (const EntryFindings::Met& met : piece->met_) {
      const std::string pointer = fmt::format("/{}/{}{}", key, first + met.entry, met.inside);
      const bool is_last = piece->stopped_ && &met == &piece->met_.back();
      if (is_last) refuse(met.code, pointer, met.problem, true);
      count(met.code, pointer, met.problem, 1);
      for (EntryFindings::Count& of : left) of.times -= of.code == met.code ? 1 : 0;
    }
    for (const EntryFindings::Count& of : left) count(of.code, "", "", of.times);
    first += piece->entries_;
  }
}

void Findings::count(std::string_view code, const std::string& pointer, std::string_view problem,
                     int64_t times) {
  if (times == 0) return;
  const std::string place = file_.string() + (pointer.empty() ? "" : ":" + pointer);
  if (checking_ != nullptr) {
    checking_->add(code, times, [&]() -> Finding {
      return {.code = code, .place = place, .problem = std::string(problem)};
    });
    return;
  }
  const DefectKind& kind = defect_kind(code);
  if (report_ == nullptr || kind.severity == Severity::note) return;
  auto& counts = kind.severity == Severity::warning ? report_->warnings : report_->allowed;
  ReadReport::Count& met = counts[std::string(code)];
  if (met.times == 0) {
    met.place = pointer;
    met.first = fmt::format("{}: {} {}; {}", place, code, problem, kind.remedy);
  }
  met.times += times;
}

void Findings::refuse(std::string_view code, const std::string& pointer, std::string_view problem,
                      bool can_pass_over) const {
  const DefectKind& kind = defect_kind(code);
  std::string remedy(kind.remedy);
  if (kind.if_allowed == IfAllowed::drops_entry && can_pass_over) {
    remedy += fmt::format(" ({})", fmt::format(fmt::runtime(allow_.advice), kind.code));
  }
  fail(file_, pointer, fmt::format("error {}: {}", kind.code, problem), remedy);
}

bool EntryFindings::is_new(std::string_view code) {
  auto count = std::find_if(counts_.begin(), counts_.end(),
                            [code](const Count& of) { return of.code == code; });
  if (count == counts_.end()) count = counts_.insert(count, {.code = code});
  return ++count->times <= file_->kept_of_a_code();
}

void EntryFindings::keep(std::string_view code, JsonNode at, std::string problem) {
  met_.push_back({.code = code,
                  .entry = entry(),
                  .inside = json_pointer(entry_, at),
                  .problem = std::move(problem)});
}

void EntryFindings::error(const RowFault& fault) {
  stopped_ = !file_->passes_over(fault.code);
  if (!is_new(fault.code) && !stopped_) return;
  keep(fault.code, fault.at, problem_of(fault));
}

}  // namespace fovea
