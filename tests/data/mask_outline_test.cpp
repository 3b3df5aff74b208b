#include "fovea/data/mask_outline.h"

#include <gmock/gmock.h>

#include <string>

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Rows of '#' and '.'.
PixelMask mask_of(const std::vector<std::string>& rows) {
  PixelMask mask{.height = std::ssize(rows), .width = std::ssize(rows.front())};
  for (const std::string& row : rows) {
    for (const char c : row) mask.on.push_back(c == '#' ? 1 : 0);
  }
  return mask;
}

TEST(MaskOutline, FollowsThePixelEdgesOfABlockClockwise) {
  EXPECT_THAT(outlines_of(mask_of({"....", ".##.", ".##."})),
              ElementsAre(ElementsAre(1, 1, 3, 1, 3, 3, 1, 3)));
}

TEST(MaskOutline, TurnsAtEveryStep) {
  EXPECT_THAT(outlines_of(mask_of({"#.", "##"})),
              ElementsAre(ElementsAre(0, 0, 1, 0, 1, 1, 2, 1, 2, 2, 0, 2)));
}

TEST(MaskOutline, GivesOnePolygonForEachPartAlsoWhereCornersTouch) {
  EXPECT_THAT(outlines_of(mask_of({"#.", ".#"})), ElementsAre(ElementsAre(0, 0, 1, 0, 1, 1, 0, 1),
                                                              ElementsAre(1, 1, 2, 1, 2, 2, 1, 2)));
}

TEST(MaskOutline, GivesNoneWhereThereIsAHole) {
  EXPECT_THAT(outlines_of(mask_of({"###", "#.#", "###"})), IsEmpty());
  // One that is open at a corner can be walked around.
  EXPECT_THAT(outlines_of(mask_of({"##.", "#.#", "###"})), testing::SizeIs(1));
}

TEST(MaskOutline, GivesTheEdgesOfHolesAfterThatOfTheirPart) {
  EXPECT_THAT(
      edges_of(mask_of({"###", "#.#", "###"})),
      ElementsAre(ElementsAre(0, 0, 3, 0, 3, 3, 0, 3), ElementsAre(1, 2, 2, 2, 2, 1, 1, 1)));
}

TEST(MaskOutline, RunsGoDownTheColumnsBackgroundFirst) {
  EXPECT_THAT(runs_of(mask_of({"#.", "##"})).counts, ElementsAre(0, 2, 1, 1));
  EXPECT_THAT(runs_of(mask_of({"..", ".."})).counts, ElementsAre(4));
}

TEST(MaskOutline, MeasuresAreaAndBounds) {
  const PixelMask mask = mask_of({"....", "..#.", ".##."});
  EXPECT_EQ(mask.area(), 3);
  EXPECT_EQ(mask.bounds(), (Box{1, 1, 2, 2}));
  EXPECT_EQ(mask_of({".."}).bounds(), Box{});
}

}  // namespace
}  // namespace fovea
