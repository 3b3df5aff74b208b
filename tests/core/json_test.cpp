#include "fovea/core/json.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "support/test_files.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

JsonDocument parsed(std::string_view text) {
  return JsonDocument::parse(text, "train.json");
}

std::string parse_error(std::string_view text) {
  return error_of([&] { parsed(text); });
}

template <class T>
std::string written(T value) {
  std::ostringstream out;
  JsonWriter(out).value(value);
  return out.str();
}

TEST(JsonValue, ReadsEveryKind) {
  const JsonDocument document =
      parsed(R"({"a": [1, 2.5, -3], "b": true, "c": null, "d": "x\n\u00e9", "e": {"f": 7}})");
  const JsonValue root = document.root();
  EXPECT_EQ(root.at("a").items()[1].number(), 2.5);
  EXPECT_EQ(root.at("a").items()[2].integer(), -3);
  EXPECT_TRUE(root.at("b").boolean());
  EXPECT_TRUE(root.at("c").is(JsonValue::Kind::null));
  EXPECT_EQ(root.at("d").text(), "x\n\xC3\xA9");
  EXPECT_EQ(root.at("e").at("f").integer(), 7);
  EXPECT_EQ(root.size(), 5);
  EXPECT_THAT(root.keys(), ElementsAre("a", "b", "c", "d", "e"));
}

TEST(JsonValue, TakesAWholeDoubleForAnIntegerButNoFraction) {
  const JsonDocument document = parsed("[3, 3.0, 3e2, 3.5, 1e300, 18446744073709551615]");
  const std::vector<JsonValue> items = document.root().items();
  EXPECT_EQ(items[1].integer(), 3);
  EXPECT_EQ(items[2].integer(), 300);
  for (const size_t i : {3, 4, 5}) EXPECT_FALSE(items[i].is_whole()) << i;
  EXPECT_THAT(error_of([&] { static_cast<void>(items[3].integer()); }),
              StartsWith("train.json:/3: is 3.5, but a whole number is needed; "));
}

TEST(JsonValue, NamesThePlaceOfAWrongKind) {
  const JsonDocument document =
      parsed(R"({"images": [], "annotations": [{"id": 1}, {"id": 2, "bbox": "1,2,3,4"}]})");
  const JsonValue box = document.root().at("annotations").items()[1].at("bbox");
  EXPECT_EQ(box.pointer(), "/annotations/1/bbox");
  EXPECT_THAT(
      error_of([&] { static_cast<void>(box.items()); }),
      StartsWith(
          "train.json:/annotations/1/bbox: is the text \"1,2,3,4\", but a list is needed; "));
  EXPECT_EQ(error_of([&] { static_cast<void>(document.root().at("categories")); }),
            "train.json: has no `categories`; add it");
}

TEST(JsonValue, EscapesKeysInThePointer) {
  const JsonDocument document = parsed(R"({"skip": [[1], {"x": 2}], "a/b": {"c~d": [10, 20]}})");
  EXPECT_EQ(document.root().at("a/b").at("c~d").items()[1].pointer(), "/a~1b/c~0d/1");
}

TEST(JsonValue, LetsTheLastOfTwoEqualKeysCount) {  // as Python's json does
  const JsonDocument document = parsed(R"({"id": 1, "id": 2})");
  EXPECT_EQ(document.root().at("id").integer(), 2);
  EXPECT_THAT(document.root().keys(), ElementsAre("id", "id"));
}

TEST(JsonValue, CountsMoreEntriesThanTheTapeHasRoomFor) {
  std::string text = "[0";
  for (int i = 0; i < 100; ++i) text += ",[]";
  EXPECT_EQ(parsed(text + "]").root().size(), 101);
}

TEST(JsonValue, GivesItsTextBack) {
  const std::string text = R"({"a":[1,2.5,"\"x\\"],"b":{"c":null},"d":false})";
  EXPECT_EQ(parsed(text).root().raw(), text);
}

TEST(JsonDocument, ReadsIntegersBeyond64BitsAsDoubles) {
  const JsonDocument document = parsed("[1, 100000000000000000000, 2, -9223372036854775809]");
  EXPECT_EQ(document.root().items()[1].number(), 1e20);
  EXPECT_EQ(document.root().items()[3].number(), -0x1p63);
  EXPECT_EQ(document.root().items()[2].integer(), 2);
}

TEST(JsonDocument, PassesOverAByteOrderMark) {
  const JsonDocument document = parsed("\xEF\xBB\xBF{\"a\": 1}");
  EXPECT_TRUE(document.has_byte_order_mark());
  EXPECT_EQ(document.root().at("a").integer(), 1);
  EXPECT_FALSE(parsed("{}").has_byte_order_mark());
}

