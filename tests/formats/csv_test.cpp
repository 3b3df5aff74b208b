#include <gmock/gmock.h>

#include "fovea/core/files.h"
#include "fovea/formats/csv.h"
#include "fovea/formats/csv_fields.h"
#include "fovea/image/encode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

const std::string kHeader = "image,xmin,ymin,xmax,ymax,label\n";

std::vector<CsvObject> parse(const std::string& text) {
  Passed passed;
  Losses lost;
  return parse_csv(text, "a.csv", passed, lost);
}

std::string refusal(const std::string& lines) {
  return error_of([&] { parse(kHeader + lines); });
}

TEST(Csv, TakesColumnsInAnyOrderQuotesAndPicturesWithoutObjects) {
  const auto objects = parse(
      "\xef\xbb\xbflabel,width,image,xmin,ymax,xmax,ymin\r\n"
      "\"a \"\"b\"\", c\",9,x.jpg,1.5,20,10,2\r\n"
      "\r\n"
      ",,y.jpg,,,,\r\n");
  ASSERT_THAT(objects, SizeIs(2));
  EXPECT_EQ(objects[0].label, "a \"b\", c");
  EXPECT_EQ(*objects[0].box, (Box{.left = 1.5, .top = 2, .width = 8.5, .height = 18}));
  EXPECT_EQ(objects[1].image, "y.jpg");
  EXPECT_FALSE(objects[1].box);
  EXPECT_EQ(objects[1].line, 4);
}

TEST(Csv, RefusesWhatIsWrongWithItsLine) {
  EXPECT_THAT(error_of([] { parse(""); }), StartsWith("a.csv: is empty; "));
  EXPECT_THAT(error_of([] { parse("image,xmin,ymin,xmax,label\n"); }),
              StartsWith("a.csv:1: has no column `ymax`; "));
  EXPECT_THAT(error_of([] { parse("image,filename,xmin,ymin,xmax,ymax,label\n"); }),
              HasSubstr("two columns are called `image`"));
  EXPECT_THAT(refusal("x.jpg,1,2,3,4\n"),
              StartsWith("a.csv:2: 5 fields, but the first line names 6"));
  EXPECT_THAT(refusal("x.jpg,1,2,3,inf,a\n"), StartsWith("a.csv:2: ymax is `inf`; "));
  EXPECT_THAT(refusal("x.jpg,1,,3,4,a\n"), HasSubstr("ymin is ``"));
  EXPECT_THAT(refusal("x.jpg,1,2,3,4,\n"), HasSubstr("has a box but no label"));
  EXPECT_THAT(refusal(",1,2,3,4,a\n"), HasSubstr("names no image"));
  EXPECT_THAT(refusal("x.jpg,1,2,3,4,a\n\"x\n"),
              StartsWith("a.csv:3: a quote that is never closed"));
  EXPECT_THAT(refusal("\"x\ny.jpg\",1,2,3,4,a\nz.jpg,1\n"), StartsWith("a.csv:4: 2 fields"));
  EXPECT_THAT(refusal("\"x\"y,1,2,3,4,a\n"), HasSubstr("text after a closing quote"));
  EXPECT_THAT(refusal("x.jpg,1,2,3,4,\xff\n"), StartsWith("a.csv:2: byte 0xff"));
}

TEST(Csv, PassesOverLinesWithBadQuotesUpToTheNext) {
  Passed passed{.skip = true};
  Losses lost;
  const auto objects = parse_csv(kHeader +
                                     "\"x\"y,1,2,3,4,a\nb.jpg,1,2,3,4,a\n\"c.jpg,1,2,3,4,a\n"
                                     "d.jpg,1,2,3,4,a\n",
                                 "a.csv", passed, lost);
  ASSERT_THAT(objects, SizeIs(2));
  EXPECT_EQ(objects[0].image, "b.jpg");
  EXPECT_EQ(objects[1].image, "d.jpg");
  EXPECT_EQ(objects[1].line, 5);
  EXPECT_THAT(passed.messages, ElementsAre(StartsWith("a.csv:2: text after a closing quote"),
                                           StartsWith("a.csv:4: a quote that is never closed")));
}

TEST(Csv, RefusesFractionsWherePixelsAreNeeded) {
  const TempFolder folder;
  folder.write("a.png", encode_png(Image::filled(50, 100, 1, 2, 3)));
  NoLog log;
  Reading reading{.log = log};
  folder.write("train.csv", kHeader + "a.png,0.1,0.2,0.3,1,x\na.png,0,0,1,1,x\n");
  EXPECT_THAT(error_of([&] { read_csv(folder.path(), reading); }),
              HasSubstr("train.csv:2: this and every other box lies between 0 and 1: fractions, "
                        "where pixels are needed; multiply x by the picture's width"));
  folder.write("train.csv", kHeader + "a.png,0.1,0.2,0.3,1,x\na.png,0,0,1,2,x\n");
  EXPECT_THAT(read_csv(folder.path(), reading), SizeIs(1));
}

TEST(Csv, FindsPicturesBesideTheFileAndInTheFolderOfTheSplit) {
  const TempFolder folder;
  const std::string png = encode_png(Image::filled(50, 100, 1, 2, 3));
  for (const char* name : {"train/a.png", "images/train/b.png", "c.png"}) folder.write(name, png);
  folder.write("train.csv", kHeader +
                                "train/a.png,1,2,3,4,x\nb.png,,,,,\nc.png,1,2,3,4,y\n"
                                "train/a.png,5,6,7,8,y\n");
  NoLog log;
  Reading reading{.log = log};
  const auto splits = read_csv(folder.path(), reading);
  ASSERT_THAT(splits, SizeIs(1));
  EXPECT_THAT(splits[0].names, ElementsAre("a.png", "b.png", "c.png"));
  EXPECT_THAT(splits[0].dataset.records[0].instances, SizeIs(2));
  EXPECT_THAT(splits[0].dataset.records[1].instances, SizeIs(0));
  folder.write("train.csv", kHeader + "../a.png,1,2,3,4,x\n");
  EXPECT_THAT(error_of([&] { read_csv(folder.path(), reading); }),
              HasSubstr("train.csv:2: `../a.png` leaves "));
  folder.write("train.csv", kHeader + "c.png,1,2,1,4,x\n");
  EXPECT_THAT(error_of([&] { read_csv(folder.path(), reading); }),
              HasSubstr("train.csv:2: the box is 0 x 2 pixels"));
  folder.write("train.csv", kHeader + "d.png,1,2,3,4,x\n");
  EXPECT_THAT(error_of([&] { read_csv(folder.path(), reading); }),
              HasSubstr("train.csv:2: there is no picture `d.png`"));
}

}  // namespace
}  // namespace fovea
