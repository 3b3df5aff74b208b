#include "fovea/curate/stratify.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "fovea/core/random.h"

namespace fovea {
namespace {

class Stratifier {
 public:
  Stratifier(const std::vector<StratifyGroup>& groups, size_t labels,
             std::span<const int64_t> sizes, uint64_t seed)
      : groups_(groups),
        room_(sizes.begin(), sizes.end()),
        part_(groups.size(), kNone),
        groups_of_label_(labels),
        remaining_(labels, 0),
        rng_(rng_for(Stream::order, seed)) {
    share_out(labels, sizes);
    const std::vector<int64_t> order =
        permutation(static_cast<int64_t>(groups.size()), rng_for(Stream::order, seed, 1));
    for (const int64_t i : order) {
      const auto group = static_cast<size_t>(i);
      for (const Shows& shown : groups[group].shows) {
        groups_of_label_[shown.label].push_back({group, shown.amount});
        ++remaining_[shown.label];
      }
      order_.push_back({group, groups[group].images});
    }
    // The larger come first, while there is room for them; equal ones by chance.
    for (auto& list : groups_of_label_) sort_by_amount(list);
    sort_by_amount(order_);
  }

  std::vector<size_t> divide() && {
    while (true) {
      size_t rarest = kNone;
      for (size_t label = 0; label < remaining_.size(); ++label) {
        if (remaining_[label] == 0) continue;
        if (rarest == kNone || remaining_[label] < remaining_[rarest]) rarest = label;
      }
      if (rarest == kNone) break;
      for (const Place& place : groups_of_label_[rarest]) assign(place.group);
    }
    for (const Place& place : order_) assign(place.group);  // those that show nothing
    return std::move(part_);
  }

 private:
  static constexpr size_t kNone = std::numeric_limits<size_t>::max();
  struct Place {
    size_t group = 0;
    int64_t amount = 0;
  };

  static void sort_by_amount(std::vector<Place>& places) {
    std::stable_sort(places.begin(), places.end(),
                     [](const Place& a, const Place& b) { return a.amount > b.amount; });
  }

  /// What each part should have of each label.
  void share_out(size_t labels, std::span<const int64_t> sizes) {
    std::vector<double> total(labels, 0);
    for (const StratifyGroup& group : groups_) {
      for (const Shows& shown : group.shows) {
        total[shown.label] += static_cast<double>(shown.amount);
      }
    }
    const auto all = static_cast<double>(std::accumulate(sizes.begin(), sizes.end(), int64_t{0}));
    for (const int64_t size : sizes) {
      std::vector<double> share;
      share.reserve(labels);
      for (const double amount : total) share.push_back(amount * static_cast<double>(size) / all);
      wanted_.push_back(share);
      missing_.push_back(std::move(share));
    }
  }

  /// By how much the squared distance of the part from its shares grows, relative to them.
  double cost(const StratifyGroup& group, size_t part) const {
    double sum = 0;
    for (const Shows& shown : group.shows) {
      const auto amount = static_cast<double>(shown.amount);
      sum += amount * (amount - 2 * missing_[part][shown.label]) / wanted_[part][shown.label];
    }
    return sum;
  }

  /// The part with room where the group is missed most; the one with most room where none has any.
  size_t best_part(const StratifyGroup& group) {
    size_t best = kNone;
    double best_cost = 0;
    int64_t ties = 0;
    for (size_t part = 0; part < room_.size(); ++part) {
      if (room_[part] < group.images) continue;
      const double its_cost =
          group.shows.empty() ? -static_cast<double>(room_[part]) : cost(group, part);
      ties = best != kNone && its_cost == best_cost ? ties + 1 : 1;
      const bool is_better = best == kNone || its_cost < best_cost;
      if (!is_better && (ties == 1 || rng_.below(ties) > 0)) continue;
      if (is_better) ties = 1;
      best = part;
      best_cost = its_cost;
    }
    if (best != kNone) return best;
    return static_cast<size_t>(std::max_element(room_.begin(), room_.end()) - room_.begin());
  }

  void assign(size_t index) {
    if (part_[index] != kNone) return;
    const StratifyGroup& group = groups_[index];
    const size_t part = best_part(group);
    part_[index] = part;
    room_[part] -= group.images;
    for (const Shows& shown : group.shows) {
      missing_[part][shown.label] -= static_cast<double>(shown.amount);
      --remaining_[shown.label];
    }
  }

  const std::vector<StratifyGroup>& groups_;
  std::vector<int64_t> room_;                        // images, by part
  std::vector<size_t> part_;                         // of each group
  std::vector<std::vector<Place>> groups_of_label_;  // in the order of their turn
  std::vector<int64_t> remaining_;                   // groups of each label without a part
  std::vector<Place> order_ = {};                    // of all groups
  std::vector<std::vector<double>> wanted_ = {};     // by part and label
  std::vector<std::vector<double>> missing_ = {};    // the same, less what the part has
  Rng rng_;
};

}  // namespace

std::vector<size_t> stratify(const std::vector<StratifyGroup>& groups, size_t labels,
                             std::span<const int64_t> sizes, uint64_t seed) {
  return Stratifier(groups, labels, sizes, seed).divide();
}

}  // namespace fovea
