#include "fovea/curate/gallery.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "fovea/core/json.h"
#include "fovea/image/encode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Base64, IsThatOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("\xFF\xFE\xFD\xFC"), "//79/A==");
}

TEST(MaskPath, OfPolygonsHasTheirCorners) {
  EXPECT_EQ(path_of({.polygons = {{0, 0, 10.04, 0, 10, 5.54}, {1, 1, 2, 1, 2, 2}}}),
            "M0 0L10 0L10 5.5ZM1 1L2 1L2 2Z");
}

TEST(MaskPath, OfRunsHasABarForEachOfThem) {
  Segmentation mask;  // of 4 x 2 pixels: column 0 rows 1 to 2, column 1 row 3
  mask.rle = Rle{.height = 4, .width = 2, .counts = {1, 2, 4, 1}};
  EXPECT_EQ(path_of(mask), "M0 1h1v2h-1ZM1 3h1v1h-1Z");
}

TEST(MaskPath, OfALargeMaskStaysSmall) {
  Segmentation mask;
  mask.rle = Rle{.height = 2000, .width = 3000, .counts = {0, 6'000'000}};
  const std::string path = path_of(mask);
  EXPECT_EQ(std::count(path.begin(), path.end(), 'M'), 128);
}

class Page : public testing::Test {
 protected:
  std::string make(const std::vector<ShownImage>& images, GalleryOptions options = {}) const {
    NoLog log;
    options.images_in_all = 9;
    return gallery_page(images, {.categories = {{1, kHostile}}}, options, log);
  }
  /// What stands in the script element of that id, as JSON.
  static JsonDocument data(const std::string& page, const std::string& id) {
    const std::string start = "<script type=\"application/json\" id=\"" + id + "\">";
    const size_t begin = page.find(start) + start.size();
    return JsonDocument::parse(page.substr(begin, page.find("</script>", begin) - begin), id);
  }

  static constexpr const char* kHostile = "</script><script>alert(1)</script><!-- \" ' & {{large}}";
  TempFolder folder_;
  Record record_ = {.id = 4,
                    .path = folder_.write("<img src=x onerror=alert(1)>.jpg",
                                          encode_jpeg(Image::filled(300, 600, 200, 30, 30), 90)),
                    .height = 300,
                    .width = 600};
  ShownImage image_ = {
      .record = &record_,
      .truth = {{.box = {10, 20, 30, 40}, .id = 3, .verdict = Verdict::missed}},
      .found = {{.box = {1, 2, 3, 4}, .score = 0.87654, .verdict = Verdict::wrong}}};
};

TEST_F(Page, HoldsItsPicturesAndDataAndAsksForNothingElse) {
  const std::string page = make({image_}, {.title = "a < b"});
  EXPECT_THAT(page, HasSubstr("<title>a &lt; b</title>"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* outside : {"src=\"http", "href=", "url(", "@import", "fetch("}) {
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  }
  const JsonDocument images = data(page, "images");
  const JsonValue image = images.root().items().at(0);
  EXPECT_EQ(image.at("width").integer(), 600);
  EXPECT_THAT(std::string(image.at("thumb").text()), StartsWith("data:image/jpeg;base64,/9j/"));
  EXPECT_EQ(image.at("truth").items()[0].at("box").items()[3].number(), 40);
  EXPECT_EQ(image.at("truth").items()[0].at("verdict").text(), "missed");
  EXPECT_EQ(image.at("found").items()[0].at("score").number(), 0.877);
  EXPECT_EQ(data(page, "head").root().at("inAll").integer(), 9);
}

TEST_F(Page, EscapesNamesThatWouldEndAScript) {
  const std::string page = make({image_}, {.title = kHostile});
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("<img src=x")));
  EXPECT_EQ(data(page, "head").root().at("classes").items()[0].at("name").text(), kHostile);
  EXPECT_EQ(data(page, "head").root().at("title").text(), kHostile);
  EXPECT_EQ(data(page, "images").root().items()[0].at("name").text(),
            "<img src=x onerror=alert(1)>.jpg");
}

TEST_F(Page, HasTheSameBytesAgainAndLargePicturesWhenAskedFor) {
  const std::string page = make({image_, image_, image_});
  EXPECT_EQ(make({image_, image_, image_}), page);
  EXPECT_THAT(page, HasSubstr("id=\"large-2\">data:image/jpeg;base64,"));
  EXPECT_THAT(make({image_}, {.large = 0}), Not(HasSubstr("id=\"large-0\"")));
}

TEST_F(Page, NamesAPictureThatCannotBeRead) {
  record_.path = folder_.write("broken.jpg", "no picture");
  EXPECT_THAT(error_of([&] { make({image_}); }), HasSubstr("broken.jpg"));
}

}  // namespace
}  // namespace fovea
