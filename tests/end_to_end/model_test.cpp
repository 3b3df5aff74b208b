// One trained model in its three forms, through eval, export, inspect and fovea-infer.
#include <algorithm>
#include <cmath>

#include "end_to_end/tiny_training.h"
#include "fovea/core/driver.h"
#include "fovea/image/decode.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// The exported file of the shared run.
std::string exported() {
  static const std::string file = [] {
    std::string out = trained().path("model.pt");
    const Finished finished =
        run({"fovea", "export", trained().path("run"), "-o", out, "device=cpu"});
    EXPECT_EQ(finished.status, 0) << finished.err;
    return out;
  }();
  return file;
}

struct Scored {
  std::vector<double> stats;
  JsonDocument predictions;
};

Scored scored(const std::string& model, const std::string& name) {
  const std::string out = trained().path("eval_" + name);
  const Finished finished = run({"fovea", "eval", model, "--out", out, "device=cpu"});
  EXPECT_EQ(finished.status, 0) << finished.err;
  std::vector<double> stats;
  const JsonDocument metrics = JsonDocument::read(fs::path(out) / "metrics.json");
  for (const JsonValue& value : metrics.root().at("stats").items()) stats.push_back(value.number());
  return {stats, JsonDocument::read(fs::path(out) / "predictions.json")};
}

void expect_same(const Scored& a, const Scored& b) {
  ASSERT_EQ(a.stats.size(), 12U);
  for (size_t i = 0; i < 12; ++i) EXPECT_NEAR(a.stats[i], b.stats[i], 5e-5) << i;
  const auto first = a.predictions.root().items();
  const auto second = b.predictions.root().items();
  ASSERT_EQ(first.size(), second.size());
  EXPECT_GT(first.size(), 10U);
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].at("image_id").integer(), second[i].at("image_id").integer());
    EXPECT_EQ(first[i].at("category_id").integer(), second[i].at("category_id").integer());
    for (size_t k = 0; k < 4; ++k) {
      EXPECT_NEAR(first[i].at("bbox").items()[k].number(), second[i].at("bbox").items()[k].number(),
                  0.01);
    }
  }
}

TEST(Model, ScoresTheSameAsRunFolderWeightsAndExportedFile) {
  const Scored folder = scored(trained().path("run"), "folder");
  expect_same(folder, scored(trained().path("run/weights/best.safetensors"), "weights"));
  expect_same(folder, scored(exported(), "exported"));
}

TEST(Model, IsFoundByInferAsByEval) {
  const std::string json = trained().path("found.json");
  const Finished finished = run({"fovea-infer", exported(), trained().path("shapes/val"), "--json",
                                 json, "--score", "0.05", "--device", "cpu", "--annotations",
                                 trained().path("shapes/annotations/instances_val.json")});
  ASSERT_EQ(finished.status, 0) << finished.err;
  const Scored expected = scored(trained().path("run"), "reference");
  size_t compared = 0;
  std::vector<JsonValue> all;
  for (const JsonValue& p : expected.predictions.root().items()) {
    if (p.at("score").number() >= 0.0501) all.push_back(p);
  }
  const JsonDocument found = JsonDocument::read(json);
  for (const JsonValue& wanted : all) {
    for (const JsonValue& p : found.root().items()) {
      if (p.at("image_id").integer() != wanted.at("image_id").integer()) continue;
      if (p.at("category_id").integer() != wanted.at("category_id").integer()) continue;
      double worst = std::abs(p.at("score").number() - wanted.at("score").number()) * 1000;
      for (size_t k = 0; k < 4; ++k) {
        worst = std::max(worst, std::abs(p.at("bbox").items()[k].number() -
                                         wanted.at("bbox").items()[k].number()));
      }
      if (worst > 0.01) continue;
      ++compared;
      break;
    }
  }
  EXPECT_EQ(compared, all.size());
  EXPECT_GT(compared, 10U);
}

TEST(Model, IsExportedOnTheCpuWhateverDeviceIsAsked) {
  const std::string out = trained().path("cuda.pt");
  const Finished finished =
      run({"fovea", "export", trained().path("run"), "-o", out, "device=cuda", "--quiet"});
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_EQ(read_whole(out), read_whole(exported()));
}

