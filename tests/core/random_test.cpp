#include "fovea/core/random.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace fovea {
namespace {

TEST(Rng, IsSplitMix64) {  // seed 0: the values of the reference code of S. Vigna
  Rng rng(0);
  EXPECT_EQ(rng.bits(), 0xE220A8397B1DCDAFU);
  EXPECT_EQ(rng.bits(), 0x6E789E6AA1B965F4U);
  EXPECT_EQ(rng.bits(), 0x06C45D188009454FU);
}

TEST(Rng, StaysInItsRanges) {
  Rng rng(1);
  double sum = 0;
  std::array<int, 5> counts = {};
  for (int i = 0; i < 20000; ++i) {
    const double u = rng.uniform();
    ASSERT_TRUE(u >= 0 && u < 1);
    sum += u;
    ++counts.at(static_cast<size_t>(rng.below(5)));
  }
  EXPECT_NEAR(sum / 20000, 0.5, 0.01);
  for (const int count : counts) EXPECT_NEAR(count, 4000, 250);
}

TEST(Rng, DrawsNormalNumbersOfVarianceOne) {
  Rng rng(2);
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < 20000; ++i) {
    const double x = rng.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / 20000, 0, 0.03);
  EXPECT_NEAR(squares / 20000, 1, 0.04);
}

TEST(RngFor, GivesEveryKeyItsOwnSequence) {
  std::set<uint64_t> firsts;
  int keys = 0;
  for (const Stream stream : {Stream::order, Stream::augment}) {
    for (uint64_t seed = 0; seed < 4; ++seed) {
      for (int64_t epoch = 0; epoch < 4; ++epoch) {
        for (int64_t index = 0; index < 4; ++index, ++keys) {
          firsts.insert(rng_for(stream, seed, epoch, index).bits());
        }
      }
    }
  }
  EXPECT_EQ(firsts.size(), static_cast<size_t>(keys));
  EXPECT_EQ(rng_for(Stream::init, 3, 1, 2).bits(), rng_for(Stream::init, 3, 1, 2).bits());
}

TEST(Permutation, HoldsEachNumberOnceAndDependsOnTheKeyAlone) {
  const auto order = permutation(100, rng_for(Stream::order, 7));
  EXPECT_EQ(order, permutation(100, rng_for(Stream::order, 7)));
  EXPECT_NE(order, permutation(100, rng_for(Stream::order, 8)));
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (int64_t i = 0; i < 100; ++i) ASSERT_EQ(sorted[static_cast<size_t>(i)], i);
  EXPECT_TRUE(permutation(0, Rng(1)).empty());
}

}  // namespace
}  // namespace fovea
