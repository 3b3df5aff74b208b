// The numbers of a data set for people and programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fovea/curate/statistics.h"

namespace fovea {

/// "12,345".
std::string with_commas(int64_t number);

/// "12.3 %", "<0.1 %"; "-" of nothing.
std::string percent(int64_t part, int64_t whole);

/// What is remarkable, a sentence each, the most important first: classes that are rare, missing in
/// a split or out of balance, objects too small to be found, pictures of very different shape.
std::vector<std::string> remarks_on(const DatasetStatistics& statistics);

/// Tables of counts, sizes and input sides, of at most `classes` classes by falling count, of the
/// pairs seen together most often, and the remarks.
std::string report_of(const DatasetStatistics& statistics, int64_t classes);

/// {"categories", "splits": [{"name", "images", ...}], "all": {...}, "remarks"}: every figure of
/// DatasetStatistics under its name, with all digits. "together" lists the pairs that occur.
std::string to_json(const DatasetStatistics& statistics);

}  // namespace fovea