TEST(Model, RecordsNoDeviceSoThatItGoesAnywhere) {
  const fs::path run_folder = trained().folder / "run";
  EXPECT_THAT(read_whole(run_folder / "run.yaml"), HasSubstr("device: cpu"));
  const std::string weights = read_whole(run_folder / "weights/best.safetensors");
  EXPECT_THAT(weights, HasSubstr("device: auto"));
  EXPECT_THAT(weights, Not(HasSubstr("device: cpu")));
  const TempFolder folder;
  const std::string alone = folder.write("alone.safetensors", weights);
  for (const std::string verb : {"eval", "export"}) {
    const Finished finished = run({"fovea", verb, alone, "--quiet"});
    EXPECT_EQ(finished.status, 0) << finished.err;
  }
}

TEST(Model, GoesToTheDeviceThatIsAskedFor) {
  if (gpu_count() > 0) GTEST_SKIP() << "this machine has a GPU";
  const Finished asked = run({"fovea", "eval", trained().path("run"), "device=cuda"});
  EXPECT_EQ(asked.status, 2);
  EXPECT_THAT(asked.err, StartsWith("fovea: device=cuda: "));
}

TEST(Model, ProvesItself) {
  const Finished finished = run({"fovea-infer", exported(), "--self-test", "--device", "cpu"});
  EXPECT_EQ(finished.status, 0) << finished.err;
}

TEST(Model, IsScoredAsFoveaDataScoresItsPredictions) {
  const Finished eval = run({"fovea", "eval", trained().path("run"), "--json", "-", "--quiet",
                             "--out", trained().path("eval_json"), "device=cpu"});
  const Finished score =
      run({"fovea-data", "score", trained().path("shapes/annotations/instances_val.json"),
           trained().path("eval_json/predictions.json"), "--json", "-", "--quiet"});
  ASSERT_EQ(score.status, 0) << score.err;
  const JsonDocument a = JsonDocument::parse(eval.out, "eval");
  const JsonDocument b = JsonDocument::parse(score.out, "score");
  for (size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(a.root().at("stats").items()[i].number(), b.root().at("stats").items()[i].number());
  }
}

TEST(Inspect, ShowsOptionsLayersAndBatches) {
  const std::string out = trained().path("look");
  const Finished finished = run({"fovea", "inspect", trained().path("tiny.yaml"), "device=cpu",
                                 "data.root=" + trained().path("shapes"), "--out", out});
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("epochs: 6"), HasSubstr("backbone.body.layer1.0.conv1"),
                                  HasSubstr("cls_logits           [1, 84, 5]")));
  EXPECT_TRUE(fs::exists(fs::path(out) / "train_batch0.jpg"));
}

TEST(Inspect, DrawsEachAugmentationAlone) {
  const std::string out = trained().path("alone");
  const auto heights = [&](const std::vector<std::string>& options) {
    std::vector<std::string> words = {"fovea",
                                      "inspect",
                                      trained().path("tiny.yaml"),
                                      "device=cpu",
                                      "data.root=" + trained().path("shapes"),
                                      "--out",
                                      out};
    words.insert(words.end(), options.begin(), options.end());
    const Finished finished = run(words);
    EXPECT_EQ(finished.status, 0) << finished.err;
    return probe_image(fs::path(out) / "augmentations.jpg").height;
  };
  const int64_t few = heights({"augment.flip=0"});
  const int64_t more = heights({"augment.mosaic.p=0.1", "augment.policy=rand"});
  // "as they are", zoom, brightness, contrast, saturation; then flip, mosaic and policy as well.
  EXPECT_NEAR(static_cast<double>(more) / static_cast<double>(few), 8.0 / 5, 0.02);
}

TEST(Inspect, DrawsASampleOfAnyEpochTheSameInEveryProcess) {
  const auto draw = [](const std::string& folder, const std::string& sample,
                       const std::string& workers) {
    const std::string out = trained().path(folder);
    const Finished finished = run({"fovea", "inspect", trained().path("tiny.yaml"), "device=cpu",
                                   "data.root=" + trained().path("shapes"), "augment.mosaic.p=0.5",
                                   "--out", out, "--sample", sample, "loader.workers=" + workers});
    EXPECT_EQ(finished.status, 0) << finished.err;
    EXPECT_FALSE(fs::exists(fs::path(out) / "train_batch0.jpg"));
    std::string file = "sample_" + sample + ".jpg";
    std::replace(file.begin(), file.end(), ':', '_');
    return read_whole(fs::path(out) / file);
  };
  const std::string first = draw("again1", "3:17", "0");
  EXPECT_EQ(draw("again2", "3:17", "2"), first);
  EXPECT_NE(draw("again2", "4:17", "2"), first);
}