TEST(JsonDocument, ReadsAFile) {
  const TempFolder folder;
  EXPECT_EQ(JsonDocument::read(folder.write("a.json", "[4]")).root().items()[0].integer(), 4);
  EXPECT_THAT(error_of([&] { JsonDocument::read(folder / "none.json"); }),
              HasSubstr("none.json: no such file"));
  const std::string page(4096, ' ');  // the text ends where the mapping does
  EXPECT_EQ(JsonDocument::read(folder.write("page.json", page.substr(2) + "[]")).root().size(), 0);
}

TEST(JsonDocument, GivesLineColumnAndByteOfAFault) {
  EXPECT_EQ(parse_error("{\n\"a\": 1,\n\"bbox\": [1, 2,, 4]}"),
            "train.json:3:15: no JSON (byte 24: `,` where a value should be in /bbox/2); "
            "is this file JSON?");
}

TEST(JsonDocument, NamesEachFault) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {"", "(byte 0: it is empty)"},
      {"  ", "(byte 2: it is empty)"},
      {R"({"a": [1, 2)", "(byte 11: it ends in the middle in /a/1)"},
      {R"({"a)", "a text that never ends"},
      {R"({"a": 1} x)", "(byte 9: `x` after the end)"},
      {R"({"a": 1 "b": 2})", "`\"` where a comma or the end should be"},
      {"[1,]", "a comma before the end"},
      {"{\"a\": 1,}", "a comma before the end"},
      {"{a: 1}", "`a` where a key should be"},
      {"{\"a\" 1}", "`1` where a colon should be"},
      {R"({"annotations": [{"bbox": [NaN]}]})", "NaN is no number in /annotations/0/bbox/0"},
      {"[-Infinity]", "-Infinity is no number"},
      {"[1e999]", "a number too big for a double"},
      {"[01]", "a number with a leading zero"},
      {"[1.]", "`]` inside a number"},
      {"['a']", "a text in single quotes"},
      {"[\"\\x\"]", "an unknown escape"},
      {"[\"\\ud800\"]", "half a surrogate pair"},
      {"[\"a\nb\"]", "byte 0x0a inside a text"},
      {"[\"\xC3(\"]", "byte 0xc3 is not UTF-8"},
      {"[\"\xED\xA0\x80\"]", "byte 0xed is not UTF-8"},
      {std::string(2000, '['), "more than 1024 levels"},
      {"tru", "`t` where a value should be"},
  };
  for (const auto& [text, expected] : faults) {
    EXPECT_THAT(parse_error(text), HasSubstr(expected)) << text.substr(0, 40);
  }
}

TEST(JsonDocument, RefusesEveryCutOffFile) {
  const std::string text = R"({"a": [1, -2.5e3, "x\u00e9\\"], "b": {"c": null, "d": true}})";
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_THAT(parse_error(text.substr(0, length)), HasSubstr("no JSON")) << length;
  }
}

TEST(JsonDocument, AcceptsNumbersTooSmallForADouble) {
  EXPECT_EQ(parsed("[1e-999, 123456789012345678901234567890]").root().items()[0].number(), 0);
}

TEST(JsonWriter, WritesDoublesThatReadBackToTheSameBits) {
  for (const double value : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, 1e22, 0x1p53, 0x1p70,
                             -0.0, 123456789.125, 2.0}) {
    const double back = parsed(written(value)).root().number();
    EXPECT_EQ(std::signbit(back), std::signbit(value));
    EXPECT_EQ(back, value) << written(value);
  }
  EXPECT_EQ(written(0.1), "0.1");
  EXPECT_EQ(written(2.0), "2");
  EXPECT_EQ(written(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(written(std::numeric_limits<int64_t>::min()), "-9223372036854775808");
}

TEST(JsonWriter, EscapesTexts) {
  EXPECT_EQ(written("a\"b\\c\n\x01\xC3\xA9\xFF"), R"("a\"b\\c\n\u0001é�")");
}

TEST(JsonWriter, SetsCommasAndIndents) {
  std::ostringstream out;
  JsonWriter writer(out, 2);
  writer.begin_object().field("a", 1).key("b").array(std::vector<double>{1.5, 2});
  writer.key("c").begin_object().end_object().end_object();
  EXPECT_EQ(out.str(), "{\n  \"a\": 1,\n  \"b\": [\n    1.5,\n    2\n  ],\n  \"c\": {}\n}");
}

}  // namespace
}  // namespace fovea
