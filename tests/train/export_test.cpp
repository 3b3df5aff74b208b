#include "fovea/train/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/tiny_model.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/deploy/predictor.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// The names in a folder.
std::vector<std::string> listing(const TempFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    names.push_back(entry.path().filename());
  }
  return names;
}

/// `model` as tiny.pt in the folder.
void export_tiny(TinyModel& model, const TempFolder& folder) {
  NoLog log;
  export_model(
      model, [&](const Tensor& images) { return model.detect(images); }, tiny_info(),
      folder / "tiny.pt", log);
}

TEST(Export, WritesAFileThatPassesItsSelfTest) {
  const TempFolder folder;
  TinyModel model;
  export_tiny(model, folder);
  EXPECT_THAT(listing(folder), testing::ElementsAre("tiny.pt"));
  const Predictor predictor(folder / "tiny.pt");
  EXPECT_EQ(predictor.self_test().inputs, 2);
  EXPECT_TRUE(predictor.self_test().passed());
  EXPECT_TRUE(model.is_training()) << "the model returns to its mode";
  EXPECT_TRUE(model.margin.requires_grad());
}

TEST(Export, ComparesWhereTheCoarsestLevelHasSeveralPlaces) {
  const TempFolder folder;
  TinyModel model;
  export_tiny(model, folder);
  for (const Golden& golden : ModelFile(folder / "tiny.pt").golden()) {
    EXPECT_GE(golden.images.size(2), 2 * tiny_info().size_divisor);
    EXPECT_GE(golden.images.size(3), 2 * tiny_info().size_divisor);
  }
}

TEST(Export, OfASizeTracedAsANumberIsRefusedAndLeavesNothing) {
  const TempFolder folder;
  TinyModel model;
  const Detector fixed = [&](const Tensor& images) {
    Candidates found = model.detect(images);
    found.boxes = found.boxes.add(static_cast<double>(images.size(2)));  // baked in
    return found;
  };
  NoLog log;
  const std::string message =
      error_of([&] { export_model(model, fixed, tiny_info(), folder / "tiny.pt", log); });
  EXPECT_THAT(message, AllOf(HasSubstr("tiny.pt: was not written: on"), HasSubstr("16x24 pixels"),
                             HasSubstr("differs by"), HasSubstr("sizes as numbers")));
  EXPECT_TRUE(listing(folder).empty());
}

TEST(Export, OfAProgramThatFailsAtAnotherSizeIsRefused) {
  const TempFolder folder;
  TinyModel model;
  const Detector fixed = [&](const Tensor& images) {
    Candidates found = model.detect(images);
    found.boxes = found.boxes.reshape({found.boxes.size(0), found.boxes.size(1), 4});
    return found;
  };
  NoLog log;
  const std::string message =
      error_of([&] { export_model(model, fixed, tiny_info(), folder / "tiny.pt", log); });
  EXPECT_THAT(message, HasSubstr("the exported program fails on"));
  EXPECT_TRUE(listing(folder).empty());
}

TEST(Export, KeepsTheFileThatWasThereWhenItRefuses) {
  const TempFolder folder;
  const auto file = folder.write("tiny.pt", "an earlier export");
  TinyModel model;
  NoLog log;
  int64_t calls = 0;
  const Detector moody = [&](const Tensor& images) {
    Candidates found = model.detect(images);
    found.boxes = found.boxes.add(static_cast<double>(calls++));
    return found;
  };
  error_of([&] { export_model(model, moody, tiny_info(), file, log); });
  EXPECT_EQ(read_whole(file), "an earlier export");
}

TEST(Export, OfFcosFollowsImagesOfAnySize) {
  const TempFolder folder;
  const ModelOptions options{
      .width = 0.125, .size = {64, 96}, .fpn_channels = 32, .levels = 3, .head_convs = 1};
  const auto model = make_model(options, 5, 1);
  ModelInfo info = tiny_info();
  info.input = options.size;
  info.size_divisor = model->size_divisor();
  NoLog log;
  export_model(*model, info, folder / "fcos.pt", log);  // compares before it writes
  const Predictor predictor(folder / "fcos.pt");
  const Tensor images = noise(3, 128, 64);
  const EvalScope evaluating(*model);
  const Difference apart =
      difference(predictor.forward(images), model->decode(model->forward(images)));
  EXPECT_LT(apart.boxes, 0.01);
  EXPECT_LT(apart.scores, 1e-6);
}

}  // namespace
}  // namespace fovea
