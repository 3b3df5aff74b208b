#include "fovea/loader/order.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "fovea/core/random.h"

namespace fovea {
namespace {

std::set<int64_t> labels_of(const Record& record) {
  std::set<int64_t> labels;
  for (const auto& object : record.instances) {
    if (!object.crowd) labels.insert(object.label);
  }
  return labels;
}

/// Images that have each class, and for each record those of the rarest that it has (0: none).
struct Frequencies {
  std::vector<int64_t> of_class;
  std::vector<int64_t> rarest;
};

Frequencies frequencies_of(const Dataset& dataset) {
  Frequencies found;
  found.of_class.resize(dataset.categories.size());
  for (const Record& record : dataset.records) {
    for (const int64_t label : labels_of(record)) ++found.of_class[static_cast<size_t>(label)];
  }
  for (const Record& record : dataset.records) {
    int64_t rarest = 0;
    for (const int64_t label : labels_of(record)) {
      const int64_t images = found.of_class[static_cast<size_t>(label)];
      rarest = rarest == 0 ? images : std::min(rarest, images);
    }
    found.rarest.push_back(rarest);
  }
  return found;
}

/// Each record floor or ceil of its share times, `length` in all: places at a random offset on the
/// line of the shares put end to end.
std::vector<int64_t> drawn_by_share(const std::vector<double>& shares, int64_t length, Rng rng) {
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  const double offset = rng.uniform();
  std::vector<int64_t> records;
  double end = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    end += shares[i] / sum * static_cast<double>(length);
    const bool is_last = i + 1 == shares.size();  // rounding must not lose a place
    while (static_cast<int64_t>(records.size()) < length &&
           (is_last || static_cast<double>(records.size()) + offset < end)) {
      records.push_back(static_cast<int64_t>(i));
    }
  }
  return records;
}

}  // namespace

std::vector<double> repeat_factors(const Dataset& dataset, double threshold) {
  const Frequencies found = frequencies_of(dataset);
  const auto images = static_cast<double>(dataset.records.size());
  std::vector<double> factors;
  for (const int64_t rarest : found.rarest) {
    const double share = static_cast<double>(rarest) / images;
    factors.push_back(rarest == 0 ? 1 : std::max(1.0, std::sqrt(threshold / share)));
  }
  return factors;
}

std::vector<double> class_balance(const Dataset& dataset) {
  const Frequencies found = frequencies_of(dataset);
  int64_t commonest = 1;
  for (const int64_t images : found.of_class) commonest = std::max(commonest, images);
  std::vector<double> weights;
  for (const int64_t rarest : found.rarest) {
    weights.push_back(1 / static_cast<double>(rarest == 0 ? commonest : rarest));
  }
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight *= static_cast<double>(weights.size()) / sum;
  return weights;
}

int64_t epoch_length(const Dataset& dataset, const LoaderOptions& options) {
  if (options.order != Order::repeat_factor) return static_cast<int64_t>(dataset.records.size());
  const std::vector<double> shares = repeat_factors(dataset, options.repeat_threshold);
  return std::llround(std::accumulate(shares.begin(), shares.end(), 0.0));
}

RecordOrder::RecordOrder(const Dataset& dataset, const LoaderOptions& options, uint64_t seed,
                         int64_t batch)
    : seed_(seed), batch_(batch), length_(epoch_length(dataset, options)) {
  if (options.order == Order::repeat_factor) {
    shares_ = repeat_factors(dataset, options.repeat_threshold);
  } else if (options.order == Order::class_balanced) {
    shares_ = class_balance(dataset);
  }
  if (!options.same_shape) return;
  for (const Record& record : dataset.records) is_wide_.push_back(record.width > record.height);
}

int64_t RecordOrder::at(int64_t place) {
  const int64_t number = place / length_;
  Epoch& epoch = epochs_[static_cast<size_t>(number % 2)];
  if (epoch.number != number) epoch = {.number = number, .order = make(number)};
  return epoch.order[static_cast<size_t>(place % length_)];
}

std::vector<int64_t> RecordOrder::make(int64_t epoch) const {
  std::vector<int64_t> order = permutation(length_, rng_for(Stream::order, seed_, epoch));
  if (!shares_.empty()) {
    const auto records = drawn_by_share(shares_, length_, rng_for(Stream::resample, seed_, epoch));
    for (int64_t& place : order) place = records[static_cast<size_t>(place)];
  }
  if (!is_wide_.empty()) group(epoch, order);
  return order;
}

/// Keeps the records of each shape in their order and fills whole batches with one shape, as far as
/// they go; what is left of both comes last. Batches do not begin anew with an epoch.
void RecordOrder::group(int64_t epoch, std::vector<int64_t>& order) const {
  std::vector<int64_t> shapes[2];
  for (const int64_t record : order) {
    shapes[is_wide_[static_cast<size_t>(record)] ? 1 : 0].push_back(record);
  }
  const int64_t cut = (batch_ - epoch * length_ % batch_) % batch_;  // of the batch under way
  // Whole batches of either shape, in the order in which their last record would have come.
  std::vector<std::vector<int64_t>> batches;
  std::vector<int64_t> rest;
  for (const auto& shape : shapes) {
    const auto whole = static_cast<int64_t>(shape.size()) / batch_ * batch_;
    for (int64_t i = 0; i < whole; i += batch_) {
      batches.emplace_back(shape.begin() + i, shape.begin() + i + batch_);
    }
    rest.insert(rest.end(), shape.begin() + whole, shape.end());
  }
  while (static_cast<int64_t>(rest.size()) < cut && !batches.empty()) {
    rest.insert(rest.end(), batches.back().begin(), batches.back().end());
    batches.pop_back();
  }
  const auto shuffled =
      permutation(static_cast<int64_t>(batches.size()), rng_for(Stream::order, seed_, epoch, 1));
  const auto first = std::min<int64_t>(cut, static_cast<int64_t>(rest.size()));
  std::vector<int64_t> grouped(rest.begin(), rest.begin() + first);
  for (const int64_t i : shuffled) {
    const auto& one = batches[static_cast<size_t>(i)];
    grouped.insert(grouped.end(), one.begin(), one.end());
  }
  grouped.insert(grouped.end(), rest.begin() + first, rest.end());
  order = std::move(grouped);
}

}  // namespace fovea
