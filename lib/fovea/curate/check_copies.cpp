#include "fovea/curate/check_copies.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <unordered_map>

namespace fovea {
namespace {

/// The pictures of all splits in one row.
struct Row {
  std::vector<std::filesystem::path> files = {};
  std::vector<size_t> splits = {};
};

Row row_of(const std::vector<Dataset>& splits) {
  Row row;
  for (size_t split = 0; split < splits.size(); ++split) {
    for (const Record& record : splits[split].records) {
      row.files.emplace_back(record.path);
      row.splits.push_back(split);
    }
  }
  return row;
}

/// By orientation (picture_sketch.h): how a picture is got from the other.
std::string_view turn_of(int orientation) {
  constexpr std::array<std::string_view, 8> kTurns = {"",
                                                      ", mirrored",
                                                      ", mirrored top to bottom",
                                                      ", turned by half",
                                                      ", mirrored along a diagonal",
                                                      ", turned by a quarter",
                                                      ", turned by a quarter",
                                                      ", mirrored along a diagonal"};
  return kTurns[static_cast<size_t>(orientation)];
}

std::string problem_of(const Duplicate& pair, const Row& row, bool leaks) {
  const std::string other = row.files[pair.earlier].string();
  const std::string_view of_split = leaks ? " of another split" : "";
  if (pair.same_bytes) return fmt::format("is byte for byte {}{}", other, of_split);
  return fmt::format("shows the same as {}{}{}, likeness {:.2f}", other, of_split,
                     turn_of(pair.orientation), pair.likeness);
}

std::string_view code_of(const Duplicate& pair, bool leaks) {
  if (pair.same_bytes) return leaks ? defect::kLeak : defect::kCopy;
  return leaks ? defect::kNearLeak : defect::kNearCopy;
}

}  // namespace

void check_copies(const std::vector<Dataset>& splits, const DuplicateOptions& options,
                  CheckReport& report, Log& log) {
  const Row row = row_of(splits);
  const std::vector<Duplicate> pairs = duplicates(row.files, options, log);
  const auto leaks = [&](const Duplicate& pair) {
    return row.splits[pair.later] != row.splits[pair.earlier];
  };
  std::unordered_map<size_t, Duplicate> near_leaks;  // by the later picture
  for (size_t begin = 0; begin < pairs.size();) {
    size_t chosen = begin;  // of one picture: the leak that is most alike, or else the copy
    size_t end = begin;
    for (; end < pairs.size() && pairs[end].later == pairs[begin].later; ++end) {
      if (leaks(pairs[end]) && !leaks(pairs[chosen])) chosen = end;
    }
    begin = end;
    Duplicate pair = pairs[chosen];
    if (!leaks(pair)) {
      if (row.files[pair.later] == row.files[pair.earlier]) continue;  // listed twice: D551
      // What is equal to a leak leaks as that does, and only that one was compared with others.
      const auto first = near_leaks.find(pair.earlier);
      if (pair.same_bytes && first != near_leaks.end()) {
        pair = {.later = pair.later,
                .earlier = first->second.earlier,
                .orientation = first->second.orientation,
                .likeness = first->second.likeness};
      }
    }
    if (leaks(pair) && !pair.same_bytes) near_leaks.emplace(pair.later, pair);
    const std::string_view code = code_of(pair, leaks(pair));
    report.add(code, [&]() -> Finding {
      return {.code = code,
              .place = row.files[pair.later].string(),
              .problem = problem_of(pair, row, leaks(pair)),
              .other = row.files[pair.earlier].string()};
    });
  }
}

}  // namespace fovea
