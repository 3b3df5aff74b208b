#include "fovea/core/error.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace fovea {
namespace {

/// Levenshtein distance with a swap of neighbours counted as one edit (optimal string alignment).
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

/// The last part of a dotted name: "epochs" of "train.epochs".
std::string_view last_part(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

}  // namespace

Error::Error(std::string_view place, std::string_view problem, std::string_view remedy)
    : std::runtime_error(
          fmt::format("{}{}{}; {}", place, place.empty() ? "" : ": ", problem, remedy)),
      place_size_(place.size()),
      problem_size_(problem.size()) {}

void fail(const std::filesystem::path& file, std::string_view place, std::string_view problem,
          std::string_view remedy) {
  std::string whole = file.string();
  if (!whole.empty() && !place.empty()) whole += ':';
  whole += place;
  throw Error(whole, problem, remedy);
}

void fail(std::string_view problem, std::string_view remedy) {
  fail({}, {}, problem, remedy);
}

std::string suggestion(std::string_view name, const std::vector<std::string>& known) {
  if (known.size() <= 8) return fmt::format("known: {}", fmt::join(known, ", "));
  std::vector<std::pair<size_t, std::string>> near;
  for (const std::string& candidate : known) {
    size_t distance = edit_distance(name, candidate);
    if (last_part(candidate) == last_part(name)) distance = std::min<size_t>(distance, 1);
    distance = std::min(distance, 1 + edit_distance(last_part(name), last_part(candidate)));
    if (distance <= std::max<size_t>(2, last_part(name).size() / 3))
      near.emplace_back(distance, candidate);
  }
  if (near.empty()) return {};
  std::sort(near.begin(), near.end());
  if (near.size() > 3) near.resize(3);
  std::vector<std::string> quoted;
  quoted.reserve(near.size());
  for (const auto& [distance, candidate] : near) quoted.push_back("`" + candidate + "`");
  return fmt::format("did you mean {}?", fmt::join(quoted, " or "));
}

}  // namespace fovea
