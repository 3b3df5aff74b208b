#include "fovea/deploy/model_file.h"

#include <ATen/ops/equal.h>
#include <caffe2/serialize/inline_container.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "deploy/tiny_model.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/random.h"
#include "fovea/deploy/predictor.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string opened(const fs::path& file) {
  return error_of([&] { const ModelFile model(file); });
}

/// The bytes with `from`, found once, replaced by `to` of the same length, and sealed anew.
std::string altered(std::string bytes, std::string_view from, std::string_view to) {
  const size_t place = bytes.find(from);
  EXPECT_NE(place, std::string::npos);
  EXPECT_EQ(bytes.find(from, place + 1), std::string::npos);
  bytes.replace(place, to.size(), to);
  const size_t comment = bytes.rfind("fovea-xxh3-128:");
  bytes.resize(comment);
  bytes[bytes.size() - 2] = 0;  // the length of the comment
  seal(bytes);
  return bytes;
}

TEST(ModelFile, GivesBackWhatTheModelIs) {
  const TempFolder folder;
  const ModelFile file(folder.write("m.pt", tiny_model_file()));
  EXPECT_EQ(file.info().architecture, "tiny");
  EXPECT_EQ(file.info().input, (ImageSize{64, 64}));
  EXPECT_EQ(file.info().size_divisor, 8);
  EXPECT_EQ(file.info().categories, tiny_info().categories);
  EXPECT_EQ(file.info().select.score_threshold, 0.3);
  EXPECT_EQ(file.info().recipe, "model:\n  name: tiny\n");
  EXPECT_EQ(file.info().metrics, tiny_info().metrics);
  ASSERT_EQ(file.golden().size(), 1U);
  TinyModel model;
  const EvalScope evaluating(model);
  const Golden expected = tiny_golden(model).front();
  EXPECT_TRUE(at::equal(file.golden()[0].images, expected.images));
  EXPECT_TRUE(at::equal(file.golden()[0].expected.scores, expected.expected.scores));
}

TEST(ModelFile, OfTheSameModelIsTheSameBytes) {
  EXPECT_EQ(tiny_model_file(), tiny_model_file());
}

TEST(ModelFile, ProgramAnswersAsTheLiveModelAtOtherShapes) {
  const TempFolder folder;
  const Predictor predictor(folder.write("m.pt", tiny_model_file()));
  TinyModel model;
  const EvalScope evaluating(model);
  for (const auto& [count, height, width] :
       {std::tuple{1, 16, 16}, {3, 8, 40}, {2, 64, 24}, {5, 24, 8}}) {
    const Tensor images = noise(count, height, width);
    const Difference apart = difference(predictor.forward(images), model.detect(images));
    EXPECT_LT(apart.boxes, 1e-5);
    EXPECT_LT(apart.scores, 1e-6);
  }
}

TEST(ModelFile, OfAnotherKindIsRefusedInOneLine) {
  const TempFolder folder;
  EXPECT_THAT(opened(folder / "none.pt"), HasSubstr("none.pt: no such file"));
  EXPECT_THAT(opened(folder.write("text.pt", "not a model at all, but long enough for one")),
              AllOf(HasSubstr("text.pt: is no model file"), HasSubstr("fovea export")));
  EXPECT_THAT(opened(folder.write("empty.pt", "")), HasSubstr("is no model file"));
  TinyModel model;
  std::ostringstream plain;
  tiny_program(model).save(plain);
  const std::string message = opened(folder.write("plain.pt", plain.str()));
  EXPECT_THAT(message, HasSubstr("is cut short, or is an archive that Fovea did not write"));
  EXPECT_THAT(message, Not(HasSubstr("\n")));
  std::string sealed = plain.str();
  seal(sealed);
  EXPECT_THAT(opened(folder.write("sealed.pt", sealed)), HasSubstr("no entry `extra/fovea.json`"));
}

TEST(ModelFile, AnyFlippedBitAndAnyLostByteIsNoticed) {
  const TempFolder folder;
  const std::string whole = tiny_model_file();
  for (int round = 0; round < 300; ++round) {
    Rng random = rng_for(Stream::order, 5, 0, round);
    std::string bytes = whole;
    const auto place = static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())));
    if (round % 2 == 0) {
      bytes[place] = static_cast<char>(bytes[place] ^ (1 << random.below(8)));
    } else {
      bytes.resize(place);
    }
    EXPECT_THAT(opened(folder.write("m.pt", bytes)), HasSubstr("m.pt: ")) << place;
  }
}

TEST(ModelFile, WithAWrongTableOfContentsIsRefusedEvenWhenSealed) {
  const TempFolder folder;
  const std::string whole = tiny_model_file();
  const size_t contents = whole.find("PK\1\2");
  for (size_t place = contents; place < contents + 46; ++place) {
    std::string bytes = whole;
    bytes.resize(bytes.rfind("fovea-xxh3-128:"));
    bytes[bytes.size() - 2] = 0;
    bytes[place] = static_cast<char>(0xFF);
    seal(bytes);
    try {
      const ModelFile model(folder.write("m.pt", bytes));  // some bytes there mean nothing to us
    } catch (const Error&) {
    }
  }
}

