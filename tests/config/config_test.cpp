#include "fovea/config/config.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_files.h"

namespace fovea {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Config from(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return parse_config(text, "r.yaml", overrides);
}
std::string refusal(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return error_of([&] { from(text, overrides); });
}

TEST(Recipe, SaysOnlyWhatDiffersFromTheDefaults) {
  const Config config = from("train:\n  epochs: 20\nmodel: {size: 256x320}\n");
  EXPECT_EQ(config.train.epochs, 20);
  EXPECT_EQ(config.model.size, (ImageSize{256, 320}));
  EXPECT_EQ(config.train.batch, Config().train.batch);
}

TEST(Recipe, MayBeEmptyOrAbsent) {
  EXPECT_EQ(to_yaml(from("")), to_yaml(Config()));
  EXPECT_EQ(to_yaml(from("# nothing\n")), to_yaml(Config()));
  EXPECT_EQ(to_yaml(from("train:\nmodel: {}\n")), to_yaml(Config()));
  EXPECT_EQ(to_yaml(read_config({}, {"run.name=x"})), to_yaml(from("run: {name: x}")));
}

TEST(Recipe, MayWriteDottedNames) {
  EXPECT_EQ(from("train.epochs: 3\ntrain:\n  schedule.base: 0.5\n").train.epochs, 3);
  EXPECT_EQ(from("train:\n  schedule.base: 0.5\n").train.schedule.base, 0.5);
}

TEST(Recipe, NamesASplitOrItsFiles) {
  EXPECT_EQ(from("data: {train: all}").data.train.name, "all");
  const Config config = from("data:\n  train: {images: a, annotations: b.json}\n");
  EXPECT_EQ(config.data.train.images, "a");
  EXPECT_EQ(config.data.train.annotations, "b.json");
  EXPECT_EQ(config.data.train.name, "train");
  EXPECT_EQ(from("", {"data.val.images=x y", "data.val.annotations=z"}).data.val.images, "x y");
  EXPECT_EQ(refusal("data:\n  train: {images: a}\n"),
            "r.yaml:2:19: data.train.images: is given without data.train.annotations; give both, "
            "or neither and "
            "let data.root find them");
}

TEST(Recipe, IsOverriddenByTheCommandLine) {
  const Config config = from("train: {epochs: 20, batch: 4}",
                             {"train.epochs=5", "data.allow=D204,D301", "run.name=a=b"});
  EXPECT_EQ(config.train.epochs, 5);
  EXPECT_EQ(config.train.batch, 4);
  EXPECT_EQ(config.data.allow, (std::vector<std::string>{"D204", "D301"}));
  EXPECT_EQ(config.run.name, "a=b");
}

TEST(Recipe, TakesListsBothWays) {
  const std::vector<std::string> codes = {"D204", "D301"};
  EXPECT_EQ(from("data: {allow: [D204, D301]}").data.allow, codes);
  EXPECT_EQ(from("data:\n  allow:\n    - D204\n    - D301\n").data.allow, codes);
  EXPECT_EQ(from("data: {allow: D204}").data.allow, std::vector<std::string>{"D204"});
}

TEST(Recipe, TakesAnchorsAndMerges) {
  const Config config = from(
      "x-base: &base {epochs: 7, batch: 2}\n"
      "train:\n  <<: *base\n  batch: 3\n");
  EXPECT_EQ(config.train.epochs, 7);
  EXPECT_EQ(config.train.batch, 3);
  EXPECT_EQ(from("x-a: &a {epochs: 7}\nx-b: &b {epochs: 8, batch: 9}\n"
                 "train: {<<: [*a, *b]}\n")
                .train.epochs,
            7);
  EXPECT_EQ(from("x-n: &n 12\ntrain: {epochs: *n}\n").train.epochs, 12);
}

TEST(Recipe, RefusesAnAnchorInsideItself) {
  EXPECT_THAT(refusal("train: &t\n  schedule:\n    schedule: *t\n"), StartsWith("r.yaml:"));
  EXPECT_THAT(refusal("train: &t {<<: *t}\n"), HasSubstr("is nested too deeply"));
}

TEST(Recipe, RefusesMergesThatMultiply) {
  std::string text = "x-0: &a0 {epochs: 1}\n";
  for (int i = 1; i < 7; ++i) {
    text += fmt::format("x-{0}: &a{0} {{<<: [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}]}}\n", i, i - 1);
  }
  EXPECT_THAT(refusal(text + "train: {<<: *a6}\n"), HasSubstr("merges too many maps"));
}

TEST(Recipe, NamesTheLineOfAnUnknownKey) {
  EXPECT_EQ(refusal("train:\n  epoch: 3\n"),
            "r.yaml:2:3: unknown option `train.epoch`; did you mean `train.epochs`?");
  EXPECT_THAT(refusal("trian: {epochs: 3}\n"), StartsWith("r.yaml:1:1: unknown option `trian`"));
  EXPECT_THAT(refusal("", {"train.epoch=3"}),
              StartsWith("unknown option `train.epoch`; did you mean `train.epochs`?"));
}

TEST(Recipe, NamesTheLineOfABadValue) {
  EXPECT_EQ(refusal("train:\n  epochs: 0\n"),
            "r.yaml:2:11: train.epochs: is `0`, but must be 1 to 1000000; the default is `100`");
  EXPECT_EQ(refusal("", {"train.epochs=0"}),
            "train.epochs: is `0`, but must be 1 to 1000000; the default is `100`");
  EXPECT_THAT(refusal("train: {epochs: [1]}"),
              StartsWith("r.yaml:1:17: train.epochs: is a list, but must be one value"));
  EXPECT_THAT(refusal("train: {epochs: {a: 1}}"),
              StartsWith("r.yaml:1:17: train.epochs: is a map, but must be one value"));
  EXPECT_THAT(refusal("train:\n  epochs:\n"), StartsWith("r.yaml:2:3: train.epochs: has no value"));
  EXPECT_THAT(refusal("train: 3"), StartsWith("r.yaml:1:8: `train` holds options"));
  EXPECT_THAT(refusal("- train"), StartsWith("r.yaml:1:1: a recipe is a map"));
}

TEST(Recipe, RefusesAKeyGivenTwice) {
  EXPECT_EQ(refusal("train:\n  epochs: 1\n  epochs: 2\n"),
            "r.yaml:3:3: `train.epochs` is given twice; keep one of them");
  EXPECT_EQ(refusal("train: {epochs: 1}\ntrain.epochs: 2\n"),
            "r.yaml:2:1: `train.epochs` is given twice; keep one of them");
  EXPECT_EQ(refusal("train: {epochs: 1}\ntrain: {batch: 2}\n"),
            "r.yaml:2:1: `train` is given twice; keep one of them");
  EXPECT_EQ(refusal("", {"train.epochs=1", "train.epochs=1"}),
            "`train.epochs` is given twice on the command line; keep one of them");
}

TEST(Recipe, RefusesWhatIsNoYaml) {
  EXPECT_THAT(refusal("train: {epochs: 1\n"), StartsWith("r.yaml:"));
  EXPECT_THAT(refusal("a: b: c\n"), StartsWith("r.yaml:1:5: no YAML: "));
  EXPECT_THAT(refusal("a: 1\n---\nb: 2\n"), HasSubstr("several documents"));
  EXPECT_THAT(refusal("", {"epochs"}), StartsWith("`epochs` is no option; write `key=value`"));
}

TEST(Recipe, ThatIsMissingIsNamed) {
  EXPECT_THAT(error_of([] { read_config("no/such.yaml", {}); }),
              StartsWith("no/such.yaml: no such file (a recipe was expected)"));
}

TEST(Recipe, GivesTheRunItsName) {
  const TempFolder folder;
  const auto file = folder.write("my.recipe.yaml", "train: {epochs: 3}\n");
  EXPECT_EQ(read_config(file, {}).run.name, "my.recipe");
  EXPECT_EQ(read_config(file, {"run.name=other"}).run.name, "other");
  EXPECT_EQ(read_config(folder.write("b.yaml", "run: {name: own}"), {}).run.name, "own");
  EXPECT_EQ(read_config({}, {}).run.name, Config().model.name);
}

TEST(Recipe, RefusesOptionsThatContradictEachOther) {
  EXPECT_EQ(refusal("", {"model.size=300"}),
            "model.size: is `300`, but sides must be multiples of 32; the nearest are 288 and 320");
  EXPECT_EQ(error_of([] { parse_config("model:\n  size: 300\n", "my.yaml", {}); }),
            "my.yaml:2:9: model.size: is `300`, but sides must be multiples of 32; the nearest are "
            "288 and 320");
  EXPECT_THAT(refusal("", {"augment.zoom.min=3"}), StartsWith("augment.zoom.min: is `3`, above"));
  EXPECT_THAT(refusal("", {"model.levels=4"}), StartsWith("model.levels: is `4`"));
  EXPECT_THAT(refusal("", {"select.top_k=10"}),
              StartsWith("select.max_detections: is `100`, above"));
}

TEST(ResolvedRecipe, ReadsBackToTheSameValues) {
  const Config config =
      from("", {"data.root=a folder: # odd", "data.train.images=1e5", "data.train.annotations=null",
                "data.allow=[\"x, y\", D1]", "run.name=no", "run.dir=quo\"te\\d\nnew\tline",
                "device=cpu", "train.max_time=11h30m", "train.schedule.base=0.30000000000000004",
                "model.size=64x96", "data.val=- x"});
  const Config again = from(to_yaml(config));
  EXPECT_EQ(to_yaml(again), to_yaml(config));
  EXPECT_EQ(again.data.root, "a folder: # odd");
  EXPECT_EQ(again.data.train.images, "1e5");
  EXPECT_EQ(again.data.train.annotations, "null");
  EXPECT_EQ(again.data.allow, (std::vector<std::string>{"x, y", "D1"}));
  EXPECT_EQ(again.run.dir, "quo\"te\\d\nnew\tline");
  EXPECT_EQ(again.data.val.name, "- x");
  EXPECT_EQ(again.train.max_time.seconds, 41400);
  EXPECT_EQ(again.train.schedule.base, 0.30000000000000004);
}

TEST(Reference, HoldsEveryOptionWithItsDefaultAndRange) {
  const std::string text = reference();
  Config config;
  OptionList options;
  fields(options, config);
  for (const Option& option : options.options()) {
    EXPECT_THAT(text, HasSubstr(option.name + "=" + option.fallback));
    EXPECT_FALSE(option.help.empty()) << option.name;
  }
  EXPECT_THAT(text, HasSubstr("(whole number, 1 or more)"));
}

TEST(Recipes, ThatComeWithFoveaAreRead) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source_folder() / "configs")) {
    SCOPED_TRACE(entry.path());
    EXPECT_NO_THROW(read_config(entry.path(), {}));
    ++count;
  }
  EXPECT_GE(count, 3);
}

}  // namespace
}  // namespace fovea
