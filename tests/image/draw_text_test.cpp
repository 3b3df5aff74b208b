#include "fovea/image/draw_text.h"

#include <gmock/gmock.h>

#include <limits>
#include <string>

namespace fovea {
namespace {

constexpr Color kRed{255, 0, 0};
constexpr Color kGreen{0, 200, 0};

Image black(int64_t height, int64_t width) {
  return Image::filled(height, width, 0, 0, 0);
}

int64_t lit(const Image& image) {
  int64_t count = 0;
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    const int brightest = std::max({image.pixels[i], image.pixels[i + 1], image.pixels[i + 2]});
    count += brightest > 0 ? 1 : 0;
  }
  return count;
}

int64_t pixels_of(const Image& image, Color color) {
  int64_t count = 0;
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    count += Color{image.pixels[i], image.pixels[i + 1], image.pixels[i + 2]} == color ? 1 : 0;
  }
  return count;
}

Image tagged(int64_t height, int64_t width, const std::vector<Tag>& tags) {
  Image image = black(height, width);
  draw_tags(image, tags);
  return image;
}

Tag tag_at(double left, double top, double right, double bottom, const std::string& text,
           Color color = kRed) {
  return {.left = left, .top = top, .right = right, .bottom = bottom, .text = text, .color = color};
}

TEST(DrawTags, PutsANameAboveItsBox) {
  const Image image = tagged(100, 200, {tag_at(20, 50, 120, 90, "cat 0.97")});
  EXPECT_GT(lit(image), 200);
  for (int64_t y = 50; y < 100; ++y) EXPECT_EQ(image.at(30, y)[0], 0) << y;
}

TEST(DrawTags, StaysInsideThePictureWhereverTheBoxIs) {
  const std::string name = "ящик ñ";
  const int64_t whole = lit(tagged(80, 200, {tag_at(50, 50, 90, 60, name)}));
  const double far = std::numeric_limits<double>::infinity();
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (const Tag& tag :
       {tag_at(-40, -9, 5, 5, name), tag_at(500, 500, 600, 600, name), tag_at(0, 0, 200, 80, name),
        tag_at(none, none, none, none, name), tag_at(-far, -far, far, far, name)}) {
    EXPECT_EQ(lit(tagged(80, 200, {tag})), whole) << tag.left << " " << tag.top;
  }
}

TEST(DrawTags, HideNoOtherName) {
  const Tag red = tag_at(20, 50, 180, 150, "person #1");
  Tag green = red;
  green.color = kGreen;
  const Image both = tagged(200, 200, {red, green});
  EXPECT_EQ(pixels_of(both, kRed), pixels_of(tagged(200, 200, {red}), kRed));
  EXPECT_EQ(pixels_of(both, kGreen), pixels_of(tagged(200, 200, {green}), kGreen));
}

TEST(DrawTags, AreShortThenLeftOutWhereThereIsNoRoom) {
  Tag tag = tag_at(0, 0, 110, 14, "cat #123456");  // most of a line, all that there is
  tag.short_text = "cat";
  const auto ground = [&](size_t count) {
    return pixels_of(tagged(14, 110, std::vector<Tag>(count, tag)), kRed);
  };
  EXPECT_GT(ground(2), ground(1));
  EXPECT_LT(ground(2), 2 * ground(1));
  EXPECT_EQ(ground(3), ground(2));
}

TEST(DrawTags, LeaveASmallBoxToBeSeen) {
  // The name of the large box would lie above it, where the small one is.
  const Image image =
      tagged(200, 200, {tag_at(40, 80, 180, 180, "table"), tag_at(45, 68, 57, 79, "")});
  for (int64_t y = 68; y < 79; ++y) EXPECT_EQ(image.at(50, y)[0], 0) << y;
  EXPECT_GT(lit(image), 200);
}

TEST(DrawTags, OfHundredsOfBoxesLeaveMostOfThePictureToBeSeen) {
  std::vector<Tag> tags;
  for (int i = 0; i < 400; ++i) {
    const double left = i % 20 * 20;
    const double top = i / 20 * 20;
    tags.push_back(tag_at(left, top, left + 15, top + 15, "person #123"));
  }
  const int64_t covered = lit(tagged(400, 400, tags));
  EXPECT_GT(covered, 400 * 400 / 6);
  EXPECT_LT(covered, 400 * 400 / 4);
}

TEST(DrawTags, TakesPicturesWithoutRoomAndTextThatIsNoUtf8) {
  EXPECT_GT(lit(tagged(30, 40, {tag_at(0, 20, 9, 9, "a very long name of a category")})), 100);
  EXPECT_EQ(lit(tagged(2, 3, {tag_at(0, 0, 1, 1, "name")})), 0);
  EXPECT_GT(lit(tagged(30, 80, {tag_at(0, 20, 9, 9, "\xFF\xFE\x80")})), 20);
}

TEST(DrawText, GoesOnInFurtherLinesUpToTheLast) {
  Image image = black(200, 120);
  const std::string text = "a problem that takes more than one line to say, and more than two";
  const auto height = [&](int64_t lines) {
    return draw_text(image, 0, 0, text, {.max_width = 110, .max_lines = lines, .ink = kRed});
  };
  EXPECT_EQ(height(2), 2 * height(1));
  EXPECT_EQ(height(3), 3 * height(1));
  EXPECT_EQ(draw_text(image, 0, 0, "short", {.max_width = 110, .max_lines = 3}), height(1));
}

TEST(CanBeDrawn, KnowsLettersThatNoFontHas) {
  EXPECT_TRUE(can_be_drawn("person, ящик"));
  EXPECT_FALSE(can_be_drawn("\U000F1234"));  // a plane for private use
}

}  // namespace
}  // namespace fovea
