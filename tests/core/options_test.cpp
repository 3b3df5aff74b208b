#include "fovea/core/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/test_files.h"

namespace fovea {

// Found by OptionList::group through the namespace of the struct.
struct CookOptions {
  bool lid = true;
  int64_t eggs = 2;
  double heat = 0.5;
  std::string cook = "Ada";
  std::string dish = "soup";
  std::vector<std::string> herbs = {"dill"};
  ImageSize tray = {240, 320};
  Duration time = {90};
  Cadence stir = {100, Cadence::Unit::steps};
  enum class Fire { low, high };
  Fire fire = Fire::low;
};

static void fields(OptionList& field, CookOptions& o) {
  field("lid", o.lid, "with the lid on");
  field("eggs", o.eggs, at_least(1), "how many");
  field("heat", o.heat, between(0, 1), "of the stove");
  field("cook", o.cook, "who");
  field("dish", o.dish, std::vector<std::string>{"soup", "omelette"}, "what");
  field("herbs", o.herbs, "which");
  field("tray", o.tray, at_least(32), "pixels");
  field("time", o.time, "until done");
  field("stir", o.stir, "how often");
  field("fire", o.fire, {{"low", CookOptions::Fire::low}, {"high", CookOptions::Fire::high}},
        "kind");
}

namespace {

using ::testing::HasSubstr;

class Options : public ::testing::Test {
 protected:
  Options() { list.group("cook", options); }
  void set(const std::string& name, const std::string& text) {
    list.find("cook." + name).set(text);
  }
  std::string text(const std::string& name) { return list.find("cook." + name).text(); }
  std::string refusal(const std::string& name, const std::string& value) {
    return error_of([&] { set(name, value); });
  }
  CookOptions options;
  OptionList list;
};

TEST_F(Options, TakeEveryKindOfValueAsText) {
  set("lid", "false");
  set("eggs", "12");
  set("heat", "2.5e-1");
  set("cook", " any text, even this ");
  set("dish", "omelette");
  set("herbs", "[dill, \"a, b\"]");
  set("tray", "320");
  set("time", "11h30m");
  set("stir", "1epochs");
  set("fire", "high");
  EXPECT_FALSE(options.lid);
  EXPECT_EQ(options.eggs, 12);
  EXPECT_EQ(options.heat, 0.25);
  EXPECT_EQ(options.cook, " any text, even this ");
  EXPECT_EQ(options.dish, "omelette");
  EXPECT_EQ(options.herbs, (std::vector<std::string>{"dill", "a, b"}));
  EXPECT_EQ(options.tray, (ImageSize{320, 320}));
  EXPECT_EQ(options.time.seconds, 41400);
  EXPECT_EQ(options.stir.unit, Cadence::Unit::epochs);
  EXPECT_EQ(options.fire, CookOptions::Fire::high);
}

TEST_F(Options, ReadBackWhatTheyWrite) {
  options = {.lid = false,
             .eggs = 7,
             .heat = 0.1 + 0.2,
             .cook = "x",
             .dish = "omelette",
             .herbs = {"a b", "quote\"d", "", "c\\d", "two\nlines\there", "plain/word"},
             .tray = {64, 96},
             .time = {3 * 3600 + 5},
             .stir = {2.5, Cadence::Unit::seconds},
             .fire = CookOptions::Fire::high};
  CookOptions copy;
  OptionList other;
  other.group("cook", copy);
  for (const Option& option : list.options()) other.find(option.name).set(option.text());
  for (const Option& option : list.options()) {
    EXPECT_EQ(other.find(option.name).text(), option.text()) << option.name;
  }
  EXPECT_EQ(copy.heat, options.heat);
  EXPECT_EQ(copy.herbs, options.herbs);
}

TEST_F(Options, RememberTheDefaultTheyWereCollectedWith) {
  set("eggs", "9");
  EXPECT_EQ(list.find("cook.eggs").fallback, "2");
  EXPECT_EQ(list.find("cook.tray").fallback, "240x320");
  EXPECT_EQ(list.find("cook.stir").fallback, "100steps");
  EXPECT_EQ(list.find("cook.time").fallback, "1m30s");
  EXPECT_EQ(list.find("cook.herbs").fallback, "[dill]");
}

TEST_F(Options, SayWhichNumbersAreAllowed) {
  EXPECT_EQ(refusal("eggs", "0"), "is `0`, but must be 1 or more; the default is `2`");
  EXPECT_EQ(refusal("heat", "1.5"), "is `1.5`, but must be 0 to 1; the default is `0.5`");
  EXPECT_EQ(options.eggs, 2);
  EXPECT_EQ(list.find("cook.eggs").range, "whole number, 1 or more");
  EXPECT_EQ(list.find("cook.fire").range, "low | high");
}

TEST_F(Options, RefuseTextThatIsNoNumber) {
  EXPECT_EQ(refusal("eggs", "many"),
            "is `many`, but must be a whole number, 1 or more; the default is `2`");
  for (const char* bad : {"", "3.5", "3x", "0x10", "1e99", "nan", "--3", "3 4"}) {
    EXPECT_THAT(refusal("eggs", bad), HasSubstr("but must be a whole number")) << bad;
  }
  for (const char* bad : {"", "nan", "inf", "-inf", "0.5.", "0,5", "half"}) {
    EXPECT_THAT(refusal("heat", bad), HasSubstr("but must be a number")) << bad;
  }
}

TEST_F(Options, CountThreePointZeroAsWhole) {
  set("eggs", "3.0");
  EXPECT_EQ(options.eggs, 3);
  set("eggs", "1e3");
  EXPECT_EQ(options.eggs, 1000);
  set("eggs", "9007199254740993");  // 2^53 + 1 has no double
  EXPECT_EQ(options.eggs, 9007199254740993);
}

TEST_F(Options, RefuseOtherWords) {
  EXPECT_EQ(refusal("fire", "hot"), "is `hot`, but must be low or high; the default is `low`");
  EXPECT_EQ(refusal("dish", "pie"),
            "is `pie`, but must be soup or omelette; the default is `soup`");
  EXPECT_EQ(refusal("lid", "perhaps"),
            "is `perhaps`, but must be true or false; the default is `true`");
}

TEST_F(Options, RefuseSizesTimesAndCadencesWithoutSense) {
  for (const char* bad : {"31", "320x", "x320", "320x16", "320X320", "12.5", "1x2x3", "-64"}) {
    EXPECT_THAT(refusal("tray", bad), HasSubstr("HEIGHTxWIDTH in pixels, each 32 or more")) << bad;
  }
  for (const char* bad : {"", "90", "5y", "30m11h", "1h1h", "-5s", "h", "1..5s"}) {
    EXPECT_THAT(refusal("time", bad), HasSubstr("a time such as `90s`")) << bad;
  }
  for (const char* bad : {"", "100", "0steps", "0s", "1.5epochs", "-1steps", "steps", "2weeks"}) {
    EXPECT_THAT(refusal("stir", bad), HasSubstr("`100steps`")) << bad;
  }
}

TEST_F(Options, TakeNoTimeLimitAsNone) {
  set("time", "none");
  EXPECT_EQ(options.time.seconds, 0);
  EXPECT_EQ(text("time"), "none");
  set("time", "1.5h");
  EXPECT_EQ(options.time.seconds, 5400);
  EXPECT_EQ(text("time"), "1h30m");
  set("time", "0.00001s");
  EXPECT_EQ(text("time"), "0.00001s");  // without an exponent, which is not read
}

TEST_F(Options, NameTheNearestKnownOnes) {
  EXPECT_EQ(error_of([&] { list.find("cook.egs"); }),
            "unknown option `cook.egs`; did you mean `cook.eggs`?");
  EXPECT_THAT(error_of([&] { list.find("zzzzzzzz"); }), HasSubstr("`--help` lists all of them"));
}

TEST_F(Options, AreNamedOnce) {
  EXPECT_THROW(list.group("cook", options), std::logic_error);
}

TEST(RangeText, SaysWhatIsAllowed) {
  EXPECT_EQ(above(0).describe(), "above 0");
  EXPECT_EQ(at_least(0.5).describe(), "0.5 or more");
  EXPECT_EQ(between(0, 1).describe(), "0 to 1");
  EXPECT_EQ((Range{.low = 0, .high = 1, .low_open = true}).describe(), "above 0, 1 or less");
}

TEST(RangeCheck, HoldsItsEnds) {
  EXPECT_FALSE(above(0).contains(0));
  EXPECT_TRUE(above(0).contains(1e-300));
  EXPECT_TRUE(between(0, 1).contains(1));
  EXPECT_FALSE(between(0, 1).contains(std::nan("")));
}

}  // namespace
}  // namespace fovea
