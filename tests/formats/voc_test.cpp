#include <gmock/gmock.h>

#include "fovea/core/files.h"
#include "fovea/formats/voc.h"
#include "fovea/image/encode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

std::string object(const std::string& name, const std::string& corners,
                   const std::string& more = "") {
  return "<object><name>" + name + "</name>" + more + "<bndbox>" + corners + "</bndbox></object>\n";
}

const std::string kCorners = "<xmin>1</xmin><ymin>2</ymin><xmax>10</xmax><ymax>20</ymax>";

VocAnnotation parse(const std::string& inner, Losses& lost,
                    VocCorners corners = VocCorners::from_one) {
  Passed passed;
  return parse_voc("<annotation>\n" + inner + "</annotation>", "a.xml", corners, passed, lost);
}

std::string refusal(const std::string& inner) {
  Losses lost;
  return error_of([&] { parse(inner, lost); });
}

TEST(VocXml, CountsPixelsFromOneUnlessToldOtherwise) {
  Losses lost;
  EXPECT_EQ(parse(object("cat", kCorners), lost).instances.at(0).box,
            (Box{.left = 0, .top = 1, .width = 10, .height = 19}));
  EXPECT_EQ(parse(object("cat", kCorners), lost, VocCorners::from_zero).instances.at(0).box,
            (Box{.left = 1, .top = 2, .width = 9, .height = 18}));
}

TEST(VocXml, TakesDifficultObjectsForCrowdsAndCountsWhatCocoCannotHold) {
  Losses lost;
  const VocAnnotation read = parse(
      object(
          "a &amp; b", kCorners,
          "<pose>Left</pose><truncated>1</truncated><difficult>1</difficult><occluded>1</occluded>"
          "<part><name>head</name></part><attributes/>"),
      lost);
  EXPECT_TRUE(read.instances.at(0).crowd);
  EXPECT_THAT(read.classes, ElementsAre("a & b"));
  for (const Loss loss :
       {Loss::poses, Loss::truncated, Loss::occluded, Loss::parts, Loss::elements}) {
    EXPECT_EQ(lost.of(loss), 1);
  }
}

TEST(VocXml, RefusesWhatIsWrongWithItsLine) {
  EXPECT_THAT(refusal("<object>\n"), StartsWith("a.xml:3: no XML at byte 2"));
  EXPECT_THAT(refusal(object("", kCorners)), StartsWith("a.xml:2: an object without <name>; "));
  EXPECT_THAT(refusal("\n<object><name>x</name></object>"),
              StartsWith("a.xml:3: an object without <bndbox>"));
  EXPECT_THAT(refusal(object("x", "<xmin>1</xmin>")), HasSubstr("a box without <ymin>"));
  EXPECT_THAT(refusal(object("x", "<xmin>nan</xmin>")), HasSubstr("<xmin> is `nan`"));
  EXPECT_THAT(refusal(object("x", kCorners, "<difficult>2</difficult>")),
              HasSubstr("<difficult> is `2`; give 0 or 1"));
  EXPECT_THAT(refusal("<size><width>1.5</width></size>"), HasSubstr("<width> is `1.5`"));
  EXPECT_THAT(refusal("\xe4"), StartsWith("a.xml:2: byte 0xe4 does not belong to UTF-8"));
  Passed passed;
  Losses lost;
  EXPECT_THAT(error_of([&] { parse_voc("<x/>", "a.xml", VocCorners::from_one, passed, lost); }),
              StartsWith("a.xml:1: has no element <annotation>"));
}

TEST(VocXml, WritesWholePixelsOrFractionsAndSaysWhichWereMoved) {
  const std::vector<Category> categories = {{.id = 1, .name = "a & <b>"}};
  const Record record{.height = 40,
                      .width = 30,
                      .instances = std::vector<Instance>{
                          {.box = {.left = 2.25, .top = 3, .width = 4.5, .height = 5}}}};
  for (const bool fractions : {false, true}) {
    Losses lost;
    Passed passed;
    const std::string text = voc_text(record, "ä.jpg", categories, fractions, lost);
    const VocAnnotation again = parse_voc(text, "a", VocCorners::from_one, passed, lost);
    EXPECT_EQ(again.filename, "ä.jpg");
    EXPECT_EQ(again.width, 30);
    EXPECT_THAT(again.classes, ElementsAre("a & <b>"));
    EXPECT_EQ(again.instances.at(0).box.left, fractions ? 2.25 : 2);
    EXPECT_EQ(again.instances[0].box.right(), fractions ? 6.75 : 7);
    EXPECT_EQ(lost.of(Loss::fractions), fractions ? 0 : 1);
  }
}

