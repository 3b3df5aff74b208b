#include "fovea/core/json_text.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "fovea/core/json_lists.h"

namespace fovea {
namespace {

using testing::ElementsAre;

TEST(JsonText, FindsFieldsWithTheirValuesAsTheyStand) {
  const auto fields = fields_of(R"( {"a" : 1.50, "b\u0063":{"x":[1,"}"]}, "d": "\"\\" } )");
  ASSERT_TRUE(fields);
  ASSERT_EQ(fields->size(), 3);
  EXPECT_EQ((*fields)[0].key, "a");
  EXPECT_EQ((*fields)[0].value, "1.50");
  EXPECT_EQ((*fields)[1].key, "bc");
  EXPECT_EQ((*fields)[1].quoted, R"("b\u0063")");
  EXPECT_EQ((*fields)[1].value, R"({"x":[1,"}"]})");
  EXPECT_EQ((*fields)[2].value, R"("\"\\")");
}

TEST(JsonText, FindsEntriesOfListsOfAnything) {
  EXPECT_THAT(*items_of(R"([ 1 ,"],", [[2], {"a": "["}] , null,{} ])"),
              ElementsAre("1", "\"],\"", "[[2], {\"a\": \"[\"}]", "null", "{}"));
  EXPECT_TRUE(items_of("[ ]")->empty());
}

TEST(JsonText, FindsNothingInWhatIsCutOff) {
  for (const char* text : {"", "{", "{\"a\"", "{\"a\":", "{\"a\": 1", "{\"a\": \"x}", "{\"a\": 1}x",
                           "{\"a\": 1,}", "[1]", "{1: 2}", R"({"\x": 1})"}) {
    EXPECT_FALSE(fields_of(text)) << text;
  }
  for (const char* text : {"", "[", "[1", "[1,", "[1,]", "[[1]", "[\"]", "[1] 2", "{}"}) {
    EXPECT_FALSE(items_of(text)) << text;
  }
}

TEST(JsonText, ReplacesAValueAndNothingElse) {
  EXPECT_EQ(with_field(R"({"id" :  3.0 , "x": [1]})", "id", "3"), R"({"id" :  3 , "x": [1]})");
  EXPECT_EQ(with_field(R"({"a": 1, "a": 2})", "a", "7"), R"({"a": 1, "a": 7})");
}

TEST(JsonText, SpacesANewFieldAsTheOthersAre) {
  EXPECT_EQ(with_field(R"({"a":1,"b":2})", "c", "3"), R"({"a":1,"b":2,"c":3})");
  EXPECT_EQ(with_field("{\n  \"a\": 1,\n  \"b\": 2\n}", "c", "3"),
            "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}");
  EXPECT_EQ(with_field("{}", "c", "3"), "{\"c\": 3}");
}

TEST(ReadEntries, GivesEachEntryItsIndexWhateverTheEntriesAre) {
  std::string text = "[";
  for (int i = 0; i < 50'000; ++i) {
    text += fmt::format(R"({}{{"v": {}, "w": [{{}},{{}}]}})", i > 0 ? "," : "", i);
  }
  text += R"(, 7, null, {"v": 123456789012345678901234567890}])";
  const auto entries = items_of(text);
  ASSERT_EQ(entries->size(), 50'003);
  std::vector<int64_t> values(entries->size(), -1);
  EXPECT_TRUE(read_entries(*entries, [&](size_t index, JsonNode entry) {
    if (entry.type() != '{') return;
    entry.each_field([&](std::string_view key, JsonNode value) {
      if (key == "v" && !value.read(values[index])) values[index] = -2;
      return true;
    });
  }));
  for (size_t i = 0; i < 50'000; ++i) ASSERT_EQ(values[i], static_cast<int64_t>(i));
  EXPECT_EQ(values[50'000], -1);
  EXPECT_EQ(values[50'002], -2);  // does not fit
}

TEST(ReadEntries, RefusesWhatIsNoJson) {
  for (const char* text : {"[1, x]", "[{\"a\" 1}]", "[01]", "[{\"a\": 1 2}]"}) {
    EXPECT_FALSE(read_entries(*items_of(text), [](size_t, JsonNode) {})) << text;
  }
}

}  // namespace
}  // namespace fovea
