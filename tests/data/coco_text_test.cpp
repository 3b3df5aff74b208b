#include "fovea/data/coco_text.h"

#include <gmock/gmock.h>

#include "fovea/core/files.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kText = R"({"info": {"version": "1.0", "é": "\u00e9"},
 "images": [ {"id": 1, "file_name": "a,b].jpg"},
             {"id": 2, "nested": [{"x": 1}, {"y": [2]}]},
             {"id": 3} ],
 "annotations": [{"id": 1.0, "area": 1.50},{"id": 2}, {"id": 3, "size": 1e2}],
 "unknown": [{"a": 1}], "categories": [] }
)";

class CocoTextTest : public testing::Test {
 protected:
  std::string rewritten(const CocoEdit& edit, const std::string& text = kText) const {
    const CocoText coco(folder_.write("in.json", text));
    coco.write(folder_ / "out.json", edit);
    return read_whole(folder_ / "out.json");
  }
  std::string refusal(const std::string& text) const {
    return error_of([&] { CocoText(folder_.write("in.json", text)); });
  }
  TempFolder folder_;
};

TEST_F(CocoTextTest, WritesEveryByteAgain) {
  EXPECT_EQ(rewritten({}), kText);
}

TEST_F(CocoTextTest, LeavesTheByteOrderMarkOut) {
  EXPECT_EQ(rewritten({}, std::string("\xEF\xBB\xBF").append(kText)), kText);
}

TEST_F(CocoTextTest, DropsAndChangesEntriesAndNothingElse) {
  CocoEdit edit;
  edit.of(CocoList::images).dropped = {true, false, true};
  edit.of(CocoList::annotations).dropped = {false, true, true};
  edit.of(CocoList::annotations).changed = {true, false, false};
  edit.of(CocoList::annotations).text = [](size_t) { return std::string("{\"id\": 9}"); };
  EXPECT_EQ(rewritten(edit), R"({"info": {"version": "1.0", "é": "\u00e9"},
 "images": [ {"id": 2, "nested": [{"x": 1}, {"y": [2]}]} ],
 "annotations": [{"id": 9}],
 "unknown": [{"a": 1}], "categories": [] }
)");
  edit.of(CocoList::images).dropped = {true, true, true};
  EXPECT_THAT(rewritten(edit), HasSubstr("\"images\": [ ],"));
  edit.of(CocoList::images).dropped = {false, true, false};
  EXPECT_THAT(rewritten(edit), HasSubstr("a,b].jpg\"},\n             {\"id\": 3} ],"));
}

TEST_F(CocoTextTest, NamesTheByteWhereAFileIsNoJson) {
  EXPECT_THAT(refusal(R"({"images": [{"id": 1 2}], "annotations": [], "categories": []})"),
              AllOf(HasSubstr("in.json:1:"), HasSubstr("byte 21")));
  EXPECT_THAT(refusal(R"({"images": [], "annotations": [], "categories": []} x)"),
              HasSubstr("byte 52"));
  EXPECT_THAT(refusal(R"({"images": [], "annotations": [], "categories": [], "x": tru})"),
              HasSubstr("byte 57"));
}

TEST_F(CocoTextTest, SaysWhichListIsMissing) {
  EXPECT_THAT(refusal("[]"), HasSubstr("is no COCO annotation file"));
  EXPECT_THAT(refusal(R"({"images": [], "annotations": []})"), HasSubstr("has no `categories`"));
  EXPECT_THAT(refusal(R"({"images": 3, "annotations": [], "categories": []})"),
              HasSubstr("/images: is no list"));
  EXPECT_THAT(refusal(R"({"images": [], "annotations": [], "categories": [], "images": []})"),
              HasSubstr("/images: the key comes twice"));
}

}  // namespace
}  // namespace fovea
