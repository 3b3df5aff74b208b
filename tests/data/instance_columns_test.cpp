#include "fovea/data/instance_columns.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>

#include "fovea/core/random.h"
#include "fovea/data/instance_list.h"

namespace fovea {
namespace {

bool same_bits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

/// Coordinates of the kinds that files have: whole, with one to five decimals, and any bits.
double some_number(Rng& rng) {
  const double scale = std::pow(10.0, static_cast<double>(rng.below(6)));
  const double number = std::round(rng.uniform(-5000, 5000) * scale) / scale;
  return rng.below(20) == 0 ? rng.uniform(-1e9, 1e9) : number;
}

Instance some_instance(Rng& rng, int64_t id) {
  Instance instance{.id = id, .box = {1.5, 2, 3, 4.25}, .label = rng.below(9), .area = 1.0 / 3};
  instance.crowd = rng.below(2) == 1;
  for (int64_t polygon = rng.below(4); polygon > 0; --polygon) {
    auto& xy = instance.segmentation.polygons.emplace_back();
    const bool is_plain = rng.below(2) == 0;
    for (int64_t i = 2 * (3 + rng.below(20)); i > 0; --i) {
      xy.push_back(is_plain ? static_cast<double>(rng.below(100'000)) / 100 : some_number(rng));
    }
  }
  if (instance.segmentation.polygons.empty() && rng.below(2) == 0) {
    instance.segmentation.rle = Rle{.height = 70'000, .width = 3, .counts = {5, 0, 4'000'000'000}};
  }
  for (int64_t point = rng.below(3); point > 0; --point) {
    instance.keypoints.push_back({some_number(rng), some_number(rng), rng.below(3)});
  }
  return instance;
}

void expect_same(const Instance& a, const Instance& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.box, b.box);
  EXPECT_EQ(a.label, b.label);
  EXPECT_EQ(a.crowd, b.crowd);
  EXPECT_TRUE(same_bits(a.area, b.area));
  ASSERT_EQ(a.segmentation.polygons.size(), b.segmentation.polygons.size());
  for (size_t i = 0; i < a.segmentation.polygons.size(); ++i) {
    EXPECT_TRUE(std::equal(a.segmentation.polygons[i].begin(), a.segmentation.polygons[i].end(),
                           b.segmentation.polygons[i].begin(), b.segmentation.polygons[i].end(),
                           same_bits));
  }
  ASSERT_EQ(a.segmentation.rle.has_value(), b.segmentation.rle.has_value());
  if (a.segmentation.rle) {
    EXPECT_EQ(a.segmentation.rle->height, b.segmentation.rle->height);
    EXPECT_EQ(a.segmentation.rle->width, b.segmentation.rle->width);
    EXPECT_EQ(a.segmentation.rle->counts, b.segmentation.rle->counts);
  }
  ASSERT_EQ(a.keypoints.size(), b.keypoints.size());
  for (size_t i = 0; i < a.keypoints.size(); ++i) {
    EXPECT_TRUE(same_bits(a.keypoints[i].x, b.keypoints[i].x));
    EXPECT_TRUE(same_bits(a.keypoints[i].y, b.keypoints[i].y));
    EXPECT_EQ(a.keypoints[i].visibility, b.keypoints[i].visibility);
  }
}

TEST(InstanceColumns, GiveBackWhatWasAddedToTheLastBit) {
  Rng rng(1);
  std::vector<Instance> instances;
  InstanceColumns columns;
  for (int64_t id = 0; id < 500; ++id) {
    instances.push_back(some_instance(rng, id));
    columns.add(instances.back());
  }
  for (size_t i = 0; i < instances.size(); ++i) expect_same(columns.instance(i), instances[i]);
}

TEST(InstanceColumns, KeepNumbersThatAreNoHundredths) {
  const std::vector<double> odd = {-0.0,        0.1 + 0.2,           0.125,         1e300,
                                   21474836.48, -21474836.485,       21474836.4625, 5e-324,
                                   0.0,         std::nextafter(1, 2)};
  InstanceColumns columns;
  for (const double x : odd)
    columns.add(Instance{.segmentation = {.polygons = {{x, 1, 2, 3, 4, x}}}});
  for (size_t i = 0; i < odd.size(); ++i) {
    const std::vector<double> xy = columns.segmentation(i).polygons[0];
    EXPECT_TRUE(same_bits(xy[0], odd[i]) && same_bits(xy[5], odd[i]) && xy[1] == 1) << odd[i];
  }
}

TEST(InstanceColumns, ForgetWhatIsDiscarded) {
  const std::vector<double> triangle = {1, 2, 3, 4, 5, 6};
  InstanceColumns columns;
  columns.polygon(triangle);
  columns.discard();
  columns.add(Instance{.id = 7});
  columns.polygon(triangle);
  columns.add(InstanceColumns::Row{.id = 8});
  EXPECT_FALSE(columns.has_mask(0));
  EXPECT_THAT(columns.segmentation(1).polygons, testing::ElementsAre(triangle));
}

TEST(InstanceList, OutlivesWhatItWasMadeFromAndIsSharedByItsCopies) {
  InstanceList copy;
  {
    const InstanceList list = {{.id = 1, .box = {1, 2, 3, 4}}, {.id = 2, .label = 5}};
    copy = list;
  }
  ASSERT_EQ(copy.size(), 2);
  EXPECT_EQ(copy[1].label, 5);
  std::vector<int64_t> ids;
  for (const auto& instance : copy) ids.push_back(instance.id);
  EXPECT_THAT(ids, testing::ElementsAre(1, 2));
  EXPECT_TRUE(InstanceList().empty());
}

}  // namespace
}  // namespace fovea
