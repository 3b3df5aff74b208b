#include "fovea/core/json_lists.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "fovea/core/random.h"

namespace fovea {
namespace {

using testing::ElementsAre;

/// The ids of the objects of a list, by piece; nothing when it could not be read.
std::optional<std::vector<int64_t>> ids_of(std::string_view content, int64_t pieces) {
  std::vector<std::vector<int64_t>> found(static_cast<size_t>(pieces));
  const bool whole = read_objects(content, pieces, [&](size_t piece, JsonNode object) {
    object.each_field([&](std::string_view key, JsonNode value) {
      int64_t id = 0;
      if (key == "id" && value.read(id)) found[piece].push_back(id);
      return true;
    });
    return true;
  });
  if (!whole) return {};
  std::vector<int64_t> all;
  for (const auto& piece : found) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

TEST(FindLists, SplitsACocoFile) {
  const auto found = find_lists(
      R"({"info": {"a": "[{"}, "images": [{"id": 1}, {"id": 2}], "none": [], "n": -1.5,
          "annotations" : [ {"id": 3, "box": [1, 2]} ] })");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->lists.size(), 2);
  EXPECT_EQ(found->find("images")->content, R"({"id": 1}, {"id": 2})");
  EXPECT_EQ(found->find("annotations")->content, R"({"id": 3, "box": [1, 2]} )");
  EXPECT_EQ(found->rest, R"({"info": {"a": "[{"}, "images": [], "none": [], "n": -1.5,
          "annotations" : [] })");
}

TEST(FindLists, TakesAListForTheWholeText) {
  const auto found = find_lists(" [{\"id\": 1}]\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->find("")->content, "{\"id\": 1}");
  EXPECT_EQ(found->rest, " []\n");
  EXPECT_FALSE(find_lists("3"));
  EXPECT_FALSE(find_lists(""));
}

TEST(ReadObjects, GivesAllInOrderForAnyNumberOfPieces) {
  std::string text;
  std::vector<int64_t> ids;
  for (int64_t id = 0; id < 20'000; ++id) {
    text += fmt::format("{}{{\"id\": {}, \"box\": [{{\"x\": 1}}, 2.5]}}", id > 0 ? " ,\n " : "", id,
                        id);
    ids.push_back(id);
  }
  for (const int64_t pieces : {1, 2, 3, 7, 64}) EXPECT_EQ(ids_of(text, pieces), ids) << pieces;
}

TEST(ReadObjects, NoticesACutThatWasWrong) {
  // Every place looks like a cut, but lies in a text or in an object of an object.
  std::string in_text = "{\"id\": 1, \"t\": \"";
  std::string nested = "{\"id\": 1, \"t\": [{}";
  for (int i = 0; i < 100'000; ++i) {
    in_text += "},{";
    nested += ",{\"id\": 7}";
  }
  EXPECT_EQ(ids_of(in_text + "\"}", 8), std::nullopt);
  EXPECT_EQ(ids_of(nested + "]}", 8), std::nullopt);
  EXPECT_EQ(ids_of("{\"id\": 1}", 8), std::vector<int64_t>{1});
}

TEST(ReadObjects, RefusesWhatIsNoListOfObjects) {
  for (const std::string_view text :
       {"{}, 3", "{},", ",{}", "{} {}", "{}]", "{}, {", "{\"a\": 1,}", "[{}]", "{}],[{}"}) {
    EXPECT_EQ(ids_of(text, 1), std::nullopt) << text;
    EXPECT_EQ(ids_of(text, 3), std::nullopt) << text;
  }
}

/// Whatever the text, the pieces give what one piece gives, or nothing.
TEST(ReadObjects, GivesTheSameInPiecesOrNothing) {
  Rng random(3);
  const std::vector<std::string> parts = {"{", "}",       "},{", "[", "]", "\"",
                                          ",", "\"id\":", "1",   " ", "\\"};
  int read = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string text = "{\"id\":1}";
    for (int64_t n = random.below(12); n > 0; --n) {
      text += parts[static_cast<size_t>(random.below(static_cast<int64_t>(parts.size())))];
    }
    const auto whole = ids_of(text, 1);
    const auto pieces = ids_of(text, 3);
    if (pieces) {
      EXPECT_EQ(pieces, whole) << text;
    }
    read += pieces ? 1 : 0;
  }
  EXPECT_GT(read, 100);
}

}  // namespace
}  // namespace fovea
