#include "fovea/data/rle.h"

#include <gmock/gmock.h>

#include <array>
#include <map>
#include <numeric>
#include <optional>

#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/core/random.h"
#include "support/test_files.h"

namespace fovea {
namespace {

/// Nothing when the text is broken.
std::optional<std::vector<uint32_t>> decoded(std::string_view text) {
  std::vector<uint32_t> counts;
  if (!decode_counts(text, counts)) return {};
  return counts;
}

TEST(DecodeCounts, ReadsWhatCocoWrites) {  // texts from pycocotools' own tests
  EXPECT_EQ(decoded("13"), (std::vector<uint32_t>{1, 3}));
  EXPECT_EQ(decoded("P128000V1"), (std::vector<uint32_t>{32, 2, 8, 2, 8, 2, 46}));
}

TEST(DecodeCounts, RefusesBrokenTexts) {
  EXPECT_FALSE(decoded("1S")) << "ends inside a number";
  EXPECT_FALSE(decoded("1 3")) << "a character outside the alphabet";
  EXPECT_FALSE(decoded("O")) << "a negative count";
  EXPECT_FALSE(decoded("oooooooo0")) << "more than 32 bits";
}

TEST(DecodeCounts, SumsToTheSizeOfEachSharedMask) {
  SKIP_WITHOUT_SHARED_DATA();
  const JsonDocument cases =
      JsonDocument::read(shared_data() / "eval-vectors/mask-api/rle-edge-cases.json");
  for (const JsonValue& entry : cases.root().items()) {
    const auto counts = decoded(entry.at("counts").text());
    const std::vector<JsonValue> size = entry.at("size").items();
    const bool whole = counts && std::accumulate(counts->begin(), counts->end(), int64_t{0}) ==
                                     size[0].integer() * size[1].integer();
    const auto decodes = entry.find("decodes");
    EXPECT_EQ(whole, !decodes || decodes->boolean()) << entry.pointer();
  }
}

std::string encoded(const std::vector<uint32_t>& counts) {
  std::string text;
  encode_counts(counts, text);
  return text;
}

TEST(EncodeCounts, WritesWhatIsDecodedAgain) {
  EXPECT_EQ(encoded({32, 2, 8, 2, 8, 2, 46}), "P128000V1");
  Rng random(7);
  for (int i = 0; i < 1000; ++i) {
    std::vector<uint32_t> counts(static_cast<size_t>(1 + random.below(30)));
    for (uint32_t& count : counts)
      count = static_cast<uint32_t>(random.below(int64_t{1} << random.below(31)));
    EXPECT_EQ(decoded(encoded(counts)), counts);
  }
}

std::vector<std::vector<double>> polygons_of(const JsonValue& lists) {
  std::vector<std::vector<double>> polygons;
  for (const JsonValue& list : lists.items()) {
    auto& polygon = polygons.emplace_back();
    for (const JsonValue& number : list.items()) polygon.push_back(number.number());
  }
  return polygons;
}

Box box_of(const JsonValue& list) {
  const std::vector<JsonValue> sides = list.items();
  return {sides[0].number(), sides[1].number(), sides[2].number(), sides[3].number()};
}

TEST(Rle, OfPolygonsIsPycocotools) {
  const JsonDocument golden = JsonDocument::read(source_folder() / "tests/golden/masks.json");
  ASSERT_EQ(golden.root().size(), 160);
  Rle before;
  for (const JsonValue& entry : golden.root().items()) {
    SCOPED_TRACE(entry.pointer());
    const std::vector<JsonValue> size = entry.at("size").items();
    const Rle rle = rle_of(polygons_of(entry.at("polygons")), size[0].integer(), size[1].integer());
    EXPECT_EQ(encoded(rle.counts), entry.at("counts").text());
    EXPECT_EQ(area_of(rle), entry.at("area").integer());
    EXPECT_EQ(bounds_of(rle), box_of(entry.at("bbox")));
    if (const auto iou = entry.find("iou")) {
      EXPECT_EQ(overlap(rle, before, false), iou->number());
      EXPECT_EQ(overlap(rle, before, true), entry.at("crowd_iou").number());
    }
    before = rle;
  }
}

TEST(Rle, OfTheSharedMasksIsPycocotools) {
  SKIP_WITHOUT_SHARED_DATA();
  const fs::path folder = shared_data() / "eval-vectors/mask-api";
  const JsonDocument expected = JsonDocument::read(folder / "coco-permissive-val.json");
  const JsonDocument truth = JsonDocument::read(folder / expected.root().at("gt").text());
  std::map<int64_t, JsonValue> annotations;
  for (const JsonValue& entry : truth.root().at("annotations").items()) {
    annotations.emplace(entry.at("id").integer(), entry);
  }
  std::map<int64_t, Rle> masks;
  for (const JsonValue& entry : expected.root().at("annotations").items()) {
    SCOPED_TRACE(entry.pointer());
    const std::vector<JsonValue> size = entry.at("rle").at("size").items();
    const JsonValue segmentation = annotations.at(entry.at("id").integer()).at("segmentation");
    Rle rle{.height = size[0].integer(), .width = size[1].integer()};
    if (segmentation.is(JsonValue::Kind::array)) {
      rle = rle_of(polygons_of(segmentation), rle.height, rle.width);
    } else {
      ASSERT_TRUE(decode_counts(entry.at("rle").at("counts").text(), rle.counts));
    }
    EXPECT_EQ(encoded(rle.counts), entry.at("rle").at("counts").text());
    EXPECT_EQ(area_of(rle), entry.at("area").integer());
    EXPECT_EQ(bounds_of(rle), box_of(entry.at("bbox")));
    masks.emplace(entry.at("id").integer(), rle);
  }
  for (const JsonValue& image :
       expected.root().at("pairwise_iou_rows_are_dt_cols_are_gt").items()) {
    const std::vector<JsonValue> ids = image.at("ann_ids").items();
    const std::vector<JsonValue> crowds = image.at("iscrowd").items();
    for (size_t d = 0; d < ids.size(); ++d) {
      const std::vector<JsonValue> row = image.at("mask_iou").items()[d].items();
      for (size_t g = 0; g < ids.size(); ++g) {
        EXPECT_EQ(overlap(masks.at(ids[d].integer()), masks.at(ids[g].integer()),
                          crowds[g].integer() != 0),
                  row[g].number());
      }
    }
  }
}

/// A mask of random runs, pixel by pixel.
PixelMask random_mask(Rng& random, int64_t height, int64_t width) {
  PixelMask mask{.height = height, .width = width};
  bool on = random.below(2) == 1;
  while (mask.on.size() < static_cast<size_t>(height * width)) {
    if (random.below(5) == 0) on = !on;
    mask.on.push_back(on ? 1 : 0);
  }
  return mask;
}

/// The slow and plain way that the fast one is held against.
TEST(Rle, AgreesWithPixelsOneByOne) {
  Rng random(11);
  for (int i = 0; i < 300; ++i) {
    const int64_t height = 1 + random.below(9);
    const int64_t width = 1 + random.below(9);
    const PixelMask a = random_mask(random, height, width);
    const PixelMask b = random_mask(random, height, width);
    int64_t both = 0;
    int64_t either = 0;
    PixelMask united = a;
    for (size_t p = 0; p < a.on.size(); ++p) {
      both += a.on[p] & b.on[p];
      either += a.on[p] | b.on[p];
      united.on[p] |= b.on[p];
    }
    const Rle runs_a = runs_of(a);
    const Rle runs_b = runs_of(b);
    EXPECT_EQ(pixels_of(runs_a).on, a.on);
    EXPECT_EQ(area_of(runs_a), a.area());
    const double expected = both == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either);
    EXPECT_EQ(overlap(runs_a, runs_b, false), expected);
    const double of_crowd =
        both == 0 ? 0 : static_cast<double>(both) / static_cast<double>(a.area());
    EXPECT_EQ(overlap(runs_a, runs_b, true), of_crowd);
    const std::array pair = {runs_a, runs_b};
    EXPECT_EQ(pixels_of(merge(pair, Merge::unite)).on, united.on);
  }
}

}  // namespace
}  // namespace fovea