TEST(ModelFile, FromALaterFoveaSaysSo) {
  const TempFolder folder;
  const auto file =
      folder.write("m.pt", altered(tiny_model_file(), "\"format\": 1", "\"format\": 9"));
  EXPECT_THAT(opened(file), AllOf(HasSubstr("fovea.json:/format: is 9"), HasSubstr("or a later")));
}

TEST(ModelFile, WhoseInputDoesNotFitItsDivisorIsRefused) {
  const TempFolder folder;
  const auto file =
      folder.write("m.pt", altered(tiny_model_file(), "\"height\": 64", "\"height\": 63"));
  EXPECT_THAT(opened(file), HasSubstr("fovea.json:/input: 63x64 is no multiple of 8"));
}

TEST(ModelFile, WhoseProgramLibTorchCannotReadIsAnError) {
  const TempFolder folder;
  const std::string bytes = altered(tiny_model_file(), "fovea\nTiny", "fovea\nTinz");
  const ModelFile file(folder.write("m.pt", bytes));
  const std::string message = error_of([&] { file.program(at::kCPU); });
  EXPECT_THAT(message, AllOf(HasSubstr("m.pt: LibTorch cannot read"), Not(HasSubstr("\n"))));
}

TEST(SelfTest, PassesOnAnUntouchedFile) {
  const TempFolder folder;
  const SelfTest test = Predictor(folder.write("m.pt", tiny_model_file())).self_test();
  EXPECT_EQ(test.inputs, 1);
  EXPECT_TRUE(test.passed());
  EXPECT_LT(test.worst.boxes, 1e-5);
}

TEST(SelfTest, FailsWhenAWeightWasAltered) {
  const TempFolder folder;
  TinyModel model;
  const EvalScope evaluating(model);
  const std::vector<Golden> golden = tiny_golden(model);
  model.margin.fill_(2.5);  // half a pixel on each side
  const auto file = folder.write("m.pt", to_model_file(tiny_program(model), tiny_info(), golden));
  const SelfTest test = Predictor(file).self_test();
  EXPECT_FALSE(test.passed());
  EXPECT_GT(test.worst.boxes, 0.02);
}

TEST(SelfTest, FailsWhenABoxFarOutIsHalfAPixelAway) {
  const TempFolder folder;
  TinyModel model;
  const EvalScope evaluating(model);
  const Tensor images = noise(1, 16, 512);
  Candidates expected = model.detect(images);
  expected.boxes.select(1, expected.boxes.size(1) - 1).add_(0.5);  // the cell at x 504 .. 512
  const std::vector<Golden> golden = {{.images = images, .expected = expected}};
  const auto file = folder.write("m.pt", to_model_file(tiny_program(model), tiny_info(), golden));
  const SelfTest test = Predictor(file).self_test();
  EXPECT_FALSE(test.passed());
  EXPECT_NEAR(test.worst.boxes, 0.5, 1e-4);
}

TEST(Difference, IsInPixelsAndForgivesTheRoundingOfLargeCoordinates) {
  const auto at_coordinate = [](double x) {
    return Candidates{.boxes = at::full({1, 1, 4}, x, at::kDouble),
                      .scores = at::full({1, 1, 2}, x / 1000, at::kDouble)};
  };
  const Difference apart = difference(at_coordinate(1000.015), at_coordinate(1000));
  EXPECT_NEAR(apart.boxes, 0.015, 1e-9);
  EXPECT_NEAR(apart.boxes_beyond, 0.005, 1e-9);
  EXPECT_NEAR(apart.scores, 0.000015, 1e-12);
  EXPECT_EQ(difference(at_coordinate(1000.009), at_coordinate(1000)).boxes_beyond, 0);
}

TEST(Difference, OfAnotherShapeOrANotANumberIsInfinite) {
  const Candidates a{.boxes = at::full({1, 1, 4}, 100.0), .scores = at::full({1, 1, 2}, 0.5)};
  const Candidates b{.boxes = at::full({1, 1, 4}, 101.0), .scores = at::full({1, 1, 3}, 0.5)};
  EXPECT_EQ(difference(a, b).boxes, 1.0);
  EXPECT_EQ(difference(a, b).scores, std::numeric_limits<double>::infinity());
  EXPECT_EQ(difference(a, a).boxes, 0);
  const Candidates nan{.boxes = a.boxes, .scores = at::full({1, 1, 2}, std::nan(""))};
  EXPECT_EQ(difference(nan, a).scores, std::numeric_limits<double>::infinity());
  EXPECT_EQ(difference(nan, nan).scores, 0);
}

}  // namespace
}  // namespace fovea
