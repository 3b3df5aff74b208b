#include "fovea/ops/safetensors.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/random.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Named = std::vector<std::pair<std::string, at::Tensor>>;

/// A file from its header's text and a number of data bytes.
std::string file_of(std::string_view header, size_t data_bytes) {
  const uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes.append(header).append(data_bytes, '\1');
}

std::string refusal(std::string_view header, size_t data_bytes) {
  return error_of([&] { parse_safetensors(file_of(header, data_bytes), "w.safetensors"); });
}

TEST(Safetensors, GiveBackEveryTypeShapeAndText) {
  Named tensors;
  const at::ScalarType types[] = {at::kFloat, at::kHalf,  at::kBFloat16, at::kDouble, at::kLong,
                                  at::kInt,   at::kShort, at::kChar,     at::kByte,   at::kBool};
  for (const auto type : types) {
    tensors.emplace_back(c10::toString(type), at::arange(6).reshape({2, 3}).to(type));
  }
  tensors.emplace_back("scalar", at::tensor(2.5F).reshape({}));
  tensors.emplace_back("empty", at::zeros({0, 4}));
  const std::map<std::string, std::string> metadata = {{"fovea", "{\"a\": \"\\u00e9\\n\"}"}};
  const TempFolder folder;
  write_safetensors(folder / "w.safetensors", tensors, metadata);
  const WeightsFile file = read_safetensors(folder / "w.safetensors");
  EXPECT_EQ(file.metadata, metadata);
  ASSERT_EQ(file.tensors.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    ASSERT_NE(file.find(name), nullptr) << name;
    EXPECT_EQ(file.find(name)->scalar_type(), tensor.scalar_type());
    EXPECT_TRUE(at::equal(*file.find(name), tensor)) << name;
  }
}

TEST(Safetensors, BytesAreAsTheFormatSaysAndDoNotDependOnTheOrder) {
  const at::Tensor a = at::tensor({1.F, 2.F});
  const at::Tensor b = at::tensor({1, 0, 1}).to(at::kBool);
  const std::string bytes = to_safetensors({{"b", b}, {"a", a}}, {});
  EXPECT_EQ(bytes, to_safetensors({{"a", a}, {"b", b}}, {}));
  const std::string_view header = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                                  R"("b":{"dtype":"BOOL","shape":[3],"data_offsets":[8,11]}})";
  EXPECT_EQ(bytes.substr(8, header.size()), header);
  EXPECT_EQ(static_cast<unsigned char>(bytes[0]) % 8, 0);  // numbers begin at a multiple of 8
  EXPECT_EQ(bytes.substr(bytes.size() - 3), std::string("\1\0\1", 3));
}

TEST(Safetensors, OfAChannelsLastTensorHoldTheLogicalOrder) {
  const at::Tensor plain = at::arange(24).to(at::kFloat).reshape({1, 2, 3, 4});
  const at::Tensor strided = plain.contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_EQ(to_safetensors({{"x", plain}}, {}), to_safetensors({{"x", strided}}, {}));
}

TEST(Safetensors, OfAnotherFormatAreRefused) {
  const TempFolder folder;
  const auto text = folder.write("notes.txt", "weights are kept elsewhere");
  EXPECT_THAT(error_of([&] { read_safetensors(text); }),
              AllOf(HasSubstr("notes.txt: is no weights file"), HasSubstr("name a .safetensors")));
  EXPECT_THAT(error_of([&] { read_safetensors(folder.write("e", "")); }), HasSubstr("too short"));
  EXPECT_THAT(error_of([&] { read_safetensors(folder / "none"); }), HasSubstr("no such file"));
}

TEST(Safetensors, ARefusalNamesTheTensorAndWhatIsWrong) {
  EXPECT_THAT(refusal(R"({"w":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}})", 1),
              AllOf(HasSubstr("w.safetensors:/w/dtype"), HasSubstr("`F8`")));
  EXPECT_THAT(refusal(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4),
              HasSubstr("/w/data_offsets: has 4 bytes where the shape needs 8"));
  EXPECT_THAT(refusal(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4),
              HasSubstr("not within the 4 bytes"));
  EXPECT_THAT(refusal(R"({"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8),
              HasSubstr("/w/shape/0: is a negative size"));
  EXPECT_THAT(
      refusal(R"({"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})", 8),
      HasSubstr("beyond any memory"));
  EXPECT_THAT(
      refusal(R"({"w":{"dtype":"F32","shape":[0,4611686018427387904],"data_offsets":[0,0]}})", 0),
      HasSubstr("beyond any memory"));
  EXPECT_THAT(refusal(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[8,1]}})", 9),
              HasSubstr("not within"));
  EXPECT_THAT(refusal(R"({"w":{"dtype":"U8","data_offsets":[0,1]}})", 1), HasSubstr("no `shape`"));
  EXPECT_THAT(refusal(R"({"w":7})", 1), HasSubstr("/w"));
}

TEST(Safetensors, EveryByteBelongsToOneTensor) {
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                      R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                      3),
              HasSubstr("b: shares bytes with another tensor"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                      R"("b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
                      3),
              HasSubstr("b: follows a gap"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 3),
              HasSubstr("2 bytes belong to no tensor"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                      R"("a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                      2),
              HasSubstr("a: stands twice"));
}

TEST(Safetensors, DamagedInAnyWayAreReadOrRefusedButNeverHarmful) {
  const std::string whole = to_safetensors(
      {{"head.weight", at::zeros({2, 3})}, {"head.bias", at::zeros({3})}}, {{"fovea", "text"}});
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    Rng random = rng_for(Stream::order, 11, 0, round);
    std::string bytes = whole;
    for (int64_t changes = 1 + random.below(3); changes > 0; --changes) {
      const auto place = static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())));
      const int64_t kind = random.below(4);
      if (kind == 0) bytes[place] = static_cast<char>(random.bits());
      if (kind == 1) bytes.erase(place, 1);
      if (kind == 2) bytes.insert(place, 1, "0123456789[]{},:\"-e"[random.below(19)]);
      if (kind == 3 && random.chance(0.2)) bytes.resize(place + 1);
    }
    try {
      parse_safetensors(bytes, "w.safetensors");
    } catch (const Error&) {
      ++refused;  // any other exception fails the test
    }
  }
  EXPECT_GT(refused, 2000);
}

}  // namespace
}  // namespace fovea
