// What `fovea-data check` has to say of what it found.
#pragma once

#include <string>
#include <vector>

#include "fovea/data/defects.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// A report with what belongs to it.
struct CheckResult {
  CheckReport report = {};
  std::vector<std::string> contents = {};  // "train.json: 9 images, 20 objects, 3 classes"
  std::vector<std::string> files = {};
  std::vector<std::string> allow = {};  // codes of errors that are none here
  int64_t left_out = 0;                 // warnings and notes that are allowed
};

struct CheckTotals {
  int64_t errors = 0;
  int64_t warnings = 0;  // allowed errors among them
  int64_t notes = 0;
};
/// `allow`: codes of errors that are none here.
CheckTotals totals_of(const CheckReport& report, const std::vector<std::string>& allow = {});

/// Takes the findings out that are allowed and no errors, and counts them: as a compiler does with
/// warnings, while an error that is allowed counts as a warning.
void leave_out_allowed(CheckResult& result);

/// "train.json: 9 images, 20 objects, 3 classes".
std::string contents_of(const Dataset& dataset);

/// A line a finding, a table by code with what each means, and the counts.
std::string text_of(const CheckResult& result);

std::string json_of(const CheckResult& result);

/// What a code means, or `all` of them.
std::string explanation(const std::string& code);

}  // namespace fovea