TEST(Inspect, RefusesSamplesThatAreNone) {
  for (const std::string sample : {"3", "3:", "a:1", "0:24", "-1:2", "1:2:3"}) {
    const Finished finished = run({"fovea", "inspect", trained().path("tiny.yaml"), "device=cpu",
                                   "data.root=" + trained().path("shapes"), "--out",
                                   trained().path("none"), "--sample=" + sample});
    EXPECT_EQ(finished.status, 2) << sample;
    EXPECT_THAT(finished.err, HasSubstr("--sample: `" + sample + "` names no sample"));
    EXPECT_THAT(finished.err, HasSubstr("24 samples"));
  }
}

TEST(Inspect, MeasuresLoaderAndNetwork) {
  const Finished finished = run({"fovea", "inspect", trained().path("tiny.yaml"), "device=cpu",
                                 "data.root=" + trained().path("shapes"), "--bench", "0.2"});
  ASSERT_EQ(finished.status, 0) << finished.err;
  for (const char* stage : {"read", "decode", "warp", "colour", "boxes and masks", "collate",
                            "copy to the device", "forward", "loss and backward"}) {
    EXPECT_THAT(finished.out, HasSubstr(std::string("\n") + stage + "  "));
  }
  double loader = 0, network = 0, together = 0, waited = -1;
  const size_t at = finished.out.find("\nloader ");
  ASSERT_NE(at, std::string::npos);
  ASSERT_EQ(std::sscanf(finished.out.c_str() + at,
                        " loader %lf img/s network %lf img/s together %lf img/s, waiting for data "
                        "%lf %%",
                        &loader, &network, &together, &waited),
            4);
  EXPECT_GT(loader, network / 100);
  EXPECT_LT(together, 1.5 * network);
  EXPECT_THAT(finished.out, HasSubstr("sets the pace"));
}

TEST(Inspect, LearnsAFewImagesByHeart) {
  const Finished finished = run({"fovea", "inspect", trained().path("tiny.yaml"), "device=cpu",
                                 "data.root=" + trained().path("shapes"), "--overfit", "2",
                                 "--steps", "150", "train.schedule.base=0.01", "--quiet"});
  ASSERT_EQ(finished.status, 0) << finished.err;
  double first = 0, last = 0, lowest = 0;
  const size_t at = finished.out.find("loss ");
  ASSERT_NE(at, std::string::npos) << finished.out;
  ASSERT_EQ(std::sscanf(finished.out.c_str() + at,
                        "loss %lf at first, %lf at the end, %lf at best possible", &first, &last,
                        &lowest),
            3);
  EXPECT_LT(last - lowest, 0.15 * (first - lowest)) << finished.out;
}

TEST(Inspect, RefusesOptionsOfWhatWasNotAskedFor) {
  for (const auto& [option, needed] :
       {std::pair("--steps", "--overfit"), std::pair("--batches", "--out")}) {
    const Finished finished = run({"fovea", "inspect", "run", option, "2"});
    EXPECT_EQ(finished.status, 2);
    EXPECT_THAT(finished.err, AllOf(StartsWith("fovea: "), HasSubstr(option), HasSubstr(needed)));
  }
}

TEST(Inspect, OfAnExportedFileRefusesWhatItCannotDo) {
  const std::string out = trained().path("nothing");
  for (const auto& [option, value] : {std::pair{"--out", out}, {"--overfit", std::string("2")}}) {
    const Finished finished = run({"fovea", "inspect", exported(), "device=cpu", option, value});
    EXPECT_EQ(finished.status, 2);
    EXPECT_THAT(finished.err, StartsWith("fovea: " + exported() + ": is an exported file"));
    EXPECT_EQ(line_count(finished.err), 1) << finished.err;
    EXPECT_EQ(finished.out, "");
  }
  EXPECT_FALSE(fs::exists(out));
}

TEST(Model, RefusesWhatIsNoneInOneLine) {
  const TempFolder folder;
  const std::string text = folder.write("notes.txt", "x");
  const std::string torn = folder.write("torn.safetensors", "x");
  const std::string fake = folder.write("fake.pt", "x");
  for (const std::string verb : {"eval", "export", "inspect"}) {
    for (const std::string& model : {folder.path().string(), text, torn, fake, text + ".none"}) {
      const Finished finished = run({"fovea", verb, model, "device=cpu"});
      EXPECT_EQ(finished.status, 2) << verb << ' ' << model << finished.err;
      EXPECT_THAT(finished.err, StartsWith("fovea: " + model));
      EXPECT_EQ(line_count(finished.err), 1) << finished.err;
      EXPECT_LT(finished.seconds, 5);
    }
  }
}

}  // namespace
}  // namespace fovea
