// Which record every place of an epoch shows.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fovea/data/vocabulary.h"
#include "fovea/loader/options.h"

namespace fovea {

/// An endless stream of places: epoch e is places [e * length(), (e + 1) * length()). A function of
/// (seed, epoch): nothing is kept but two epochs that were asked for.
class RecordOrder {
 public:
  /// `batch` is what same_shape keeps together.
  RecordOrder(const Dataset& dataset, const LoaderOptions& options, uint64_t seed, int64_t batch);

  int64_t length() const { return length_; }  ///< places of an epoch
  int64_t at(int64_t place);                  ///< the record; for one thread

 private:
  std::vector<int64_t> make(int64_t epoch) const;
  void group(int64_t epoch, std::vector<int64_t>& order) const;

  uint64_t seed_;
  int64_t batch_;
  int64_t length_;
  std::vector<double> shares_ = {};  // of each record: how often it comes; empty: once
  std::vector<bool> is_wide_ = {};   // of each record; empty: not asked
  struct Epoch {
    int64_t number = -1;
    std::vector<int64_t> order = {};
  };
  std::array<Epoch, 2> epochs_ =
      {};  // even and odd: places around an end do not drive out each other
};

/// Places of an epoch.
int64_t epoch_length(const Dataset& dataset, const LoaderOptions& options);

/// How often each record comes in an epoch with repeat factors: max(1, sqrt(threshold / share)) of
/// the rarest of its classes, where a class' share is that of the images that have it (Gupta,
/// Dollar and Girshick 2019).
std::vector<double> repeat_factors(const Dataset& dataset, double threshold);

/// Weights that add up to the number of records: that of a record is as many times larger as the
/// rarest of its classes is rarer. Records without objects count as those of the commonest class.
std::vector<double> class_balance(const Dataset& dataset);

}  // namespace fovea
