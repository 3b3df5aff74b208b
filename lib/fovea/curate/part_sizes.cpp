#include "fovea/curate/part_sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "fovea/core/error.h"

namespace fovea {
namespace {

using Unit = PartSize::Unit;

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

PartSize read_part(std::string_view text) {
  const size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  if (equals == std::string_view::npos || !is_name(name)) {
    fail(fmt::format("--parts: `{}` is no part", text),
         "write NAME=SHARE with letters, digits, - and _ in the name, as train=0.8,val=0.2");
  }
  const std::string_view size = text.substr(equals + 1);
  PartSize part{.name = std::string(name)};
  if (size == "rest") {
    part.unit = Unit::rest;
    return part;
  }
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), part.amount);
  const bool is_number = error == std::errc() && end == size.data() + size.size();
  if (!is_number || !(part.amount > 0) || part.amount > 1e12) {
    fail(fmt::format("--parts: `{}` is no size of a part", text),
         "give a share between 0 and 1, a number of images, or `rest`");
  }
  const bool is_whole = part.amount == std::trunc(part.amount);
  const bool is_share = part.amount < 1 || (part.amount == 1 && size.find('.') != size.npos);
  if (!is_share && !is_whole) {
    fail(fmt::format("--parts: `{}` is neither a share nor a number of images", text),
         "give a share between 0 and 1, or a whole number");
  }
  part.unit = is_share ? Unit::share : Unit::images;
  return part;
}

/// Whole numbers in these proportions that add up to `total`: the largest remainders are rounded
/// up.
std::vector<int64_t> apportion(const std::vector<PartSize>& parts, int64_t total) {
  std::vector<int64_t> sizes;
  std::vector<std::pair<double, size_t>> remainders;
  double sum = 0;
  for (const PartSize& part : parts) sum += part.amount;
  for (size_t i = 0; i < parts.size(); ++i) {
    const double exact = static_cast<double>(total) * parts[i].amount / sum;
    sizes.push_back(static_cast<int64_t>(std::floor(exact + 1e-9)));
    remainders.emplace_back(static_cast<double>(sizes[i]) - exact, i);
  }
  std::sort(remainders.begin(), remainders.end());
  int64_t missing = total - std::accumulate(sizes.begin(), sizes.end(), int64_t{0});
  for (size_t i = 0; missing > 0; ++i, --missing) ++sizes[remainders[i % sizes.size()].second];
  return sizes;
}

void expect_one_unit(const std::vector<PartSize>& parts) {
  const auto count = [&](Unit unit) {
    return std::count_if(parts.begin(), parts.end(),
                         [unit](const PartSize& part) { return part.unit == unit; });
  };
  if (count(Unit::share) > 0 && count(Unit::images) > 0) {
    fail("--parts: shares and numbers of images are mixed", "give all in one of the two");
  }
  if (count(Unit::rest) > 1) fail("--parts: two parts are the rest", "give all but one a size");
}

}  // namespace

std::vector<PartSize> read_parts(std::string_view text) {
  std::vector<PartSize> parts;
  while (true) {
    const size_t comma = text.find(',');
    parts.push_back(read_part(text.substr(0, comma)));
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      if (parts[i].name != parts.back().name) continue;
      fail(fmt::format("--parts: two parts are called `{}`", parts[i].name), "name them apart");
    }
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  expect_one_unit(parts);
  double shares = 0;
  for (const PartSize& part : parts) shares += part.unit == Unit::share ? part.amount : 0;
  const auto rest = std::find_if(parts.begin(), parts.end(),
                                 [](const PartSize& part) { return part.unit == Unit::rest; });
  if (shares == 0) return parts;
  if (rest != parts.end() && shares < 1) {
    *rest = {.name = rest->name, .unit = Unit::share, .amount = 1 - shares};
    shares = 1;
  }
  if (rest == parts.end() ? std::abs(shares - 1) > 1e-3 : shares != 1) {
    fail(fmt::format("--parts: the shares add up to {:g}", shares),
         "give shares that add up to 1, or write `rest` for one of them");
  }
  return parts;
}

std::vector<int64_t> images_of(const std::vector<PartSize>& parts, int64_t images) {
  std::vector<int64_t> sizes;
  if (parts.front().unit == Unit::share) {
    sizes = apportion(parts, images);
  } else {
    int64_t sum = 0;
    for (const PartSize& part : parts) {
      sizes.push_back(static_cast<int64_t>(part.amount));
      sum += sizes.back();
    }
    for (size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].unit != Unit::rest) continue;
      sizes[i] = images - sum;
      sum += std::max<int64_t>(0, sizes[i]);
    }
    if (sum != images) {
      fail(fmt::format("--parts: {} images are asked for, and there are {}", sum, images),
           "give numbers that add up, or write `rest` for one part");
    }
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    if (sizes[i] > 0) continue;
    fail(fmt::format("--parts: `{}` would get no image of {}", parts[i].name, images),
         "make it larger, or ask for fewer parts");
  }
  return sizes;
}

}  // namespace fovea
