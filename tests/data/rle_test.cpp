#include "fovea/data/rle.h"

#include <gmock/gmock.h>

#include <numeric>

#include "fovea/core/json.h"
#include "support/test_files.h"

namespace fovea {
namespace {

TEST(DecodeCounts, ReadsWhatCocoWrites) {  // texts from pycocotools' own tests
  EXPECT_EQ(decode_counts("13"), (std::vector<uint32_t>{1, 3}));
  EXPECT_EQ(decode_counts("P128000V1"), (std::vector<uint32_t>{32, 2, 8, 2, 8, 2, 46}));
}

TEST(DecodeCounts, RefusesBrokenTexts) {
  EXPECT_FALSE(decode_counts("1S")) << "ends inside a number";
  EXPECT_FALSE(decode_counts("1 3")) << "a character outside the alphabet";
  EXPECT_FALSE(decode_counts("O")) << "a negative count";
  EXPECT_FALSE(decode_counts("oooooooo0")) << "more than 32 bits";
}

TEST(DecodeCounts, SumsToTheSizeOfEachSharedMask) {
  SKIP_WITHOUT_SHARED_DATA();
  const JsonDocument cases =
      JsonDocument::read(shared_data() / "eval-vectors/mask-api/rle-edge-cases.json");
  for (const JsonValue& entry : cases.root().items()) {
    const auto counts = decode_counts(entry.at("counts").text());
    const std::vector<JsonValue> size = entry.at("size").items();
    const bool whole = counts && std::accumulate(counts->begin(), counts->end(), int64_t{0}) ==
                                     size[0].integer() * size[1].integer();
    const auto decodes = entry.find("decodes");
    EXPECT_EQ(whole, !decodes || decodes->boolean()) << entry.pointer();
  }
}

}  // namespace
}  // namespace fovea