class VocLayout : public testing::Test {
 protected:
  void picture(const std::string& name) const {
    folder_.write(name, encode_png(Image::filled(50, 100, 1, 2, 3)));
  }
  void xml(const std::string& name, const std::string& inner) const {
    folder_.write(name, "<annotation>" + inner + "</annotation>");
  }
  std::vector<Split> read() { return read_voc(folder_.path(), VocCorners::from_one, reading_); }
  TempFolder folder_;
  NoLog log_;
  Reading reading_{.log = log_};
};

TEST_F(VocLayout, ReadsTheSplitsOfImageSets) {
  for (const std::string name : {"1", "2"}) {
    picture("JPEGImages/" + name + ".png");
    xml("Annotations/" + name + ".xml", object(name == "1" ? "dog" : "cat", kCorners));
    folder_.write("ImageSets/Main/" + std::string(name == "1" ? "train" : "val") + ".txt", name);
  }
  const auto splits = read();
  ASSERT_THAT(splits, SizeIs(2));
  EXPECT_EQ(splits[1].name, "val");
  EXPECT_THAT(splits[1].names, ElementsAre("2.png"));
  EXPECT_EQ(splits[0].dataset.categories[0].name, "cat");
  EXPECT_EQ(splits[0].dataset.records[0].instances[0].label, 1);
}

TEST_F(VocLayout, KeepsTheOrderOfAListOfClasses) {
  picture("train/a.png");
  xml("train/a.xml", object("cat", kCorners));
  folder_.write("classes.txt", "dog\ncat\n");
  EXPECT_EQ(read().at(0).dataset.records[0].instances[0].label, 1);
  folder_.write("classes.txt", "dog\n");
  EXPECT_THAT(error_of([&] { read(); }), HasSubstr("classes.txt: does not list the class `cat`"));
  folder_.write("classes.txt", "cat\ncat\n");
  EXPECT_THAT(error_of([&] { read(); }),
              HasSubstr("classes.txt:2: `cat` stands on line 1 already"));
}

TEST_F(VocLayout, RefusesPicturesThatAreMissingElsewhereOrOfAnotherSize) {
  xml("train/a.xml", object("cat", kCorners));
  EXPECT_THAT(error_of([&] { read(); }),
              HasSubstr("a.xml: there is no picture `` and none called a"));
  picture("a.png");
  xml("train/a.xml", "<filename>../a.png</filename>");
  EXPECT_THAT(error_of([&] { read(); }), HasSubstr("<filename> `../a.png` leaves "));
  picture("train/a.png");
  xml("train/a.xml", "<size><width>9</width><height>9</height></size>");
  EXPECT_THAT(error_of([&] { read(); }),
              HasSubstr("<size> is 9 x 9 pixels, but the picture has 100 x 50"));
  xml("train/a.xml", object("x", "<xmin>500</xmin><ymin>2</ymin><xmax>600</xmax><ymax>9</ymax>"));
  EXPECT_THAT(error_of([&] { read(); }), HasSubstr("lies outside its picture of 100 x 50"));
}

TEST_F(VocLayout, PassesOverWhatIsBadWhereThatIsWanted) {
  picture("train/a.png");
  xml("train/a.xml", object("cat", kCorners));
  folder_.write("train/b.xml", "<annotation");
  reading_.passed.skip = true;
  EXPECT_THAT(read().at(0).names, ElementsAre("a.png"));
  EXPECT_EQ(reading_.passed.count, 1);
}

TEST_F(VocLayout, NotesCornersThatSeemToCountFromZero) {
  picture("train/a.png");
  xml("train/a.xml", object("x", "<xmin>0</xmin><ymin>2</ymin><xmax>6</xmax><ymax>9</ymax>"));
  read();
  EXPECT_THAT(reading_.remarks, ElementsAre(HasSubstr("1 box begins at corner 0")));
}

TEST_F(VocLayout, GivesPicturesOfOneNameTheirSplitsNames) {
  picture("a.png");
  const auto split = [&](const std::string& name) {
    return Split{.name = name,
                 .dataset = {.categories = {{.id = 1, .name = "x"}},
                             .records = {{.id = 1, .path = folder_ / "a.png"}}},
                 .names = {"a.png"}};
  };
  Writing writing{.out = folder_ / "out"};
  write_voc({split("train"), split("val")}, false, writing);
  EXPECT_EQ(writing.pictures.at(1).to, folder_ / "out/JPEGImages/val_a.png");
  EXPECT_EQ(writing.lost.of(Loss::renamed), 2);
  EXPECT_EQ(read_whole(folder_ / "out/ImageSets/Main/val.txt"), "val_a\n");
}

}  // namespace
}  // namespace fovea
